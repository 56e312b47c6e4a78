import type { Candle } from '../../api.ts';

/** Candles with those that changed in the place of what they were, and new ones added; by time. */
export function mergeCandles(known: readonly Candle[], changed: readonly Candle[]): readonly Candle[] {
  const first = changed[0];
  if (first === undefined) return known;
  // Nearly always the last one changed, or one was added after it.
  const from = known.findLastIndex((candle) => candle.time < first.time) + 1;
  const byTime = new Map(known.slice(from).map((candle) => [candle.time, candle]));
  for (const candle of changed) byTime.set(candle.time, candle);
  return [...known.slice(0, from), ...[...byTime.values()].sort((a, b) => a.time - b.time)];
}
