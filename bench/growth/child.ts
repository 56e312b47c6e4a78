/** One run in a process of its own, so that its peak memory is its own: the request in argv, the result on stdout. */
import { passRecords, type RecordsResult, type RecordsRun } from './pass-records.ts';
import { type BacklogResult, workOffBacklog } from './work-off-backlog.ts';

export type GrowthRequest =
  | ({ readonly kind: 'records' } & RecordsRun)
  | { readonly kind: 'backlog'; readonly objects: number };

export interface Measured<T> {
  readonly result: T;
  readonly peakBytes: number;
}

if (import.meta.main) {
  const request = JSON.parse(process.argv[2] ?? '{}') as GrowthRequest;
  const result: RecordsResult | BacklogResult =
    request.kind === 'records' ? await passRecords(request) : await workOffBacklog(request.objects);
  // Kilobytes: https://nodejs.org/api/process.html#processresourceusage
  const measured = { result, peakBytes: process.resourceUsage().maxRSS * 1024 };
  process.stdout.write(JSON.stringify(measured));
}
