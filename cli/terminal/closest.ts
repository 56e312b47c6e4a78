/** All candidates, the ones spelt most like `typed` first: what an error offers for a name that is not there. */
export function closest(typed: string, candidates: readonly string[]): readonly string[] {
  return [...candidates].sort((left, right) => distance(typed, left) - distance(typed, right));
}

/** Levenshtein distance; none where the name holds what was typed. */
function distance(left: string, right: string): number {
  if (right.includes(left)) return 0;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
