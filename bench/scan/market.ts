/** The rows of the bench: every symbol of a market of some thousand, looked at again and again over two trading days. */
import { SESSION_MS } from '../../core/market-calendar.ts';
import type { SimulatedSymbol } from '../../core/nasdaq-symbols.ts';
import type { Quote } from '../../core/quote.ts';
import { mixKeys, Random } from '../../core/random.ts';
import { Simulator } from '../../core/simulator.ts';

/** Trading days, which are also their quotes' UTC days. */
export const DAYS = ['2026-11-19', '2026-11-20'] as const;
/** Of the one Kafka log that the rows come from. */
export const LOG_ID = '0a1b2c3d-4e5f-6789-abcd-ef0123456789-1';
const SYMBOLS = 3000;
const SEED = 1;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const EXCHANGES = ['NASDAQ', 'NEW YORK STOCK EXCHANGE', 'NYSE ARCA', 'CBOE BZX'];
const SECTORS = [
  'Communication Services',
  'Consumer Discretionary',
  'Consumer Staples',
  'Energy',
  'Financials',
  'Health Care',
  'Industrials',
  'Information Technology',
  'Materials',
  'Real Estate',
  'Utilities',
];

/** The symbol that queries of one symbol ask for: in the midst of the others. */
export const ASKED = symbolAt(SYMBOLS >> 1);

/** @param rows in all, the same number of each symbol and day but for a remainder */
export function* marketQuotes(
  rows: number,
): Generator<{ readonly quote: Quote; readonly symbolIndex: number }> {
  const ticksOfDay = Math.ceil(rows / SYMBOLS / DAYS.length);
  const simulator = new Simulator({
    seed: SEED,
    symbols: Array.from({ length: SYMBOLS }, (_, index) => simulatedSymbol(index)),
    startMs: Date.parse(`${DAYS[0]}T00:00:00Z`),
    // A session's last tick is its close.
    intervalMs: Math.floor(SESSION_MS / Math.max(ticksOfDay - 1, 1)),
  });
  for (let made = 0; made < rows; made += 1) {
    const symbolIndex = simulator.cursor.symbol;
    const quote = simulator.next();
    yield { quote: { ...quote, primaryExchange: pick(EXCHANGES, symbolIndex, 1) }, symbolIndex };
  }
}

function simulatedSymbol(index: number): SimulatedSymbol {
  const random = new Random(mixKeys(SEED, index));
  const symbol = symbolAt(index);
  return {
    symbol,
    companyName: `${symbol} ${pick(['Holdings', 'Group', 'Technologies', 'Partners'], index, 2)} Inc.`,
    sector: pick(SECTORS, index, 3),
    basePrice: Math.round(100 * Math.exp(3.5 + random.normal())) / 100,
    annualVolatility: 0.2 + 0.4 * random.uniform(),
    dailyVolume: Math.round(Math.exp(14 + 1.5 * random.normal())),
  };
}

/** Three letters, spread over the alphabet, in the order of the index. */
function symbolAt(index: number): string {
  const place = index * 5;
  return [place / 676, place / 26, place].map((part) => LETTERS[Math.floor(part) % 26]).join('');
}

function pick<T>(values: readonly T[], index: number, salt: number): T {
  return values[(mixKeys(index, salt) >>> 0) % values.length] as T;
}
