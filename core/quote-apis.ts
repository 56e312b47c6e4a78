/** What quote APIs answer, as quotes of the contract. */
import type { ListedSymbol } from './listing.ts';
import type { Quote } from './quote.ts';
import { type ReadQuote, readQuote } from './quote-json.ts';

/** What is known of a symbol beside its quote. */
export interface KnownSymbol extends ListedSymbol {
  readonly sector: string | null;
}

/** `/stock/{symbol}/quote`: the contract has its field names. https://iexcloud.io/docs (closed in 2024; others keep the shape) */
export function quoteFromIex(json: unknown, known: KnownSymbol): ReadQuote {
  const read = readQuote(json);
  if ('reason' in read) return read;
  const { quote } = read;
  if (quote.symbol.toUpperCase() !== known.symbol.toUpperCase())
    return { reason: 'the answer is for another symbol' };
  return {
    quote: {
      ...quote,
      companyName: quote.companyName ?? known.companyName,
      sector: quote.sector ?? known.sector,
    },
  };
}

/**
 * `/quote`: c current, h high, l low, o open, pc previous close, t epoch seconds. https://finnhub.io/docs/api/quote
 * A symbol that Finnhub does not know is answered with zeros.
 */
export function quoteFromFinnhub(json: unknown, known: KnownSymbol): ReadQuote {
  if (typeof json !== 'object' || json === null) return { reason: 'not a JSON object' };
  const { c, h, l, o, pc, t } = json as Readonly<Record<string, unknown>>;
  if (t === 0 || c === null) return { reason: 'the API knows no quote of the symbol' };
  if (typeof t !== 'number' || !Number.isSafeInteger(t * 1000))
    return { reason: 't is not a whole number (epoch s)' };
  const updateMs = t * 1000;
  return readQuote({
    symbol: known.symbol,
    companyName: known.companyName,
    sector: known.sector,
    open: o,
    close: pc,
    high: h,
    low: l,
    latestPrice: c,
    latestSource: 'Finnhub',
    latestTime: clock.format(updateMs),
    latestUpdate: updateMs,
  } satisfies { [F in keyof Quote]?: unknown });
}

const clock = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium', timeZone: 'America/New_York' });
