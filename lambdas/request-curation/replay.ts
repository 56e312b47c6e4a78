/** Requests the raw objects of a range. */
import { rawObjectsIn } from '../../adapters/raw-range.ts';
import type { CurationRequestResult, ReplaySelection } from '../../core/curation-request.ts';
import { CurationRequests } from './curation-requests.ts';
import { READS_AT_ONCE, type RequestOptions, type RequestPorts } from './ports.ts';

export async function replay(
  ports: RequestPorts,
  { after, fromTime, ...range }: ReplaySelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  const requests = new CurationRequests(ports, options, 'replay');
  let examined = 0;
  const result = (): CurationRequestResult => ({ action: 'replay', examined, requested: requests.count });
  const fromMs = fromTime === undefined ? 0 : Date.parse(fromTime);
  for await (const group of rawObjectsIn(ports, options.topic, range, { after, atOnce: READS_AT_ONCE })) {
    examined += group.length;
    for (const { key, writtenMs, state } of group) {
      if (state === 'due' && writtenMs >= fromMs) await requests.add(key);
    }
    const last = group.at(-1);
    if (!requests.canGoOn && last !== undefined) {
      await requests.flush();
      return { ...result(), next: last.key };
    }
  }
  await requests.flush();
  return result();
}
