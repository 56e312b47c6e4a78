/** One symbol's quotes with a price, by event time: what movers and candles are made of. The rules are those of sql/queries. */
import { newYorkEpochDay, newYorkMinuteOfDay } from '../../../core/trading-date.ts';

/** What is kept of a quote. Prices in US dollars. */
export interface Tick {
  /** Event time, epoch ms. */
  readonly atMs: number;
  readonly offset: number;
  readonly price: number | null;
  /** Cumulative volume of the day, shares. */
  readonly dayVolume: number | null;
  readonly open: number | null;
  readonly companyName: string | null;
  readonly sector: string | null;
}

/** Minute of the day in New York at which the session opens. */
export const OPEN_MINUTE = 570;

const SATURDAY = 6;
const SUNDAY = 0;
const THURSDAY = 4;

/** Ordered by event time and offset, as the saved queries order them. */
export class Ticks {
  readonly all: Tick[] = [];
  /** Rises with every tick. */
  version = 0;

  add(tick: Tick): void {
    let at = this.all.length;
    while (at > 0 && isBefore(tick, this.all[at - 1])) at -= 1;
    this.all.splice(at, 0, tick);
    this.version += 1;
  }

  /** Forgets the oldest. */
  drop(count: number): void {
    this.all.splice(0, count);
    this.version += 1;
  }
}

function isBefore(tick: Tick, other: Tick | undefined): boolean {
  if (other === undefined) return false;
  return tick.atMs < other.atMs || (tick.atMs === other.atMs && tick.offset < other.offset);
}

/** Whether a quote makes its day a trading day: from the session's open on, Monday to Friday. */
export function isOfSession({ atMs, price }: Tick): boolean {
  if (price === null || newYorkMinuteOfDay(atMs) < OPEN_MINUTE) return false;
  // 1970-01-01 was a Thursday.
  const weekday = (newYorkEpochDay(atMs) + THURSDAY) % 7;
  return weekday !== SATURDAY && weekday !== SUNDAY;
}
