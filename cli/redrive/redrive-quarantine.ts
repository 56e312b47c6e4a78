import { createS3ObjectStore, type ObjectStore } from '../../adapters/objects.ts';
import { parseRawKey, type RawObjectId, rawObjectKey } from '../../core/layout.ts';
import type { QualityCode } from '../../core/quality.ts';
import { ReceiptWatch } from '../curation/receipt-watch.ts';
import { requestCuration } from '../curation/request-curation.ts';
import { type CutReader, countBelowCut } from '../history/below-cut.ts';
import type { LakeClients } from '../lake/clients.ts';
import {
  countByCode,
  type QuarantinedRecord,
  type QuarantineFilter,
  readQuarantined,
} from '../quarantine/quarantined-record.ts';
import type { Progress } from '../terminal/progress.ts';

export interface RedriveRequest {
  readonly topic: string;
  readonly rawBucket: string;
  readonly lakeBucket: string;
  /** Name of function request-curation. */
  readonly functionName: string;
  readonly filter: Omit<QuarantineFilter, 'sinceMs'>;
  readonly wait: boolean;
  readonly readCut: CutReader;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** @default 90 s */
  readonly standstillMs?: number;
}

/** What became of the quarantined records of one code. */
export interface RedrivenCode {
  readonly code: QualityCode;
  readonly before: number;
  readonly curated: number;
  readonly quarantined: number;
}

export interface Redriven {
  /** Raw objects sent to be curated again. */
  readonly requested: number;
  /** By the code they had; undefined where nobody waited for the outcome. */
  readonly codes: readonly RedrivenCode[] | undefined;
  /** Raw objects whose rows are shown from history: what became of their records waits for compaction. */
  readonly belowCut: number;
}

/**
 * Has the raw objects of quarantined records curated again, with today's code and schemas. It keeps no state: whoever runs it
 * after it died asks for what is quarantined then, and curation of the same raw object gives the same end however often.
 */
export async function redriveQuarantine(
  { s3, lambda }: Pick<LakeClients, 's3' | 'lambda'>,
  request: RedriveRequest,
): Promise<Redriven> {
  const { topic, filter, signal, progress } = request;
  const raw = createS3ObjectStore(request.rawBucket, s3);
  const before = await progress.step('read quarantine', (report) => read(raw, request, report));
  if (before.length === 0) return { requested: 0, codes: [], belowCut: 0 };

  const watch = await ReceiptWatch.begin(s3, request.lakeBucket, rawObjectsOf(before));
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
      { action: 'redrive', ...definedOf(filter) },
    ),
  );
  if (!request.wait) return { requested, codes: undefined, belowCut: 0 };
  await progress.step('wait until curated', (report) =>
    watch.rewritten({
      needed: requested,
      signal,
      report,
      ...(request.standstillMs === undefined ? {} : { standstillMs: request.standstillMs }),
    }),
  );
  const still = new Set<string>();
  const curated = await watch.read();
  for (const { object, receipt } of curated) {
    for (const { offset } of receipt.quarantined) still.add(identity({ ...object, offset }));
  }
  const codes = sumUp(before, still);
  // What is quarantined still was in no table before, and is in none now.
  const belowCut = codes.some((code) => code.curated > 0) ? await countBelowCut(request.readCut, curated) : 0;
  return { requested, codes, belowCut };

  async function read(
    store: Pick<ObjectStore, 'get' | 'list'>,
    { filter: wanted }: RedriveRequest,
    report: (text: string) => void,
  ): Promise<readonly QuarantinedRecord[]> {
    return readQuarantined(store, topic, wanted, (records) => {
      signal.throwIfAborted();
      report(`${records.toLocaleString('en')} records`);
    });
  }
}

function rawObjectsOf(records: readonly QuarantinedRecord[]): readonly RawObjectId[] {
  const objects = new Map<string, RawObjectId>();
  for (const { rawKey } of records) {
    const object = parseRawKey(rawKey);
    if (object !== undefined) objects.set(rawObjectKey(object), object);
  }
  return [...objects.values()];
}

/** By the code that each record had before. */
export function sumUp(
  before: readonly QuarantinedRecord[],
  still: ReadonlySet<string>,
): readonly RedrivenCode[] {
  return countByCode(before).map(({ code, records }) => {
    const quarantined = before.filter((record) => record.code === code && still.has(identity(record))).length;
    return { code, before: records, curated: records - quarantined, quarantined };
  });
}

function identity({
  logId,
  partition,
  offset,
}: Pick<QuarantinedRecord, 'logId' | 'partition' | 'offset'>): string {
  return `${logId}/${partition}/${offset}`;
}

/** Without what nobody asked for: the function refuses a null. */
function definedOf(filter: RedriveRequest['filter']): Record<string, never> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Record<
    string,
    never
  >;
}
