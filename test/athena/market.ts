/** The market that queries are proven on: some months of a few symbols, seldom looked at, and two days minute by minute. */
import { NASDAQ_SYMBOLS, type SimulatedSymbol } from '../../core/nasdaq-symbols.ts';
import type { Quote } from '../../core/quote.ts';
import { Simulator } from '../../core/simulator.ts';

/** Some of the watchlist's, and others. */
const SYMBOLS = [
  'AAPL',
  'AMD',
  'AMZN',
  'COST',
  'GOOGL',
  'INTC',
  'META',
  'MSFT',
  'NFLX',
  'NVDA',
  'PEP',
  'TSLA',
];
const SEED = 7;
const MINUTE_MS = 60_000;
/** Seven looks a session, the last at its close. */
const SELDOM_MS = 65 * MINUTE_MS;
/** With the two that follow, enough for an average over fifty days and a change over sixty. */
const SELDOM_SESSIONS = 60;
const FIRST_DAY = Date.UTC(2026, 7, 26);
const OFTEN_DAYS = [Date.UTC(2026, 10, 19), Date.UTC(2026, 10, 20)] as const;
const SESSION_MINUTES = 390;
/** A symbol that is not seen for a while on the last day. */
const SILENT = { symbol: 'INTC', fromMinute: 60, toMinute: 75 };

/** Quotes in the order of their time, before and after compaction. */
export interface Market {
  readonly history: readonly Quote[];
  readonly lastDay: readonly Quote[];
}

export function simulateMarket(): Market {
  const symbols = SYMBOLS.map(symbolNamed);
  const seldom = quotesOf(symbols, FIRST_DAY, SELDOM_MS, SELDOM_SESSIONS * 7);
  const [before, last] = OFTEN_DAYS.map((day) => quotesOf(symbols, day, MINUTE_MS, SESSION_MINUTES + 1));
  const lastDay = (last ?? []).filter(
    ({ symbol }, index) => !(symbol === SILENT.symbol && isSilent(Math.floor(index / symbols.length))),
  );
  return { history: [...seldom, ...(before ?? [])], lastDay: [...lastDay, ...oddQuotes(lastDay)] };
}

/** What a simulator never says and queries have to stand: of a symbol of their own, so that the others' answers stay plain. */
function oddQuotes([model]: readonly Quote[]): Quote[] {
  if (model === undefined) throw new Error('there is no quote to take after');
  const at = (time: string, fields: Partial<Quote>): Quote => ({
    ...model,
    symbol: 'ODD',
    companyName: null,
    sector: null,
    latestUpdate: Date.parse(time),
    open: 50,
    close: 49,
    latestPrice: 50,
    latestVolume: 100,
    week52High: null,
    week52Low: null,
    ...fields,
  });
  return [
    // Before the open it repeats the day before.
    at('2026-11-20T13:00:00Z', { latestPrice: 49, latestVolume: 9000, open: 48 }),
    at('2026-11-20T14:30:00Z', {}),
    // Three at once: the last one to be written is the last.
    at('2026-11-20T14:31:00Z', { latestPrice: 51, latestVolume: 300 }),
    at('2026-11-20T14:31:00Z', { latestPrice: 53, latestVolume: 250 }),
    at('2026-11-20T14:31:00Z', { latestPrice: 52, latestVolume: 400 }),
    at('2026-11-20T14:33:10Z', { latestPrice: null, latestVolume: 450 }),
    at('2026-11-20T14:33:20Z', { latestPrice: 0, latestVolume: null, open: 0 }),
    at('2026-11-20T14:40:00Z', { latestPrice: 54, latestVolume: 420, open: null, companyName: 'Odd Inc.' }),
    at('2026-11-20T21:00:00Z', { latestPrice: 55, latestVolume: 500, calculationPrice: 'close' }),
    // In New York still the day before's evening.
    at('2026-11-21T00:30:00Z', { latestPrice: 56, latestVolume: 510 }),
  ];
}

function isSilent(minute: number): boolean {
  return minute >= SILENT.fromMinute && minute < SILENT.toMinute;
}

function quotesOf(
  symbols: readonly SimulatedSymbol[],
  startMs: number,
  intervalMs: number,
  ticks: number,
): Quote[] {
  const simulator = new Simulator({ seed: SEED, symbols, startMs, intervalMs });
  return Array.from({ length: ticks * symbols.length }, () => simulator.next());
}

function symbolNamed(name: string): SimulatedSymbol {
  const found = NASDAQ_SYMBOLS.find(({ symbol }) => symbol === name);
  if (found === undefined) throw new Error(`the simulator knows no symbol ${name}`);
  return found;
}
