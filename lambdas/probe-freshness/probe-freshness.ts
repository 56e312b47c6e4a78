import type { CatalogViews } from '../../adapters/catalog-views.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { tableNames } from '../../core/names.ts';
import { parseViewCut } from '../../core/view.ts';
import type { ProbeConfig } from './config.ts';
import { dueSince, freshnessQuery, freshnessSeconds } from './freshness.ts';
import type { CompactionRuns, Queries } from './ports.ts';

export interface ProbePorts {
  readonly views: Pick<CatalogViews, 'get'>;
  readonly queries: Queries;
  readonly runs: CompactionRuns;
}

/** What a probe saw of the view. */
export interface FreshnessSeen {
  readonly freshnessSeconds: number;
  readonly isMissed: boolean;
  readonly rows: number;
  readonly scannedBytes: number;
  /** Whether the view reads compacted history too. */
  readonly hasHistory: boolean;
}

/**
 * Asks how fresh the view is.
 * @throws TickerlakeError OBJECT_NOT_FOUND or VIEW_MALFORMED of the view, CATALOG_UNAVAILABLE, QUERY_FAILED, WAIT_TIMED_OUT
 */
export async function seeFreshness(
  { views, queries }: Pick<ProbePorts, 'views' | 'queries'>,
  { database, topic, isProduced, objectiveSeconds }: ProbeConfig,
  nowMs: number,
  patienceMs: number,
): Promise<FreshnessSeen | undefined> {
  const since = dueSince(nowMs, isProduced);
  if (since === undefined) return undefined;
  const { view } = tableNames(topic);
  const found = await views.get(database, view);
  if (found === undefined)
    throw new TickerlakeError('OBJECT_NOT_FOUND', `there is no view ${database}.${view}`, {
      coordinates: { database, view },
      hint: 'deploy the stack of queries, which creates it',
    });
  const { hasHistory } = parseViewCut(found);
  const { rows, scannedBytes } = await queries.ask(freshnessQuery(view, nowMs), patienceMs);
  const [newest, count] = rows[0] ?? [];
  const seconds = freshnessSeconds(nowMs, since, timestampOf(newest));
  return {
    freshnessSeconds: seconds,
    isMissed: seconds > objectiveSeconds,
    rows: Number(count ?? 0),
    scannedBytes,
    hasHistory,
  };
}

/**
 * How long ago each topic was compacted; before there was a run, how long there has been something to compact.
 * @throws TickerlakeError CATALOG_UNAVAILABLE
 */
export async function seeCompaction(
  { runs }: Pick<ProbePorts, 'runs'>,
  { database, compaction }: ProbeConfig,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  if (compaction === undefined) return new Map();
  const { job, topics } = compaction;
  const successes = await runs.lastSuccesses(job, topics);
  const ages = topics.map(async (topic): Promise<[string, number]> => {
    const sinceMs = successes.get(topic) ?? (await runs.tableCreatedAt(database, tableNames(topic).curated));
    return [topic, Math.max(0, nowMs - sinceMs) / 1000];
  });
  return new Map(await Promise.all(ages));
}

/** Athena prints a timestamp without a zone: `2026-11-20 15:04:05.678`, UTC. */
function timestampOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  const epochMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  if (Number.isFinite(epochMs)) return epochMs;
  throw new TickerlakeError('QUERY_FAILED', 'the newest record has no timestamp that can be read', {
    hint: 'see whether column kafka_timestamp of the view is a timestamp',
  });
}
