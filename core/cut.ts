/** What function move-cut is asked and answers. The compaction job sends it after each commit to history. */
import type { CutTerm } from './view.ts';

/**
 * `cut` is what history holds, complete: the highest offset of each log and partition. The view is moved to the higher of it
 * and what it has, term by term, so that it never goes back.
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
