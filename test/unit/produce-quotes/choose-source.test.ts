import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import type { ListedSymbols } from '../../../adapters/listed-symbols.ts';
import type { QuoteSource, SourceItem } from '../../../adapters/quotes/source.ts';
import { NASDAQ_SYMBOLS } from '../../../core/nasdaq-symbols.ts';
import { chooseSource } from '../../../lambdas/produce-quotes/choose-source.ts';
import { readConfig } from '../../../lambdas/produce-quotes/config.ts';
import { readEvent } from '../../../lambdas/produce-quotes/event.ts';

const env = {
  CLUSTER_ARN: 'arn',
  TOPIC: 'quotes',
  REGISTRY_NAME: 'r',
  SCHEMA_NAME: 's',
  LAKE_BUCKET: 'lake',
};
const objects: Record<string, string> = {
  'listing.csv': 'Symbol,Security Name,Test Issue\nAAPL,Apple,N\nNEWCO,"New, Co.",N\nZTEST,Test,Y\n',
  tape: '{"symbol":"A"}\n{"symbol":"B"}\n{"symbol":"C"}\n',
};

const s3 = {
  send: ({ input }: { input: { Bucket: string; Key: string; Range: string } }) => {
    const content = Buffer.from(objects[input.Key] ?? '');
    const from = Number(/\d+/.exec(input.Range)?.[0]);
    const bytes = content.subarray(from);
    return Promise.resolve({
      ContentRange: `bytes ${from}-${content.length - 1}/${content.length}`,
      Body: { transformToByteArray: () => Promise.resolve(bytes) },
    });
  },
} as unknown as S3Client;

/** Friday, an hour after the open. */
const NOW = Date.parse('2026-11-20T15:30:20Z');

const LOADED: ListedSymbols = {
  read: () => Promise.resolve([{ symbol: 'LOADED', companyName: 'Loaded, Inc.' }]),
};

async function choose(
  event: unknown,
  more: Record<string, string> = {},
  nowMs = NOW,
  listed?: ListedSymbols,
): Promise<QuoteSource> {
  return chooseSource(readConfig({ ...env, ...more }), readEvent(event), {
    s3,
    apiKey: undefined,
    listed,
    now: () => nowMs,
  });
}

async function take(source: QuoteSource): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of source.read(new AbortController().signal)) items.push(item);
  return items;
}

function symbolsOf(items: readonly SourceItem[]): (string | undefined)[] {
  return items.map((item) => ('quote' in item ? item.quote.symbol : undefined));
}

describe('a schedule', () => {
  test('brings one look at all symbols, as of the minute', async () => {
    const items = await take(await choose({}));
    expect(symbolsOf(items)).toEqual(NASDAQ_SYMBOLS.map(({ symbol }) => symbol));
    for (const item of items) {
      expect('quote' in item && Math.floor((item.quote.latestUpdate ?? 0) / 1000)).toBe(
        Date.parse('2026-11-20T15:30:00Z') / 1000,
      );
    }
  });

  test('of several minutes brings a look for each', async () => {
    const items = await take(
      await choose({ time: '2026-11-20T15:30:00Z' }, { TICKS_PER_RUN: '5', SYMBOLS: 'AAPL' }),
    );
    const minutes = items.map(
      (item) => 'quote' in item && new Date(item.quote.latestUpdate ?? 0).getUTCMinutes(),
    );
    expect(minutes).toEqual([26, 27, 28, 29, 30]);
  });

  test('brings nothing while the market is closed', async () => {
    expect(await take(await choose({}, {}, Date.parse('2026-11-21T15:30:00Z')))).toEqual([]);
    expect(await take(await choose({}, {}, Date.parse('2026-11-20T14:29:59Z')))).toEqual([]);
  });

  test('brings the close once, at 16:00', async () => {
    const day = { TICKS_PER_RUN: '5', SYMBOLS: 'AAPL' };
    const at = async (time: string): Promise<(string | null | undefined)[]> => {
      const items = await take(await choose({ time }, day));
      return items.map((item) => ('quote' in item ? item.quote.calculationPrice : undefined));
    };
    expect(await at('2026-11-20T21:00:00Z')).toEqual(['tops', 'tops', 'tops', 'tops', 'close']);
    expect(await at('2026-11-20T21:05:00Z')).toEqual([]);
  });
});

describe('a request', () => {
  const simulator = { intervalMs: 1000, fromTick: 0, records: 3 };

  test('for simulated quotes starts with the last session open before now', async () => {
    const [first] = await take(await choose({ simulator }));
    expect(first).toMatchObject({
      quote: { openTime: Date.parse('2026-11-20T14:30:00Z'), latestTime: '9:30:00 AM' },
    });
  });

  test('may name its symbols, each counted once', async () => {
    const source = await choose({ simulator, symbols: ['MSFT', 'XYZQ', 'MSFT'] });
    expect(symbolsOf(await take(source))).toEqual(['MSFT', 'XYZQ', 'MSFT']);
    expect(source.next).toEqual({ tick: 1, symbol: 1 });
  });

  test('may name a listing: known symbols keep their price, new ones their name', async () => {
    const items = await take(await choose({ simulator, listingKey: 'listing.csv' }));
    expect(items.slice(0, 2)).toMatchObject([
      { quote: { symbol: 'AAPL', companyName: 'Apple Inc.', sector: 'Information Technology' } },
      { quote: { symbol: 'NEWCO', companyName: 'New, Co.', sector: null } },
    ]);
  });

  test('names symbols over a configured listing, and a listing over configured symbols', async () => {
    const bySymbols = await choose({ simulator, symbols: ['MSFT'] }, { LISTING_KEY: 'listing.csv' });
    expect(symbolsOf(await take(bySymbols))[0]).toBe('MSFT');
    const byListing = await choose({ simulator, listingKey: 'listing.csv' }, { SYMBOLS: 'MSFT' });
    expect(symbolsOf(await take(byListing))[0]).toBe('AAPL');
  });

  test('takes the loaded listing’s symbols where none are named, with their companies', async () => {
    const [first] = await take(await choose({ simulator }, {}, NOW, LOADED));
    expect(first).toMatchObject({ quote: { symbol: 'LOADED', companyName: 'Loaded, Inc.' } });
    const named = await choose({ simulator }, { SYMBOLS: 'MSFT' }, NOW, LOADED);
    expect(symbolsOf(await take(named))[0]).toBe('MSFT');
    const byKey = await choose({ simulator }, { LISTING_KEY: 'listing.csv' }, NOW, LOADED);
    expect(symbolsOf(await take(byKey))[0]).toBe('AAPL');
  });

  test('for a tape goes on from its cursor', async () => {
    const tape = { key: 'tape', fromByte: 15, fromLine: 2, maxRecords: 1 };
    const source = await choose({ tape });
    expect(symbolsOf(await take(source))).toEqual(['B']);
    expect(source.next).toEqual({ byte: 30, line: 3 });
  });

  test('without more reads all of the configured tape', async () => {
    const source = await choose({}, { QUOTE_SOURCE: 'tape', TAPE_KEY: 'tape' });
    expect(symbolsOf(await take(source))).toEqual(['A', 'B', 'C']);
    expect(source.next).toBeUndefined();
  });

  test.each([
    [{ source: 'http' }, 'QUOTE_API_URL'],
    [{ source: 'tape' }, 'TAPE_KEY'],
    [{ simulator: { ...simulator, fromSymbol: 5 }, symbols: ['A'] }, 'simulator.fromSymbol'],
  ])('%j is refused, naming %s', async (event, name) => {
    await expect(choose(event)).rejects.toThrow(name);
  });
});
