/** Curating by column gives what curating record by record gives, whatever the records are. */
import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { createQuoteDecoder, encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../../core/codec.ts';
import { planColumns } from '../../../../core/columns/column-plan.ts';
import { type ColumnRules, curateColumns } from '../../../../core/columns/curate-columns.ts';
import { RawColumns } from '../../../../core/columns/raw-columns.ts';
import { curate } from '../../../../core/curation.ts';
import type { DeliveredRecord } from '../../../../core/kafka-event.ts';
import { rawKey } from '../../../../core/layout.ts';
import { QUOTE_FIELDS, type Quote, quoteAvroSchema } from '../../../../core/quote.ts';
import { decodeRawFile, encodeRawFile } from '../../../../core/raw-file.ts';
import { encodeFrame } from '../../../../core/wire.ts';
import { curatedRows } from '../../../helpers/curated-rows.ts';
import {
  base64,
  LOG,
  makeQuote,
  makeRecord,
  NOON_MS,
  quoteRecord,
  SCHEMA_ID,
  sourceRecordHeaders,
} from '../../../helpers/records.ts';

const KEY = rawKey(LOG, 0);
const LAKE_START_MS = Date.parse('1990-01-01T00:00:00Z');

/** The contract, with a field less, one more, and others in another order. */
const OTHER_SCHEMA = {
  ...quoteAvroSchema(),
  fields: [
    { name: 'currency', type: ['null', 'string'], default: null },
    ...quoteAvroSchema()
      .fields.slice(1)
      .toReversed()
      .filter(({ name }) => name !== 'sector'),
    { name: 'lot', type: 'long' },
    ...quoteAvroSchema().fields.slice(0, 1),
    { name: 'fee', type: ['null', 'double'], default: null },
  ],
};
const OTHER_ID = 'd4735e3a-265e-46ee-a03f-59718b9b5d03';
/** A version that no plan is made for: a number that widens. */
const WIDER_SCHEMA = {
  ...quoteAvroSchema(),
  fields: quoteAvroSchema().fields.map((field) =>
    field.name === 'openTime' ? { ...field, type: ['null', 'int'] } : field,
  ),
};
const WIDER_ID = '4e074085-62be-4b8b-8c60-4fc1f21cbd3d';

const SCHEMAS = new Map([
  [SCHEMA_ID, QUOTE_SCHEMA_TEXT],
  [OTHER_ID, JSON.stringify(OTHER_SCHEMA)],
  [WIDER_ID, JSON.stringify(WIDER_SCHEMA)],
]);
const decoders = new Map([...SCHEMAS].map(([id, text]) => [id, createQuoteDecoder(text)]));
const plans = new Map([...SCHEMAS].map(([id, text]) => [id, planColumns(text)]));
const rules: ColumnRules = {
  decoderOf: (id) => decoders.get(id),
  planOf: (id) => plans.get(id),
  lakeStartMs: LAKE_START_MS,
};

const typeOf = (schema: unknown): avsc.Type =>
  avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
const otherType = typeOf(OTHER_SCHEMA);
const widerType = typeOf(WIDER_SCHEMA);

const text = fc.oneof(
  fc.constantFrom('AAPL', 'MSFT', 'Z', '', 'Å∂🚀', '\uFFFD', 'a longer name that repeats', '\uFFFF', '🚀'),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
);
const amount = fc.oneof(
  fc.double({ min: 0, max: 1e6 }),
  fc.double(),
  fc.constantFrom(0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY),
);
const time = fc.oneof(
  fc.integer({ min: NOON_MS - 200_000_000, max: NOON_MS + 200_000_000 }),
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  fc.constantFrom(0, -1, LAKE_START_MS, -62_135_596_800_000, 253_402_300_799_999, 253_402_300_800_000),
);
const anyQuote: fc.Arbitrary<Quote> = fc
  .record(
    Object.fromEntries(
      QUOTE_FIELDS.map(({ name, kind, nullable }) => {
        const value: fc.Arbitrary<unknown> = { string: text, double: amount, time }[kind];
        return [name, nullable ? fc.option(value) : value];
      }),
    ),
  )
  .map((fields) => fields as unknown as Quote);
/** Mostly good ones, or hardly any would be. */
const goodQuote: fc.Arbitrary<Quote> = fc
  .record({
    symbol: fc.constantFrom('AAPL', 'MSFT', 'Z', 'Å', '🚀', '\uFFFF'),
    price: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    name: fc.option(text),
    time: fc.option(fc.integer({ min: NOON_MS - 90_000_000, max: NOON_MS })),
  })
  .map(({ symbol, price, name, time: latestUpdate }) =>
    makeQuote({ symbol, latestPrice: price, companyName: name, sector: name, latestUpdate }),
  );

const anyBody = fc.oneof(
  { weight: 6, arbitrary: goodQuote.map((quote) => ({ id: SCHEMA_ID, body: encodeQuote(quote) })) },
  { weight: 3, arbitrary: anyQuote.map((quote) => ({ id: SCHEMA_ID, body: encodeQuote(quote) })) },
  {
    weight: 2,
    arbitrary: fc.tuple(goodQuote, fc.integer(), fc.option(text)).map(([quote, lot, currency]) => ({
      id: OTHER_ID,
      body: otherType.toBuffer({ ...quote, lot, currency, fee: null }),
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(goodQuote, fc.integer({ min: 0, max: 1000 }))
      .map(([quote, openTime]) => ({ id: WIDER_ID, body: widerType.toBuffer({ ...quote, openTime }) })),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ id: SCHEMA_ID, body: Buffer.from(bytes) })),
  },
);

/** A byte changed, some cut off, some more at the end. */
const anyDamage = fc.oneof(
  { weight: 5, arbitrary: fc.constant((bytes: Buffer) => bytes) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([place, byte]) => (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[place % changed.length] = byte;
      return changed;
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 30 })
      .map((cut) => (bytes: Buffer) => bytes.subarray(0, Math.max(0, bytes.length - cut))),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 3 })
      .map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
  },
);

const anyValue = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(
        anyBody,
        anyDamage,
        fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'zlib' as const),
      )
      .map(([{ id, body }, damage, compression]) => damage(encodeFrame(id, body, compression))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(encodeFrame('00000000-0000-4000-8000-000000000000', encodeQuote(makeQuote()))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(null) },
);

const source = { logId: 'log-1', topic: 'quotes', partition: 2, offset: 2 ** 40 };
const anyHeaders = fc.constantFrom(
  [],
  sourceRecordHeaders(source),
  sourceRecordHeaders(source),
  sourceRecordHeaders({ ...source, logId: 'log-2', offset: 0 }),
  sourceRecordHeaders(source).slice(1),
);

const anyRecords: fc.Arbitrary<DeliveredRecord[]> = fc
  .array(
    fc.record({
      value: anyValue,
      gap: fc.integer({ min: 1, max: 3 }),
      headers: anyHeaders,
      age: fc.constantFrom(0, 0, 0, -86_400_000, 2 ** 51),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) => {
    let offset = -1;
    return list.map(({ value, gap, headers, age }) =>
      makeRecord((offset += gap), { value: value && base64(value), headers, timestamp: NOON_MS + age }),
    );
  });

function bothWays(records: readonly DeliveredRecord[], given: ColumnRules): void {
  const { body } = encodeRawFile(KEY, 0, records);
  const byRow = curate(decodeRawFile(KEY, body).records, given);
  const byColumn = curateColumns(RawColumns.read(KEY, body), given);
  expect([...curatedRows(byColumn, given.sourceTopic)]).toEqual([...byRow.days]);
  expect(byColumn.quarantined).toEqual(byRow.quarantined);
}

describe('curating by column', () => {
  test('gives the verdicts, rows and order that curating row by row gives', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        bothWays(records, rules);
      }),
      { numRuns: 400 },
    );
  });

  test('does so for derived topics as well', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        bothWays(records, { ...rules, sourceTopic: 'quotes' });
      }),
      {
        numRuns: 200,
      },
    );
  });

  test('decodes no good record by itself, of whatever version a plan is made for', () => {
    const other = otherType.toBuffer({ ...makeQuote(), lot: 1, currency: null, fee: 0.5 });
    const records = [
      quoteRecord(0),
      quoteRecord(1, { symbol: 'MSFT', latestUpdate: null }),
      makeRecord(2, { value: base64(encodeFrame(OTHER_ID, other)) }),
    ];
    const { body } = encodeRawFile(KEY, 0, records);
    const decoderOf = (): never => {
      throw new Error('a record was decoded by itself');
    };
    const { columns, quarantined } = curateColumns(RawColumns.read(KEY, body), { ...rules, decoderOf });
    expect([columns.length, quarantined]).toEqual([3, []]);
  });

  test('makes no plan of a version with other types', () => {
    expect(plans.get(WIDER_ID)).toBeUndefined();
    expect(planColumns('"string"')).toBeUndefined();
  });

  test('tells texts apart that were seen with the same symbol before', () => {
    const names = ['One', 'Two', 'One', null, 'Two', 'Twp'];
    bothWays(
      names.map((companyName, offset) => quoteRecord(offset, { companyName })),
      rules,
    );
  });
});
