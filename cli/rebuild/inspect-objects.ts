/** Which raw objects are to be curated again, and why. */
import type { ObjectStore } from '../../adapters/objects.ts';
import {
  locations,
  parseCuratedKey,
  parseQuarantineKey,
  parseRawKey,
  parseReceiptKey,
  quarantineKey,
  type RawObjectId,
  receiptKey,
} from '../../core/layout.ts';
import { readReceipt } from '../../core/receipt.ts';
import type { ViewCut } from '../history/view-cut.ts';
import { inParallel } from '../in-parallel.ts';
import { type DueRange, dueRanges } from './due-ranges.ts';

export type CurateReason = 'no receipt' | 'curated file gone' | 'quarantined record gone' | 'history is lost';

export interface DueObject {
  readonly object: RawObjectId;
  readonly reason: CurateReason;
}

export interface InspectedObjects {
  readonly raw: Pick<ObjectStore, 'list' | 'listWritten'>;
  readonly lake: Pick<ObjectStore, 'get' | 'list'>;
  /** Raw objects written from then on may have their event on its way, epoch ms. */
  readonly youngFromMs: number;
}

export interface FoundObjects {
  readonly curate: readonly DueObject[];
  readonly ranges: readonly DueRange[];
  /** With curated files. */
  readonly days: ReadonlySet<string>;
}

/** Goes along raw once and opens each receipt. Below the cut history has the rows, and curated files may have expired. */
export async function inspectObjects(
  { raw, lake, youngFromMs }: InspectedObjects,
  topic: string,
  cut: ViewCut,
  isAllDue: boolean,
  report: (text: string) => void,
): Promise<FoundObjects> {
  const receipts = await keysOf(lake, locations.receipts(topic), (key) => parseReceiptKey(key) !== undefined);
  const curated = await keysOf(lake, locations.curated(topic), (key) => parseCuratedKey(key) !== undefined);
  const quarantined = await keysOf(
    raw,
    locations.quarantine(topic),
    (key) => parseQuarantineKey(key) !== undefined,
  );
  const objects: { readonly object: RawObjectId; readonly writtenMs: number }[] = [];
  for await (const { key, writtenMs } of raw.listWritten(locations.raw(topic))) {
    const object = parseRawKey(key);
    if (object !== undefined) objects.push({ object, writtenMs });
    report(`${objects.length.toLocaleString('en')} raw objects`);
  }
  const judge = async (object: RawObjectId, writtenMs: number): Promise<CurateReason | undefined> => {
    const key = receiptKey(object);
    if (!receipts.has(key)) return writtenMs >= youngFromMs ? undefined : 'no receipt';
    if (isAllDue) return 'history is lost';
    const stored = await lake.get(key);
    const receipt = stored && readReceipt(stored.body.toString());
    if (receipt === undefined) return 'no receipt';
    const isShown = !cut.covers(object, object.start);
    if (isShown && receipt.curated.some((file) => !curated.has(file.key))) return 'curated file gone';
    const isGone = receipt.quarantined.some(({ offset }) => !quarantined.has(quarantineKey(object, offset)));
    return isGone ? 'quarantined record gone' : undefined;
  };
  let judged = 0;
  const reasons = await inParallel(
    objects,
    async ({ object, writtenMs }) => {
      const reason = await judge(object, writtenMs);
      judged += 1;
      report(`${judged.toLocaleString('en')} of ${objects.length.toLocaleString('en')} raw objects`);
      return reason;
    },
    READS_AT_ONCE,
  );
  const curate = objects.flatMap(({ object }, index) => {
    const reason = reasons[index];
    return reason === undefined ? [] : [{ object, reason }];
  });
  const days = new Set([...curated].map((key) => parseCuratedKey(key)?.dt ?? ''));
  const ranges = dueRanges(
    objects.map(({ object }, index) => ({ object, isDue: reasons[index] !== undefined })),
  );
  return { curate, ranges, days };
}

const READS_AT_ONCE = 32;

async function keysOf(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  isOurs: (key: string) => boolean,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const key of store.list(prefix)) if (isOurs(key)) keys.add(key);
  return keys;
}
