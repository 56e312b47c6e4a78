/** Which quotes the speed path keeps: some symbols, and whatever moves. Stated in JSON, judged here and, for proof, in SQL. */
import { TickerlakeError } from './errors.ts';
import type { Quote } from './quote.ts';

/** A quote is kept if any of them says so. */
export interface Watchlist {
  readonly symbols: ReadonlySet<string>;
  /** Kept: latestPrice differs from close, the previous one, by more percent than this, up or down. */
  readonly movePercentOver?: number;
  /** Kept: latestVolume, the day's so far, is larger. */
  readonly volumeOver?: number;
}

const PROPERTIES = ['symbols', 'movePercentOver', 'volumeOver'] as const;
const SYMBOL = /^[A-Z0-9][A-Z0-9.=-]{0,15}$/;

/**
 * @param text `{"symbols":["AAPL","MSFT"],"movePercentOver":3,"volumeOver":100000000}`, each of them optional but one
 * @throws TickerlakeError WATCHLIST_MALFORMED, with what is wrong
 */
export function parseWatchlist(text: string): Watchlist {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('it is not an object');
  const given = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !(PROPERTIES as readonly string[]).includes(name));
  if (unknown !== undefined) throw malformed(`it has no property ${JSON.stringify(unknown)}`);
  if (Object.keys(given).length === 0) throw malformed('it is empty, so that nothing would be kept');
  const movePercentOver = parseLimit(given, 'movePercentOver');
  const volumeOver = parseLimit(given, 'volumeOver');
  return {
    symbols: parseSymbols(given['symbols'] ?? []),
    ...(movePercentOver !== undefined && { movePercentOver }),
    ...(volumeOver !== undefined && { volumeOver }),
  };
}

/** As `parseWatchlist` reads it; symbols in order, so that the same list gives the same text. */
export function formatWatchlist({ symbols, ...limits }: Watchlist): string {
  return JSON.stringify({ symbols: [...symbols].sort(), ...limits });
}

export function isWatched(quote: Quote, watchlist: Watchlist): boolean {
  const { symbols, movePercentOver, volumeOver } = watchlist;
  if (symbols.has(quote.symbol)) return true;
  const { latestPrice, close, latestVolume } = quote;
  if (movePercentOver !== undefined && latestPrice !== null && close !== null && close > 0) {
    if (Math.abs(((latestPrice - close) / close) * 100) > movePercentOver) return true;
  }
  return volumeOver !== undefined && latestVolume !== null && latestVolume > volumeOver;
}

/** The same as a condition over the columns of view `quotes`, in Athena's SQL; never null. */
export function watchlistCondition({ symbols, movePercentOver, volumeOver }: Watchlist): string {
  const terms: string[] = [];
  if (symbols.size > 0) terms.push(`symbol IN (${[...symbols].sort().map(quoted).join(', ')})`);
  if (movePercentOver !== undefined) {
    const move = 'abs((latest_price - close) / nullif(close, 0) * 100)';
    terms.push(`coalesce(${move} > ${double(movePercentOver)}, false)`);
  }
  if (volumeOver !== undefined) terms.push(`coalesce(latest_volume > ${double(volumeOver)}, false)`);
  return terms.length === 0 ? 'false' : `(${terms.join(' OR ')})`;
}

function parseSymbols(value: unknown): ReadonlySet<string> {
  if (!Array.isArray(value)) throw malformed('symbols is not a list');
  const bad: unknown = value.find((symbol) => typeof symbol !== 'string' || !SYMBOL.test(symbol));
  if (bad !== undefined) throw malformed(`${JSON.stringify(bad)} is no ticker symbol`);
  return new Set(value as string[]);
}

function parseLimit(
  given: Readonly<Record<string, unknown>>,
  name: 'movePercentOver' | 'volumeOver',
): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw malformed(`${name} is not a number from 0 on`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A literal of type double, exact. */
function double(value: number): string {
  return value.toExponential().toUpperCase().replace('E+', 'E');
}

function malformed(what: string, cause?: unknown): TickerlakeError {
  return new TickerlakeError('WATCHLIST_MALFORMED', `the watchlist cannot be read: ${what}`, {
    cause,
    hint: 'put a value such as {"symbols":["AAPL","MSFT"],"movePercentOver":3} into the watchlist’s SSM parameter',
  });
}
