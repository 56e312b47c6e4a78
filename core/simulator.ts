/**
 * Quotes of a simulated market. A tick is one look at every symbol; ticks are numbered from the start, go on over nights,
 * weekends and holidays from session to session, and any tick can be reached without making those before it.
 */
import { SESSION_MS, type Session, sessionAtOrAfter, sessionOnOrAfter } from './market-calendar.ts';
import type { SimulatedSymbol } from './nasdaq-symbols.ts';
import { MINUTE_MS, PricePath } from './price-path.ts';
import type { Quote } from './quote.ts';
import { keyOfText, mixKeys, Random } from './random.ts';

export interface SimulatorOptions {
  readonly seed: number;
  readonly symbols: readonly SimulatedSymbol[];
  /** Tick 0 is the first moment of a session, in steps of the interval from its open, at or after this instant. Epoch ms. */
  readonly startMs: number;
  /** Between two ticks; a session's last tick is its close if the interval divides 6.5 hours. */
  readonly intervalMs: number;
}

/** The next quote to come: symbol is an index into the symbols. */
export interface SimulatorCursor {
  readonly tick: number;
  readonly symbol: number;
}

/** Quotes of one tick come within this time of it, as those of a real feed do. */
const SPREAD_MS = 1000;

export class Simulator {
  private readonly options: SimulatorOptions;
  private readonly firstSession: Session;
  /** Ticks of the first session that lie before tick 0. */
  private readonly ticksSkipped: number;
  private readonly ticksPerSession: number;
  private tick: number;
  private symbolIndex: number;
  private session: Session;
  private sessionIndex = 0;
  private paths: (SymbolPath | undefined)[] = [];

  constructor(options: SimulatorOptions, from: SimulatorCursor = { tick: 0, symbol: 0 }) {
    this.options = options;
    const { startMs, intervalMs } = options;
    let session = sessionAtOrAfter(startMs);
    let skipped = Math.max(0, Math.ceil((startMs - session.openMs) / intervalMs));
    this.ticksPerSession = Math.floor(SESSION_MS / intervalMs) + 1;
    if (skipped >= this.ticksPerSession) {
      session = sessionOnOrAfter(session.day + 1);
      skipped = 0;
    }
    this.firstSession = session;
    this.ticksSkipped = skipped;
    this.session = session;
    this.tick = from.tick;
    this.symbolIndex = from.symbol;
  }

  /** Where the next quote stands. */
  get cursor(): SimulatorCursor {
    return { tick: this.tick, symbol: this.symbolIndex };
  }

  /** When the next tick falls due, epoch ms. */
  get nextTickMs(): number {
    return this.enterSession() * this.options.intervalMs + this.session.openMs;
  }

  /** The next quote: all symbols of a tick in their order, then the next tick. */
  next(): Quote {
    const { symbols, seed } = this.options;
    const index = this.symbolIndex;
    const symbol = symbols[index];
    if (symbol === undefined) throw new RangeError(`no symbol at ${index}`);
    const tickOfSession = this.enterSession();
    const path = (this.paths[index] ??= new SymbolPath(seed, symbol, this.session, this.options.intervalMs));
    const quote = path.quoteAt(tickOfSession);
    this.symbolIndex += 1;
    if (this.symbolIndex === symbols.length) {
      this.symbolIndex = 0;
      this.tick += 1;
    }
    return quote;
  }

  /** Makes the session of the current tick the current one and gives the tick's number within it. */
  private enterSession(): number {
    const tick = this.tick + this.ticksSkipped;
    const sessionIndex = Math.floor(tick / this.ticksPerSession);
    if (sessionIndex < this.sessionIndex) [this.session, this.sessionIndex] = [this.firstSession, 0];
    while (this.sessionIndex < sessionIndex) {
      this.session = sessionOnOrAfter(this.session.day + 1);
      this.sessionIndex += 1;
      this.paths = [];
    }
    return tick % this.ticksPerSession;
  }
}

/** One symbol's quotes in one session. */
class SymbolPath {
  private readonly symbol: SimulatedSymbol;
  private readonly path: PricePath;
  private readonly session: Session;
  private readonly intervalMs: number;
  private readonly spreadKey: number;
  private nextTick = 0;

  constructor(seed: number, symbol: SimulatedSymbol, session: Session, intervalMs: number) {
    this.symbol = symbol;
    this.path = new PricePath(seed, symbol, session);
    this.session = session;
    this.intervalMs = intervalMs;
    this.spreadKey = mixKeys(seed, keyOfText(symbol.symbol), session.day);
  }

  quoteAt(tick: number): Quote {
    const { path, session, symbol, intervalMs } = this;
    const offsetMs = tick * intervalMs;
    // The minutes before are reached at a step each; only the ticks of this minute have to be gone through.
    const minuteStart = Math.min(Math.floor(offsetMs / MINUTE_MS) * MINUTE_MS, SESSION_MS - MINUTE_MS);
    const from = Math.max(this.nextTick, Math.ceil(minuteStart / intervalMs));
    for (let passed = from; passed < tick; passed += 1) path.advanceTo(passed * intervalMs);
    const price = path.advanceTo(offsetMs);
    this.nextTick = tick + 1;

    const isClosed = offsetMs === SESSION_MS;
    const updateMs = session.openMs + offsetMs + (isClosed ? 0 : this.spread(tick, offsetMs));
    return {
      symbol: symbol.symbol,
      companyName: symbol.companyName,
      primaryExchange: 'NASDAQ',
      sector: symbol.sector,
      calculationPrice: isClosed ? 'close' : 'tops',
      open: path.openPrice,
      openTime: session.openMs,
      close: isClosed ? price : path.previousClose,
      closeTime: isClosed ? session.closeMs : path.previousCloseMs,
      high: path.dayHigh,
      low: path.dayLow,
      latestPrice: price,
      latestSource: isClosed ? 'Close' : 'IEX real time price',
      latestTime: isClosed ? dateText(session) : clockText(updateMs - session.openMs),
      latestUpdate: updateMs,
      latestVolume: path.volume,
      week52High: Math.max(path.yearHigh, path.dayHigh),
      week52Low: Math.min(path.yearLow, path.dayLow),
    };
  }

  private spread(tick: number, offsetMs: number): number {
    const room = Math.min(SPREAD_MS, this.intervalMs, SESSION_MS - offsetMs);
    return Math.floor(new Random(mixKeys(this.spreadKey, tick)).uniform() * room);
  }
}

/** 09:30:00 AM and so on, New York time, from ms since the open. */
function clockText(sinceOpenMs: number): string {
  const seconds = 9.5 * 3600 + Math.floor(sinceOpenMs / 1000);
  const hour = Math.floor(seconds / 3600);
  const pad = (value: number): string => (value < 10 ? `0${value}` : String(value));
  const half = hour < 12 ? 'AM' : 'PM';
  return `${hour > 12 ? hour - 12 : hour}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)} ${half}`;
}

const dateFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

/** November 20, 2026 */
function dateText(session: Session): string {
  return dateFormat.format(new Date(session.date));
}
