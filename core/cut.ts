/** How far history goes, and what function move-cut is asked and answers. The compaction job asks after each commit to history. */
import { TickerlakeError } from './errors.ts';
import { findTopic } from './topics.ts';
import type { CutTerm } from './view.ts';

/**
 * `cut` is what history holds, complete: the highest offset of each log and partition. The view is moved to the higher of it
 * and what it has, term by term, so that it never goes back. An empty cut moves nothing, and asks what the view states.
 */
export interface MoveCutRequest {
  readonly view: string;
  readonly cut: readonly CutTerm[];
}

export interface MoveCutResult {
  readonly view: string;
  /** `unchanged`: the view had all of it, and reads history already. */
  readonly result: 'moved' | 'unchanged';
  /** What the view states now. */
  readonly cut: readonly CutTerm[];
}

/** The higher offset of each log and partition that either names, sorted by log and partition. */
export function mergeCuts(a: readonly CutTerm[], b: readonly CutTerm[]): CutTerm[] {
  const terms = new Map<string, CutTerm>();
  for (const term of [...a, ...b]) {
    const key = `${term.logId}/${term.partition}`;
    const known = terms.get(key);
    if (known === undefined || known.offset < term.offset) terms.set(key, term);
  }
  return [...terms.values()].sort((x, y) => {
    if (x.logId !== y.logId) return x.logId < y.logId ? -1 : 1;
    return x.partition - y.partition;
  });
}

/** @throws TickerlakeError EVENT_MALFORMED if it is no request, or of a view that is no topic's */
export function parseMoveCutRequest(event: unknown): MoveCutRequest {
  const { view, cut } = (typeof event === 'object' && event !== null ? event : {}) as Record<string, unknown>;
  if (typeof view !== 'string' || findTopic(view) === undefined) throw malformed('view is no topic');
  if (!Array.isArray(cut)) throw malformed('cut is no list');
  return { view, cut: cut.map(parseTerm) };
}

function parseTerm(term: unknown, index: number): CutTerm {
  const { logId, partition, offset } = (
    typeof term === 'object' && term !== null ? term : {}
  ) as Partial<CutTerm>;
  if (typeof logId !== 'string' || !/^[\w.-]+$/.test(logId))
    throw malformed(`cut[${index}].logId is no log id`);
  if (!isCount(partition)) throw malformed(`cut[${index}].partition is no partition`);
  if (!isCount(offset)) throw malformed(`cut[${index}].offset is no offset`);
  return { logId, partition, offset };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the request to move a cut is malformed: ${what}`, {
    hint: 'run the compaction job, which asks as it should',
  });
}
