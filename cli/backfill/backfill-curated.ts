import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { rawObjectsIn } from '../../adapters/raw-range.ts';
import type { RawRange } from '../../core/curation-request.ts';
import type { RawObjectId } from '../../core/layout.ts';
import { type CuratedObject, ReceiptWatch, readReceipts } from '../curation/receipt-watch.ts';
import { requestCuration } from '../curation/request-curation.ts';
import { type CutReader, countBelowCut } from '../history/below-cut.ts';
import type { Progress } from '../terminal/progress.ts';

/** What is curated again. */
export interface BackfillRange extends Omit<RawRange, 'curatedBefore'> {
  readonly partition?: number;
  readonly logId?: string;
}

export interface BackfillRequest {
  readonly topic: string;
  readonly rawBucket: string;
  readonly lakeBucket: string;
  /** Name of function request-curation. */
  readonly functionName: string;
  readonly range: BackfillRange;
  /** When the backfill began, ISO 8601: what was curated since is not curated once more. */
  readonly since: string;
  readonly readCut: CutReader;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** @default 90 s */
  readonly standstillMs?: number;
}

export interface BackfilledCurated {
  /** Raw objects sent to be curated again. */
  readonly requested: number;
  /** Those that had been curated again since the backfill began, before this call. */
  readonly alreadyDone: number;
  /** Of both, what their receipts say now. */
  readonly objects: readonly CuratedObject[];
  /** How many of them are shown from history: what changed in them waits for compaction. */
  readonly belowCut: number;
}

/** Receipts read at once, to see which days an object has. */
const READS_AT_ONCE = 32;

/**
 * Has the raw objects of a range curated again and waits until they are. It keeps no state: receipts written since the
 * backfill began are its progress, so whoever repeats it goes on where it stopped.
 */
export async function backfillCurated(
  { s3, lambda }: { readonly s3: S3Client; readonly lambda: LambdaClient },
  request: BackfillRequest,
): Promise<BackfilledCurated> {
  const { signal, progress, range, since } = request;
  const { due, done } = await progress.step('look at raw and receipts', (report) =>
    listRange(s3, request, report),
  );
  const watch = await ReceiptWatch.begin(s3, request.lakeBucket, due);
  const { requested } = await progress.step('request curation', (report) =>
    requestCuration(
      {
        lambda,
        functionName: request.functionName,
        signal,
        onProgress: (sum) => {
          report(`${sum.requested.toLocaleString('en')} raw objects`);
        },
      },
      { action: 'replay', ...range, curatedBefore: since },
    ),
  );
  await progress.step('wait until curated', (report) =>
    watch.rewritten({
      needed: requested,
      signal,
      report,
      ...(request.standstillMs === undefined ? {} : { standstillMs: request.standstillMs }),
    }),
  );
  const lake = createS3ObjectStore(request.lakeBucket, s3);
  const objects = await readReceipts(lake, [...done, ...due]);
  const belowCut = await countBelowCut(request.readCut, objects);
  return { requested, alreadyDone: done.length, objects, belowCut };
}

async function listRange(
  s3: S3Client,
  { topic, rawBucket, lakeBucket, range, since, signal }: BackfillRequest,
  report: (text: string) => void,
): Promise<{ readonly due: readonly RawObjectId[]; readonly done: readonly RawObjectId[] }> {
  const stores = { raw: createS3ObjectStore(rawBucket, s3), lake: createS3ObjectStore(lakeBucket, s3) };
  const found = { due: [] as RawObjectId[], done: [] as RawObjectId[], outside: [] as RawObjectId[] };
  const choice = { ...range, curatedBefore: since };
  for await (const group of rawObjectsIn(stores, topic, choice, { atOnce: READS_AT_ONCE })) {
    signal.throwIfAborted();
    for (const { object, state } of group) found[state].push(object);
    const already = found.done.length === 0 ? '' : `, ${found.done.length.toLocaleString('en')} done already`;
    report(`${found.due.length.toLocaleString('en')} raw objects${already}`);
  }
  return found;
}
