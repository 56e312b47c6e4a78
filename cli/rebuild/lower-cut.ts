import type { CutTerm } from '../../core/view.ts';

/** How far both cuts go: the lower offset of each log and partition that both name. */
export function lowerCut(a: readonly CutTerm[], b: readonly CutTerm[]): readonly CutTerm[] {
  return a.flatMap((term) => {
    const other = b.find(({ logId, partition }) => logId === term.logId && partition === term.partition);
    return other === undefined ? [] : [{ ...term, offset: Math.min(term.offset, other.offset) }];
  });
}
