import type { Candle, Mover, Movers } from '../../../console/api.ts';
import type { CuratedRow } from '../../../core/curation.ts';
import { newYorkEpochDay, newYorkMinuteOfDay } from '../../../core/trading-date.ts';
import { makeCandles } from './candles.ts';
import { isOfSession, OPEN_MINUTE, type Tick, Ticks } from './ticks.ts';

const DAY_MS = 86_400_000;
/** Some 100 bytes each. */
const MAX_TICKS = 500_000;
const RECENT_PRICES = 40;

/** The market as the last records of a topic tell it. */
export class Market {
  private readonly symbols = new Map<string, Ticks>();
  private readonly movers = new Map<
    string,
    { readonly version: number; readonly day: number; readonly mover: Mover | undefined }
  >();
  private readonly maxTicks: number;
  private ticks = 0;
  private sinceMs: number | undefined;
  private lastDay: number | undefined;
  /** For all who look. */
  private listed: { readonly version: number; readonly movers: Movers } | undefined;
  /** Rises with every quote. */
  version = 0;

  constructor(maxTicks = MAX_TICKS) {
    this.maxTicks = maxTicks;
  }

  /** Takes in what curation made of a record. */
  add({ quote, offset, timestamp, eventTime: atMs }: CuratedRow): void {
    const ticks = this.symbols.get(quote.symbol) ?? new Ticks();
    this.symbols.set(quote.symbol, ticks);
    const { latestPrice: price, latestVolume: dayVolume, open, companyName, sector } = quote;
    const tick = { atMs, offset, price, dayVolume, open, companyName, sector };
    ticks.add(tick);
    this.ticks += 1;
    this.version += 1;
    this.sinceMs = Math.min(this.sinceMs ?? timestamp, timestamp);
    if (isOfSession(tick)) this.lastDay = Math.max(this.lastDay ?? 0, newYorkEpochDay(tick.atMs));
    if (this.ticks > this.maxTicks) this.forget();
  }

  versionOf(symbol: string): number {
    return this.symbols.get(symbol)?.version ?? 0;
  }

  candles(symbol: string, minutes: number): readonly Candle[] {
    return makeCandles(this.symbols.get(symbol)?.all ?? [], minutes);
  }

  /** Every symbol of the last trading day, that which moved most first; as saved query `top-movers`. */
  listMovers(): Movers {
    if (this.listed?.version !== this.version)
      this.listed = { version: this.version, movers: this.findMovers() };
    return this.listed.movers;
  }

  private findMovers(): Movers {
    const day = this.lastDay;
    const movers =
      day === undefined
        ? []
        : [...this.symbols].flatMap(([symbol, ticks]) => this.moverOf(symbol, ticks, day) ?? []);
    return {
      tradingDate: day === undefined ? null : new Date(day * DAY_MS).toISOString().slice(0, 10),
      movers: movers.sort(byMove),
      ticks: this.ticks,
      since: this.sinceMs === undefined ? null : new Date(this.sinceMs).toISOString(),
    };
  }

  private moverOf(symbol: string, ticks: Ticks, day: number): Mover | undefined {
    const known = this.movers.get(symbol);
    if (known?.version === ticks.version && known.day === day) return known.mover;
    const mover = summarize(symbol, ticks.all, day);
    this.movers.set(symbol, { version: ticks.version, day, mover });
    return mover;
  }

  private forgetAll(): void {
    this.symbols.clear();
    this.movers.clear();
    this.ticks = 0;
    this.sinceMs = undefined;
  }

  /** Drops a fifth of what is known of each symbol, the oldest of it. */
  private forget(): void {
    let sinceMs = Number.POSITIVE_INFINITY;
    for (const ticks of this.symbols.values()) {
      const count = Math.floor(ticks.all.length / 5);
      ticks.drop(count);
      this.ticks -= count;
      const [oldest] = ticks.all;
      if (oldest !== undefined) sinceMs = Math.min(sinceMs, oldest.atMs);
    }
    this.sinceMs = sinceMs;
    // A name a record: there is nothing older of any of them.
    if (this.ticks > this.maxTicks) this.forgetAll();
  }
}

function summarize(symbol: string, ticks: readonly Tick[], day: number): Mover | undefined {
  const ofDay = ticks.filter(
    ({ atMs, price }) =>
      price !== null && newYorkEpochDay(atMs) === day && newYorkMinuteOfDay(atMs) >= OPEN_MINUTE,
  );
  const last = ofDay.at(-1);
  if (last?.price == null) return undefined;
  const open = ofDay.findLast((tick) => tick.open !== null && tick.open > 0)?.open ?? null;
  const volumes = ofDay.flatMap(({ dayVolume }) => dayVolume ?? []);
  return {
    symbol,
    companyName: ofDay.findLast(({ companyName }) => companyName !== null)?.companyName ?? null,
    sector: ofDay.findLast(({ sector }) => sector !== null)?.sector ?? null,
    open,
    latestPrice: last.price,
    changePercent: open === null ? null : Math.round((1e4 * (last.price - open)) / open) / 100,
    latestVolume: volumes.length === 0 ? null : volumes.reduce((most, each) => Math.max(most, each)),
    at: new Date(last.atMs).toISOString(),
    recentPrices: thinned(ofDay.flatMap(({ price }) => price ?? [])),
  };
}

/** At most forty of the day's prices, evenly chosen, the last one among them. */
function thinned(prices: readonly number[]): readonly number[] {
  const step = Math.max(1, Math.ceil(prices.length / RECENT_PRICES));
  return prices.filter((_, index) => (prices.length - 1 - index) % step === 0);
}

function byMove(left: Mover, right: Mover): number {
  return moveOf(right) - moveOf(left) || (left.symbol < right.symbol ? -1 : 1);
}

/** How far it moved, in millionths of the open; one without an open less than any. */
function moveOf({ open, latestPrice }: Mover): number {
  return open === null ? -1 : Math.round((1e6 * Math.abs(latestPrice - open)) / open);
}
