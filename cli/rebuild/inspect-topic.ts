/** What of a topic is gone that raw can give back. It only looks. */
import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
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
import { tableNames } from '../../core/names.ts';
import { readReceipt } from '../../core/receipt.ts';
import { type CutTerm, parseViewCut } from '../../core/view.ts';
import { ViewCut } from '../history/view-cut.ts';
import { inParallel } from '../in-parallel.ts';
import { missingTables } from './catalog-tables.ts';
import { type DueRange, dueRanges } from './due-ranges.ts';
import { readHistoryLeft } from './history-left.ts';

export interface InspectedTopic {
  readonly topic: string;
  /** Of the catalog, that are gone. */
  readonly tables: readonly string[];
  /** Why raw objects are to be curated again, and which; in the order of their keys. */
  readonly curate: readonly DueObject[];
  /** The same as offsets: what request-curation is asked for. */
  readonly ranges: readonly DueRange[];
  /** Days with curated files that the catalog does not name. */
  readonly days: readonly string[];
  readonly history: HistoryFinding;
  readonly view: ViewFinding;
}

export type CurateReason = 'no receipt' | 'curated file gone' | 'quarantined record gone' | 'history is lost';

export interface DueObject {
  readonly object: RawObjectId;
  readonly reason: CurateReason;
}

export interface HistoryFinding {
  readonly isLost: boolean;
  /** A table in the catalog that leads nowhere. */
  readonly isInCatalog: boolean;
}

/** `create` and `reset` with the cut that the view gets; `reset` shows everything from curated files again. */
export type ViewFinding =
  | { readonly action: 'none' }
  | { readonly action: 'create' | 'reset'; readonly cut: readonly CutTerm[]; readonly hasHistory: boolean };

export interface InspectedLake {
  readonly glue: GlueClient;
  readonly raw: Pick<ObjectStore, 'list' | 'listWritten'>;
  readonly lake: Pick<ObjectStore, 'get' | 'list'>;
  readonly database: string;
  /** Days (yyyy-mm-dd) that the curated table has partitions of; asked for only where the table is there. */
  readonly readDays: (table: string) => Promise<ReadonlySet<string>>;
  /** Raw objects written from then on may have their event on its way, epoch ms. */
  readonly youngFromMs: number;
}

/** Looks at catalog, history, raw objects, receipts, curated files and quarantined records. */
export async function inspectTopic(
  inspected: InspectedLake,
  topic: string,
  report: (text: string) => void,
): Promise<InspectedTopic> {
  const { glue, lake, database, readDays } = inspected;
  const names = tableNames(topic);
  const tables = await missingTables(glue, database, [names.raw, names.quarantine, names.curated]);
  const [left, view] = await Promise.all([
    readHistoryLeft(glue, lake, { database, table: names.history, topic }),
    readView(glue, database, names.view),
  ]);
  const hadHistory = view?.hasHistory === true;
  // Files that nobody leads to belong to history only if the view read it, or is gone: else a first compaction died.
  const isLost =
    left.state === 'lost'
      ? left.isInCatalog || hadHistory || view === undefined
      : left.state === 'absent' && hadHistory;
  const isWhole = left.state === 'whole' && !isLost;
  // Tags for expiry outlive a view that is gone. Without history, curating again is what takes them off.
  const isAllDue = isLost || (view === undefined && !isWhole);
  const cut = isAllDue ? [] : (view?.cut ?? left.cut);
  const { curate, ranges, days } = await inspectObjects(
    inspected,
    topic,
    new ViewCut({ cut, hasHistory: isWhole }),
    isAllDue,
    report,
  );
  const known = tables.includes(names.curated) ? new Set<string>() : await readDays(names.curated);
  return {
    topic,
    tables,
    curate,
    ranges,
    days: [...days].filter((day) => !known.has(day)).sort(),
    history: { isLost, isInCatalog: isLost && left.isInCatalog },
    view: viewFinding(view !== undefined, isLost && hadHistory, { cut, hasHistory: isWhole }),
  };
}

function viewFinding(
  isThere: boolean,
  isMisled: boolean,
  state: { readonly cut: readonly CutTerm[]; readonly hasHistory: boolean },
): ViewFinding {
  if (!isThere) return { action: 'create', ...state };
  return isMisled ? { action: 'reset', ...state } : { action: 'none' };
}

/** @throws TickerlakeError VIEW_MALFORMED for a view that somebody else wrote: what it hides is not for us to guess */
async function readView(
  glue: GlueClient,
  database: string,
  view: string,
): Promise<ReturnType<typeof parseViewCut> | undefined> {
  try {
    const { Table: found = {} } = await glue.send(
      new GetTableCommand({ DatabaseName: database, Name: view }),
    );
    return parseViewCut(found);
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

/** Goes along raw once. Only receipts above the cut are opened: below it, history has the rows, and files may have expired. */
async function inspectObjects(
  { raw, lake, youngFromMs }: InspectedLake,
  topic: string,
  cut: ViewCut,
  isAllDue: boolean,
  report: (text: string) => void,
): Promise<Pick<InspectedTopic, 'curate' | 'ranges'> & { readonly days: ReadonlySet<string> }> {
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
    if (cut.covers(object, object.start)) return undefined;
    const stored = await lake.get(key);
    const receipt = stored && readReceipt(stored.body.toString());
    if (receipt === undefined) return 'no receipt';
    if (receipt.curated.some((file) => !curated.has(file.key))) return 'curated file gone';
    const isGone = receipt.quarantined.some(({ offset }) => !quarantined.has(quarantineKey(object, offset)));
    return isGone ? 'quarantined record gone' : undefined;
  };
  const reasons = await inParallel(
    objects,
    ({ object, writtenMs }) => judge(object, writtenMs),
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

/** Whether there is nothing to do. */
export function isWell({ tables, curate, days, history, view }: InspectedTopic): boolean {
  return (
    tables.length === 0 &&
    curate.length === 0 &&
    days.length === 0 &&
    !history.isLost &&
    view.action === 'none'
  );
}
