import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import type { CurationSelection } from '../../core/curation-request.ts';
import { locations, parseRawKey, type RawObjectId, rawPrefix } from '../../core/layout.ts';
import type { Receipt } from '../../core/receipt.ts';
import { type CuratedObject, ReceiptWatch } from '../curation/receipt-watch.ts';
import { requestCuration } from '../curation/request-curation.ts';
import { type CutReader, countBelowCut } from '../history/below-cut.ts';
import type { Progress } from '../terminal/progress.ts';
import type { ReplayStart } from './consumer-group.ts';

export interface ReplayRawRequest {
  readonly topic: string;
  readonly rawBucket: string;
  readonly lakeBucket: string;
  /** Name of function request-curation. */
  readonly functionName: string;
  readonly start: ReplayStart;
  /** @default all */
  readonly partition: number | undefined;
  /** @default all */
  readonly logId: string | undefined;
  readonly wait: boolean;
  readonly readCut: CutReader;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** @default 90 s */
  readonly standstillMs?: number;
}

/** What the receipts of a partition say after the replay, of all raw objects in the range. */
export interface ReplayedPartition {
  readonly logId: string;
  readonly partition: number;
  readonly objects: number;
  readonly records: number;
  readonly curated: number;
  readonly quarantined: number;
}

export interface Replayed {
  /** Raw objects sent to be curated again. */
  readonly requested: number;
  /** Undefined where nobody waited. */
  readonly partitions: readonly ReplayedPartition[] | undefined;
  /** Raw objects of the range whose rows are shown from history: what changed in them waits for compaction. */
  readonly belowCut: number;
}

/** Has raw objects curated again from a place on: the same rows, by today's code. */
export async function replayRaw(
  { s3, lambda }: { readonly s3: S3Client; readonly lambda: LambdaClient },
  request: ReplayRawRequest,
): Promise<Replayed> {
  const { signal, progress } = request;
  const watch = await progress.step('look at raw and receipts', async (report) => {
    const objects = await listRange(s3, request);
    report(`${objects.length.toLocaleString('en')} raw objects`);
    return ReceiptWatch.begin(s3, request.lakeBucket, objects);
  });
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
      selectionOf(request),
    ),
  );
  if (!request.wait) return { requested, partitions: undefined, belowCut: 0 };
  const curated = await progress.step('wait until curated', async (report) => {
    const { standstillMs } = request;
    await watch.rewritten({
      needed: requested,
      signal,
      report,
      ...(standstillMs === undefined ? {} : { standstillMs }),
    });
    return requested === 0 ? [] : watch.read();
  });
  const belowCut = await countBelowCut(request.readCut, curated);
  return { requested, partitions: sumUpReceipts(curated), belowCut };
}

function selectionOf({
  start,
  partition,
  logId,
}: ReplayRawRequest): Extract<CurationSelection, { action: 'replay' }> {
  return {
    action: 'replay',
    ...(partition === undefined ? {} : { partition }),
    ...(logId === undefined ? {} : { logId }),
    ...(start.kind === 'offset' ? { fromOffset: start.offset } : {}),
    ...(start.kind === 'time' ? { fromTime: new Date(start.timeMs).toISOString() } : {}),
  };
}

/** The raw objects that a replay may concern; by time, all: when they were written the function looks up itself. */
async function listRange(
  s3: S3Client,
  { topic, rawBucket, start, partition, logId }: ReplayRawRequest,
): Promise<readonly RawObjectId[]> {
  const objects: RawObjectId[] = [];
  for await (const key of createS3ObjectStore(rawBucket, s3).list(locations.raw(topic))) {
    const object = parseRawKey(key);
    if (object === undefined) continue;
    if (partition !== undefined && object.partition !== partition) continue;
    if (logId !== undefined && object.logId !== logId) continue;
    objects.push(object);
  }
  return start.kind === 'offset' ? fromOffset(objects, start.offset) : objects;
}

/** Without the links of each chain that end before the offset, and the fills below it. */
export function fromOffset(objects: readonly RawObjectId[], offset: number): readonly RawObjectId[] {
  return [...Map.groupBy(objects, rawPrefix).values()].flatMap((group) => {
    const starts = group.filter(({ kind, start }) => kind === 'chain' && start <= offset);
    const covering = Math.max(0, ...starts.map(({ start }) => start));
    return group.filter(({ kind, start }) => start >= (kind === 'chain' ? covering : offset));
  });
}

/** By partition. */
export function sumUpReceipts(curated: readonly CuratedObject[]): readonly ReplayedPartition[] {
  const groups = Map.groupBy(curated, ({ object }) => rawPrefix(object));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { logId, partition } = first.object;
    const sum = (figure: (receipt: Receipt) => number): number =>
      group.reduce((total, { receipt }) => total + figure(receipt), 0);
    const records = sum((receipt) => receipt.records);
    const quarantined = sum((receipt) => receipt.quarantined.length);
    return [
      { logId, partition, objects: group.length, records, curated: records - quarantined, quarantined },
    ];
  });
}
