/**
 * The simulated market of one symbol: a price that exists at every moment, whoever looks and however often.
 * Day closes are a bridge between anchors around the base price, so any day is reached without replaying history;
 * within a day, minutes bridge from the open to the day's close, and the ticks of a minute bridge within it.
 */
import { SESSION_MS, type Session, sessionBefore } from './market-calendar.ts';
import type { SimulatedSymbol } from './nasdaq-symbols.ts';
import { keyOfText, mixKeys, Random } from './random.ts';

export const MINUTE_MS = 60_000;
const MINUTES = SESSION_MS / MINUTE_MS;

/** Days between two anchors of the level; a power of two, halved until the day is met. */
const ANCHOR_DAYS = 512;
/** How far an anchor lies from the base price, in years' volatility. */
const ANCHOR_SPREAD = 0.25;
/** Share of a day's move that an ordinary open takes, and that of a day that opens with a gap. */
const OPEN_SHARE = 0.25;
const GAP_SHARE = 0.9;
const GAP_PROBABILITY = 0.03;
const GAP_SIGMAS = 2.5;

/** What each random draw is for, so that no two share a stream. */
const STREAM = { anchor: 1, bridge: 2, day: 3, minute: 4 } as const;

/** Weights of the minutes, summing to 1: trading is busiest at the open, then at the close, and calm at noon. */
function smile(open: number, noon: number, close: number): Float64Array {
  const weights = Float64Array.from({ length: MINUTES }, (_, minute) => {
    const u = (minute + 0.5) / MINUTES;
    return noon + (open - noon) * (1 - u) ** 6 + (close - noon) * u ** 8;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

const VARIANCE_OF_MINUTE = smile(5, 1, 2);
const VOLUME_OF_MINUTE = smile(6, 1, 5);

/** Log of a symbol's closing price on a day (days since 1970-01-01), relative to its base price. */
function closeLevel(symbolKey: number, annualVolatility: number, day: number): number {
  const block = Math.floor(day / ANCHOR_DAYS);
  const anchor = (index: number): number =>
    ANCHOR_SPREAD * annualVolatility * new Random(mixKeys(symbolKey, STREAM.anchor, index)).normal();
  const dayVariance = annualVolatility ** 2 / 365;
  let [low, high] = [block * ANCHOR_DAYS, (block + 1) * ANCHOR_DAYS];
  let [levelLow, levelHigh] = [anchor(block), anchor(block + 1)];
  while (low !== day) {
    const middle = (low + high) / 2;
    const noise = new Random(mixKeys(symbolKey, STREAM.bridge, middle, high - low)).normal();
    const level = (levelLow + levelHigh) / 2 + Math.sqrt((dayVariance * (high - low)) / 4) * noise;
    if (day < middle) [high, levelHigh] = [middle, level];
    else [low, levelLow] = [middle, level];
  }
  return levelLow;
}

/** Cents, or hundredths of a cent below a dollar, as exchanges quote. */
export function roundPrice(price: number): number {
  return price >= 1 ? Math.round(price * 100) / 100 : Math.max(1, Math.round(price * 10_000)) / 10_000;
}

/** One symbol during one session. Time only goes forward. */
export class PricePath {
  readonly openPrice: number;
  readonly previousClose: number;
  readonly previousCloseMs: number;
  readonly finalPrice: number;
  /** Extremes of the closes of the 52 weeks before this session. */
  readonly yearHigh: number;
  readonly yearLow: number;
  dayHigh: number;
  dayLow: number;

  private readonly symbol: SimulatedSymbol;
  private readonly symbolKey: number;
  private readonly day: number;
  private readonly dayVariance: number;
  private readonly closeLog: number;
  private readonly volumeToday: number;
  private minute = -1;
  private random = new Random(0);
  private varianceLeft = 1;
  private minuteLow = 0;
  private minuteHigh = 0;
  private minuteEnd: number;
  private volumeBefore = 0;
  private minuteVolume = 0;
  /** Where in the minute we are, 0 to 1, and the log price there. */
  private reached = 0;
  private level: number;

  constructor(seed: number, symbol: SimulatedSymbol, session: Session) {
    this.symbol = symbol;
    this.symbolKey = mixKeys(seed, keyOfText(symbol.symbol));
    this.day = session.day;
    const { annualVolatility, basePrice } = symbol;
    const previous = sessionBefore(session.day);
    this.previousCloseMs = previous.closeMs;
    const before = closeLevel(this.symbolKey, annualVolatility, previous.day);
    this.closeLog = closeLevel(this.symbolKey, annualVolatility, session.day);
    const sigma = annualVolatility / Math.sqrt(252);
    this.dayVariance = sigma ** 2;
    const random = new Random(mixKeys(this.symbolKey, STREAM.day, session.day));
    const hasGap = random.uniform() < GAP_PROBABILITY;
    const move = (this.closeLog - before) * (hasGap ? GAP_SHARE : OPEN_SHARE);
    this.level = before + move + sigma * random.normal() * (hasGap ? GAP_SIGMAS : 0.2);
    this.volumeToday = symbol.dailyVolume * Math.exp(0.3 * random.normal()) * (hasGap ? 2 : 1);
    this.minuteEnd = this.level;
    this.previousClose = this.priceAt(before);
    this.openPrice = this.priceAt(this.level);
    this.finalPrice = this.priceAt(this.closeLog);
    this.dayHigh = this.openPrice;
    this.dayLow = this.openPrice;
    let [yearLow, yearHigh] = [Math.min(before, this.level), Math.max(before, this.level)];
    for (let week = 1; week <= 52; week += 1) {
      const level = closeLevel(this.symbolKey, annualVolatility, (Math.floor(session.day / 7) - week) * 7);
      yearLow = Math.min(yearLow, level);
      yearHigh = Math.max(yearHigh, level);
    }
    this.yearLow = roundPrice(basePrice * Math.exp(yearLow));
    this.yearHigh = roundPrice(basePrice * Math.exp(yearHigh));
  }

  /** Goes on to a moment of the session and gives the price there. `offsetMs` from the open, in ascending order. */
  advanceTo(offsetMs: number): number {
    const minute = Math.min(Math.floor(offsetMs / MINUTE_MS), MINUTES - 1);
    while (this.minute < minute) this.beginMinute();
    const at = Math.min(1, offsetMs / MINUTE_MS - minute);
    if (at === 1) {
      this.level = this.minuteEnd;
      this.widen(this.priceAt(this.minuteHigh), this.priceAt(this.minuteLow));
    } else if (at > this.reached) {
      const left = 1 - this.reached;
      const share = (at - this.reached) / left;
      const variance = this.dayVariance * (VARIANCE_OF_MINUTE[minute] ?? 0) * left * share * (1 - share);
      const mean = this.level + (this.minuteEnd - this.level) * share;
      const level = mean + Math.sqrt(variance) * this.random.normal();
      this.level = Math.min(this.minuteHigh, Math.max(this.minuteLow, level));
    }
    this.reached = at;
    const price = this.priceAt(this.level);
    this.widen(price, price);
    return price;
  }

  /** Shares traded since the open, at the moment reached. */
  get volume(): number {
    return Math.floor(this.volumeBefore + this.minuteVolume * this.reached);
  }

  private beginMinute(): void {
    if (this.minute >= 0) {
      // Trades between two looks count too: what the minute held becomes part of the day.
      this.widen(this.priceAt(this.minuteHigh), this.priceAt(this.minuteLow));
      this.volumeBefore += this.minuteVolume;
    }
    this.minute += 1;
    const weight = VARIANCE_OF_MINUTE[this.minute] ?? 0;
    this.random = new Random(mixKeys(this.symbolKey, STREAM.minute, this.day, this.minute));
    const start = this.minuteEnd;
    const share = Math.min(1, weight / this.varianceLeft);
    const noise = Math.sqrt(this.dayVariance * weight * (1 - share)) * this.random.normal();
    const end = this.minute === MINUTES - 1 ? this.closeLog : start + (this.closeLog - start) * share + noise;
    this.varianceLeft -= weight;
    // Extremes of a Brownian bridge from start to end: https://en.wikipedia.org/wiki/Brownian_bridge
    const reach = (): number =>
      Math.sqrt((end - start) ** 2 - 2 * this.dayVariance * weight * Math.log(this.random.uniform()));
    this.minuteHigh = (start + end + reach()) / 2;
    this.minuteLow = (start + end - reach()) / 2;
    const activity = Math.exp(0.5 * this.random.normal() - 0.125);
    this.minuteVolume = this.volumeToday * (VOLUME_OF_MINUTE[this.minute] ?? 0) * activity;
    this.minuteEnd = end;
    this.level = start;
    this.reached = 0;
  }

  private widen(high: number, low: number): void {
    this.dayHigh = Math.max(this.dayHigh, high);
    this.dayLow = Math.min(this.dayLow, low);
  }

  private priceAt(level: number): number {
    return roundPrice(this.symbol.basePrice * Math.exp(level));
  }
}
