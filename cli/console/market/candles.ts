import type { Candle } from '../../../console/api.ts';
import { newYorkEpochDay, newYorkMinuteOfDay } from '../../../core/trading-date.ts';
import { OPEN_MINUTE, type Tick } from './ticks.ts';

const MINUTE_MS = 60_000;

interface Building {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number | null;
  ticks: number;
}

/** Candles of one symbol's ordered ticks; those without a price have none. As saved query `candles-5m` makes them. */
export function makeCandles(ticks: readonly Tick[], minutes: number): readonly Candle[] {
  const candles = new Map<number, Building | { volume: number | null }>();
  const lengthMs = minutes * MINUTE_MS;
  /** Largest count of each trading day so far. */
  const counted = new Map<number, number>();
  for (const tick of ticks) {
    const start = Math.floor(tick.atMs / lengthMs) * lengthMs;
    const traded = tradedSince(tick, counted, minutes);
    const candle = candles.get(start) ?? { volume: null };
    if (traded !== null) candle.volume = (candle.volume ?? 0) + traded;
    candles.set(start, tick.price === null ? candle : withPrice(candle, tick.price, start));
  }
  return [...candles.values()]
    .filter((candle) => 'ticks' in candle)
    .map((candle) => ({ ...candle, volume: candle.volume === null ? null : round(candle.volume) }))
    .sort((left, right) => left.time - right.time);
}

function withPrice(candle: Building | { volume: number | null }, price: number, startMs: number): Building {
  if (!('ticks' in candle))
    return { ...candle, time: startMs / 1000, open: price, high: price, low: price, close: price, ticks: 1 };
  candle.high = Math.max(candle.high, price);
  candle.low = Math.min(candle.low, price);
  candle.close = price;
  candle.ticks += 1;
  return candle;
}

/**
 * What the day's count has grown by since its largest so far. Before the open a quote counts yesterday; the day's first count is
 * that candle's if it is the session's first, else nobody saw when it traded.
 */
function tradedSince(
  { atMs, dayVolume }: Tick,
  counted: Map<number, number>,
  minutes: number,
): number | null {
  const minute = newYorkMinuteOfDay(atMs);
  if (dayVolume === null || minute < OPEN_MINUTE) return null;
  const day = newYorkEpochDay(atMs);
  const before = counted.get(day);
  counted.set(day, Math.max(before ?? 0, dayVolume));
  // The session's first candle may have begun before it.
  const firstEnd = (Math.floor(OPEN_MINUTE / minutes) + 1) * minutes;
  if (before === undefined) return minute < firstEnd ? dayVolume : null;
  return Math.max(dayVolume - before, 0);
}

const round = (shares: number): number => Math.round(shares * 1e4) / 1e4;
