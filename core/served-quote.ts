/** Rows of the serving database: what they say, and which of two is the newer. */
import type { CuratedRow } from './curation.ts';
import type { SourceCoordinates } from './source-coordinates.ts';

/** A row of `quotes_filtered` and of `latest_quotes`. Times in epoch ms. */
export interface ServedQuote {
  readonly ts: number;
  readonly symbol: string;
  readonly companyName: string | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly latestUpdate: number | null;
  readonly latestPrice: number | null;
  readonly source: SourceCoordinates;
}

/** An entry of a B-tree index holds at most 2704 bytes, and a character up to 4: https://www.postgresql.org/docs/17/btree.html */
export const MAX_SYMBOL_CHARS = 256;

/** As it is served: whatever a good record says can be written, so that none blocks those behind it. */
export function toServedQuote({ quote, eventTime }: CuratedRow, source: SourceCoordinates): ServedQuote {
  const { symbol, companyName, low, high, latestUpdate, latestPrice } = quote;
  return {
    ts: eventTime,
    symbol: servableText(symbol).slice(0, MAX_SYMBOL_CHARS).toWellFormed(),
    companyName: companyName === null ? null : servableText(companyName),
    low,
    high,
    latestUpdate,
    latestPrice,
    source,
  };
}

/** PostgreSQL's text holds every character but U+0000: https://www.postgresql.org/docs/17/datatype-character.html */
function servableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/** The newest of each symbol. */
export function newestBySymbol(quotes: Iterable<ServedQuote>): ServedQuote[] {
  const newest = new Map<string, ServedQuote>();
  for (const quote of quotes) {
    const other = newest.get(quote.symbol);
    if (other === undefined || isNewer(quote, other)) newest.set(quote.symbol, quote);
  }
  return [...newest.values()];
}

/** Orders as `(ts, source_partition, source_offset, source_log_id)` in SQL: no two records are equal. */
export function isNewer(a: ServedQuote, b: ServedQuote): boolean {
  const order =
    a.ts - b.ts || a.source.partition - b.source.partition || a.source.offset - b.source.offset || undefined;
  return order === undefined ? a.source.logId > b.source.logId : order > 0;
}
