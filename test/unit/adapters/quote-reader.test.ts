import { describe, expect, test } from '@jest/globals';
import { QuoteReader } from '../../../adapters/quote-reader.ts';
import type { SchemaVersions } from '../../../adapters/schema-registry.ts';
import { encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { sourceHeaders } from '../../../core/source-coordinates.ts';
import { encodeFrame } from '../../../core/wire.ts';
import { base64, LOG, LOG_ID, makeQuote, makeRecord, quoteRecord, SCHEMA_ID } from '../../helpers/records.ts';

const OTHER_ID = '11111111-2222-3333-4444-555555555555';

class FakeVersions implements SchemaVersions {
  loads = 0;
  readonly versions = new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]]);

  load(): Promise<ReadonlyMap<string, string>> {
    this.loads += 1;
    return Promise.resolve(this.versions);
  }
}

const partitionOf = (...records: DeliveredRecord[]) => ({ ...LOG, records });

describe('a reader of quotes', () => {
  test('gives quotes in the order of their offsets, whatever their symbols, and counts what is none', async () => {
    const { quotes, unreadable } = await new QuoteReader(new FakeVersions(), { lakeStartMs: 0 }).read(
      partitionOf(
        quoteRecord(4, { symbol: 'MSFT' }),
        makeRecord(5),
        quoteRecord(6, { symbol: 'AAPL' }),
        quoteRecord(7, { symbol: 'AAPL', latestPrice: -1 }),
        makeRecord(8, { value: null }),
        quoteRecord(9, { symbol: 'ZM' }),
      ),
    );
    expect(quotes.map(({ offset, quote }) => [offset, quote.symbol])).toEqual([
      [4, 'MSFT'],
      [6, 'AAPL'],
      [9, 'ZM'],
    ]);
    expect(quotes[0]?.record.value?.toString('base64')).toBe(quoteRecord(4, { symbol: 'MSFT' }).value);
    expect(unreadable).toBe(3);
  });

  test('asks for schema versions only when a record names an unknown one', async () => {
    const versions = new FakeVersions();
    const reader = new QuoteReader(versions, { lakeStartMs: 0 });
    await reader.read(partitionOf(quoteRecord(1)));
    await reader.read(partitionOf(quoteRecord(2)));
    expect(versions.loads).toBe(1);
    const ofOther = { value: base64(encodeFrame(OTHER_ID, encodeQuote(makeQuote()))) };
    expect(await reader.read(partitionOf(quoteRecord(3, {}, ofOther)))).toEqual({
      quotes: [],
      unreadable: 1,
    });
    versions.versions.set(OTHER_ID, QUOTE_SCHEMA_TEXT);
    expect((await reader.read(partitionOf(quoteRecord(3, {}, ofOther)))).quotes).toHaveLength(1);
    expect(versions.loads).toBe(3);
  });

  test('takes records of a version that the current schema cannot read for unreadable', async () => {
    const versions = new FakeVersions();
    versions.versions.set(OTHER_ID, '"string"');
    const record = quoteRecord(1, {}, { value: base64(encodeFrame(OTHER_ID, Buffer.from('x'))) });
    const reader = new QuoteReader(versions, { lakeStartMs: 0 });
    expect(await reader.read(partitionOf(record))).toEqual({ quotes: [], unreadable: 1 });
  });

  test('of a derived topic gives each quote’s source, and takes one without for unreadable', async () => {
    const source = { logId: LOG_ID, topic: 'quotes', partition: 3, offset: 40 };
    const headers = Object.entries(sourceHeaders(source)).map(([name, text]) => ({
      name,
      value: Buffer.from(text),
    }));
    const reader = new QuoteReader(new FakeVersions(), { lakeStartMs: 0, derivedFrom: 'quotes' });
    const { quotes, unreadable } = await reader.read(
      partitionOf(quoteRecord(1, {}, { headers }), quoteRecord(2)),
    );
    expect(quotes.map((quote) => quote.source)).toEqual([source]);
    expect(unreadable).toBe(1);
  });

  test('throws when the registry does not answer: nothing is passed over for that', async () => {
    const down = { load: () => Promise.reject(new Error('registry is down')) };
    const reader = new QuoteReader(down, { lakeStartMs: 0 });
    await expect(reader.read(partitionOf(quoteRecord(1)))).rejects.toThrow('registry is down');
  });
});
