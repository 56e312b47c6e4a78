import { TickerlakeError } from '../../core/errors.ts';
import type { KnownSymbol } from '../../core/quote-apis.ts';
import { quoteFromFinnhub, quoteFromIex } from '../../core/quote-apis.ts';
import type { ReadQuote } from '../../core/quote-json.ts';
import type { SecretReader } from '../secrets.ts';
import { getJson, type JsonClientOptions } from './json-client.ts';
import type { QuoteSource, SourceItem } from './source.ts';

/** How to ask an API for one symbol, and what its answer says. */
export interface QuoteApi {
  request(
    baseUrl: string,
    symbol: string,
    apiKey: string,
  ): { url: URL; headers: Readonly<Record<string, string>> };
  read(json: unknown, known: KnownSymbol): ReadQuote;
}

/** The APIs that are known: one entry each. */
export const QUOTE_API_SHAPES = {
  iex: {
    request: (baseUrl, symbol, apiKey) => {
      const url = new URL(`${baseUrl}/stock/${encodeURIComponent(symbol)}/quote`);
      url.searchParams.set('token', apiKey);
      return { url, headers: {} };
    },
    read: quoteFromIex,
  },
  finnhub: {
    request: (baseUrl, symbol, apiKey) => {
      const url = new URL(`${baseUrl}/quote`);
      url.searchParams.set('symbol', symbol);
      return { url, headers: { 'x-finnhub-token': apiKey } };
    },
    read: quoteFromFinnhub,
  },
} as const satisfies Record<string, QuoteApi>;

export interface HttpSourceOptions extends JsonClientOptions {
  readonly api: QuoteApi;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: SecretReader;
  readonly symbols: readonly KnownSymbol[];
  /** Calls under way at once. @default 4 */
  readonly concurrency?: number;
}

const DEFAULT_CONCURRENCY = 4;
/** The key is wrong, or what it pays for is used up: no other symbol will fare better. */
const REFUSES_ALL = new Set([401, 402, 403]);

/**
 * One quote of each symbol, asked from a quote API, in the order of the symbols. A symbol that fails is an item with a reason.
 * @throws TickerlakeError QUOTE_SOURCE_REFUSED if the key is not accepted, QUOTE_SOURCE_UNAVAILABLE if no symbol was answered
 */
export function httpSource(options: HttpSourceOptions): QuoteSource {
  const { api, baseUrl, symbols, concurrency = DEFAULT_CONCURRENCY } = options;
  return {
    async *read(signal) {
      const apiKey = await options.apiKey();
      // Ends the calls under way when the reader stops early or one refusal settles it for all.
      const stop = new AbortController();
      const anySignal = AbortSignal.any([signal, stop.signal]);
      const ask = async (
        known: KnownSymbol,
        index: number,
      ): Promise<SourceItem & { wasAnswered: boolean }> => {
        const { url, headers } = api.request(baseUrl, known.symbol, apiKey);
        const answer = await getJson(url, headers, options, anySignal);
        if ('json' in answer) {
          const read = api.read(answer.json, known);
          if ('quote' in read) return { ...read, wasAnswered: true };
          return { line: index + 1, reason: `${known.symbol}: ${read.reason}`, wasAnswered: true };
        }
        if (answer.status !== undefined && REFUSES_ALL.has(answer.status)) {
          throw new TickerlakeError(
            'QUOTE_SOURCE_REFUSED',
            `the quote API refuses the key: ${answer.reason}`,
            {
              hint: 'check the secret of QUOTE_API_SECRET_ARN and the plan of the API',
            },
          );
        }
        const wasAnswered = answer.status === 404 || answer.status === 400;
        return { line: index + 1, reason: `${known.symbol}: ${answer.reason}`, wasAnswered };
      };
      try {
        let answered = 0;
        for await (const { wasAnswered, ...item } of inOrder(symbols, concurrency, ask)) {
          if (wasAnswered) answered += 1;
          yield item;
        }
        if (answered === 0 && symbols.length > 0 && !signal.aborted) {
          throw new TickerlakeError(
            'QUOTE_SOURCE_UNAVAILABLE',
            `the quote API answered for none of ${symbols.length} symbols`,
          );
        }
      } finally {
        stop.abort();
      }
    },
    next: undefined,
  };
}

/** Works on a few at once and gives the results in order. */
async function* inOrder<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for (const [index, item] of items.entries()) {
    const promise = work(item, index);
    // Its failure is met when its turn comes.
    promise.catch(() => undefined);
    underWay.push(promise);
    const first = underWay.length >= concurrency ? underWay.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const promise of underWay) yield await promise;
}
