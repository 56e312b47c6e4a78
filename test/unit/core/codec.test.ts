import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import {
  BodyError,
  createQuoteDecoder,
  createValueEncoder,
  encodeQuote,
  QUOTE_SCHEMA_TEXT,
} from '../../../core/codec.ts';
import { QUOTE_FIELDS, type Quote, quoteAvroSchema } from '../../../core/quote.ts';
import { makeQuote } from '../../helpers/records.ts';

const decode = createQuoteDecoder(QUOTE_SCHEMA_TEXT);

const anyQuote: fc.Arbitrary<Quote> = fc
  .tuple(
    ...QUOTE_FIELDS.map(({ kind, nullable }) => {
      const value =
        kind === 'string'
          ? fc.string({ unit: 'grapheme' })
          : kind === 'time'
            ? fc.maxSafeInteger()
            : fc.double({ noNaN: true });
      return nullable ? fc.option(value as fc.Arbitrary<unknown>) : (value as fc.Arbitrary<unknown>);
    }),
  )
  .map(
    (values) =>
      Object.fromEntries(QUOTE_FIELDS.map(({ name }, index) => [name, values[index]])) as unknown as Quote,
  )
  // avsc reads longs up to 2^53 - 1 but refuses some that it wrote near it.
  .filter((quote) =>
    QUOTE_FIELDS.every(({ name, kind }) => kind !== 'time' || Math.abs(quote[name] ?? 0) < 2 ** 52),
  );

function codeOf(body: Buffer): string {
  try {
    decode(body);
    return 'decoded';
  } catch (error) {
    return error instanceof BodyError ? error.code : String(error);
  }
}

describe('a quote’s Avro body', () => {
  test('holds any quote exactly', () => {
    fc.assert(
      fc.property(anyQuote, (quote) => {
        expect({ ...decode(encodeQuote(quote)) }).toEqual(quote);
      }),
    );
  });

  test('is undecodable wherever it is cut', () => {
    const body = encodeQuote(makeQuote({ companyName: 'Apple Inc', open: 1.5, week52Low: 2 }));
    for (let length = 0; length < body.length; length += 1)
      expect(codeOf(body.subarray(0, length))).toBe('body_undecodable');
  });

  test('with bytes behind it is told apart', () => {
    expect(codeOf(Buffer.concat([encodeQuote(makeQuote()), Buffer.from([0])]))).toBe('body_trailing_bytes');
  });

  test('of random bytes never decodes into something without a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(['decoded', 'body_undecodable', 'body_trailing_bytes']).toContain(codeOf(Buffer.from(bytes)));
      }),
    );
  });

  test('with text that is not UTF-8 is undecodable, for the lake would hold something else', () => {
    const body = encodeQuote(makeQuote({ symbol: 'AAAA' }));
    body[1] = 0xff;
    expect(codeOf(body)).toBe('body_undecodable');
  });

  test('with a replacement character of its own decodes', () => {
    expect(decode(encodeQuote(makeQuote({ companyName: 'A\uFFFDB' }))).companyName).toBe('A\uFFFDB');
  });
});

describe('a body of another schema version', () => {
  const schema = quoteAvroSchema();

  test('lacks what that version lacked and drops what it had more', () => {
    const fields = [
      ...schema.fields.filter(({ name }) => name !== 'sector'),
      { name: 'currency', type: ['null', 'string'], default: null, doc: '' },
    ];
    const writer = { ...schema, fields };
    const quote = makeQuote({ open: 3 });
    const body = avsc.Type.forSchema(writer as avsc.Schema, { wrapUnions: false }).toBuffer({
      ...quote,
      currency: 'USD',
    });
    expect({ ...createQuoteDecoder(JSON.stringify(writer))(body) }).toEqual(makeQuote({ open: 3 }));
  });

  test.each([
    ['no schema', 'nonsense'],
    [
      'another type',
      JSON.stringify({
        ...schema,
        fields: schema.fields.map((field) => (field.name === 'open' ? { ...field, type: 'string' } : field)),
      }),
    ],
    ['another record', JSON.stringify({ ...schema, name: 'Trade', fields: [] })],
  ])('that is %s is incompatible', (_, text) => {
    expect(() => createQuoteDecoder(text)).toThrow(expect.objectContaining({ code: 'SCHEMA_INCOMPATIBLE' }));
  });
});

describe('values written one after the other', () => {
  const header = Buffer.from('a header, 18 bytes');

  test('are each the header and the body, whatever came before and after', () => {
    fc.assert(
      fc.property(fc.array(anyQuote, { maxLength: 20 }), (quotes) => {
        const encode = createValueEncoder(header);
        const values = quotes.map((quote) => encode(quote));
        expect(values).toEqual(quotes.map((quote) => Buffer.concat([header, encodeQuote(quote)])));
      }),
    );
  });

  test.each([64_000, 65_530, 200_000])('may be of any size: %i characters among small ones', (length) => {
    const encode = createValueEncoder(header);
    const quotes = ['a', 'b'.repeat(length), 'c'].flatMap((companyName) =>
      Array.from({ length: 300 }, () => makeQuote({ companyName })).slice(
        0,
        companyName.length > 1 ? 2 : 300,
      ),
    );
    const values = quotes.map((quote) => encode(quote));
    expect(values).toEqual(quotes.map((quote) => Buffer.concat([header, encodeQuote(quote)])));
  });
});
