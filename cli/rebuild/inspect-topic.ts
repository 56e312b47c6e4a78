/** What of a topic is gone that raw can give back. It only looks. */
import type { GlueClient } from '@aws-sdk/client-glue';
import { tableNames } from '../../core/names.ts';
import { type CutTerm, parseViewCut, type ViewState } from '../../core/view.ts';
import { ViewCut } from '../history/view-cut.ts';
import { type CatalogState, readCatalogState } from './catalog-state.ts';
import { missingTables } from './catalog-tables.ts';
import type { DueRange } from './due-ranges.ts';
import { type HistoryLeft, type Query, readHistoryLeft } from './history-left.ts';
import { type DueObject, type InspectedObjects, inspectObjects } from './inspect-objects.ts';
import { lowerCut } from './lower-cut.ts';

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
  /** What all of it goes by. */
  readonly catalog: CatalogState;
}

/**
 * Why job compact has to run: `lost`, history is to be made anew; `begun`, it was to be, by a rebuild that ended before; `behind`,
 * the view takes rows from it that it does not hold, as after a rollback; `uncut`, a new view's cut may be lower than it could be.
 */
export type CompactReason = 'lost' | 'begun' | 'behind' | 'uncut';

export interface HistoryFinding {
  /** Whether there was any before the inspection, whole or not. */
  readonly isThere: boolean;
  readonly isLost: boolean;
  /** A table in the catalog that leads nowhere. */
  readonly isInCatalog: boolean;
  /** Undefined where it need not. */
  readonly compact: CompactReason | undefined;
}

/** `create` and `reset` with the cut that the view gets; `reset` shows everything from curated files again. */
export type ViewFinding =
  | { readonly action: 'none' }
  | { readonly action: 'create' | 'reset'; readonly cut: readonly CutTerm[]; readonly hasHistory: boolean };

export interface InspectedLake extends InspectedObjects {
  readonly glue: GlueClient;
  readonly database: string;
  readonly query: Query;
  /** Days (yyyy-mm-dd) that the curated table has partitions of; asked for only where the table is there. */
  readonly readDays: (table: string) => Promise<ReadonlySet<string>>;
}

/**
 * Looks at catalog, history, raw objects, receipts, curated files and quarantined records.
 * @throws TickerlakeError VIEW_MALFORMED for a view that somebody else wrote: what it hides is not for us to guess
 */
export async function inspectTopic(
  inspected: InspectedLake,
  topic: string,
  report: (text: string) => void,
): Promise<InspectedTopic> {
  const { glue, lake, database, query, readDays } = inspected;
  const names = tableNames(topic);
  const tables = await missingTables(glue, database, [names.raw, names.quarantine, names.curated]);
  const catalog = await readCatalogState(glue, database, topic);
  const view = catalog.view && parseViewCut(catalog.view);
  const place = { database, table: names.history, topic, metadata: catalog.history };
  const left = await readHistoryLeft(lake, query, place);
  const hadHistory = view?.hasHistory === true;
  // Files that nobody leads to belong to history only if the view read it, or is gone: else a first compaction died.
  const isLost =
    left.state === 'lost'
      ? left.isInCatalog || hadHistory || view === undefined
      : left.state === 'absent' && hadHistory;
  const isWhole = left.state === 'whole' && !isLost;
  const isBegun = catalog.view?.isHistoryDue === true;
  // Tags for expiry outlive a view that is gone. Without history, curating again is what takes them off, once.
  const isAllDue = !isBegun && (isLost || (view === undefined && !isWhole));
  // After a rollback the view states more than history holds: what lies between is in curated files alone.
  const cut = isLost || !isWhole ? [] : lowerCut(view?.cut ?? left.cut, left.cut);
  const covered = new ViewCut({ cut, hasHistory: isWhole });
  const { curate, ranges, days } = await inspectObjects(inspected, topic, covered, isAllDue, report);
  const known = tables.includes(names.curated) ? new Set<string>() : await readDays(names.curated);
  return {
    topic,
    tables,
    curate,
    ranges,
    days: [...days].filter((day) => !known.has(day)).sort(),
    history: {
      isThere: isLost || hadHistory || isWhole,
      isLost,
      isInCatalog: isLost && left.isInCatalog,
      compact: isLost ? 'lost' : compactReason(view, left, isBegun && days.size > 0),
    },
    view: viewFinding(view !== undefined, isLost && hadHistory, { cut, hasHistory: isWhole }),
    catalog,
  };
}

function compactReason(
  view: ViewState | undefined,
  left: HistoryLeft,
  isBegun: boolean,
): CompactReason | undefined {
  if (isBegun) return 'begun';
  if (left.state !== 'whole') return undefined;
  if (view === undefined) return 'uncut';
  const held = new ViewCut({ cut: left.cut, hasHistory: true });
  return view.cut.every((term) => held.covers(term, term.offset)) ? undefined : 'behind';
}

function viewFinding(
  isThere: boolean,
  isMisled: boolean,
  state: { readonly cut: readonly CutTerm[]; readonly hasHistory: boolean },
): ViewFinding {
  if (!isThere) return { action: 'create', ...state };
  return isMisled ? { action: 'reset', ...state } : { action: 'none' };
}

/** Whether there is nothing to do. */
export function isWell({ tables, curate, days, history, view }: InspectedTopic): boolean {
  return (
    tables.length === 0 &&
    curate.length === 0 &&
    days.length === 0 &&
    history.compact === undefined &&
    view.action === 'none'
  );
}
