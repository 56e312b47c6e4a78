import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { createQuoteDecoder } from '../../../core/codec.ts';
import { type AvroRecordSchema, QUOTE_FIELDS, quoteAvroSchema } from '../../../core/quote.ts';
import { findBackwardIncompatibility } from '../../../core/schema-compat.ts';
import { QUOTE_SCHEMAS } from '../../../core/schemas/index.ts';

const [v1] = QUOTE_SCHEMAS;
if (v1 === undefined) throw new Error('no schema is published');

const withFields = (
  change: (fields: AvroRecordSchema['fields']) => AvroRecordSchema['fields'],
): AvroRecordSchema => ({
  ...v1,
  fields: change(v1.fields),
});

describe('published schemas', () => {
  test('end with the one that the contract states', () => {
    expect(QUOTE_SCHEMAS.at(-1)).toEqual(quoteAvroSchema());
  });

  test('are each compatible with the one before', () => {
    QUOTE_SCHEMAS.slice(1).forEach((schema, index) => {
      const previous = QUOTE_SCHEMAS[index];
      expect(
        previous === undefined ? 'no version before' : findBackwardIncompatibility(schema, previous),
      ).toBeUndefined();
    });
  });

  test('never change: version 1 keeps its fingerprint', () => {
    // Field order and types alone: https://avro.apache.org/docs/1.11.1/specification/#schema-fingerprints
    expect(
      avsc.Type.forSchema(v1 as avsc.Schema)
        .fingerprint()
        .toString('hex'),
    ).toMatchInlineSnapshot(`"03542165a04c367e60cce516c475eb01"`);
  });

  test.each(QUOTE_SCHEMAS.map((schema, index) => [`version ${index + 1}`, schema] as const))(
    'bytes of %s decode',
    (_, schema) => {
      const values = Object.fromEntries(
        schema.fields.map(({ name, type }) => {
          const base = typeof type === 'string' ? type : type.find((option) => option !== 'null');
          return [name, base === 'string' ? name : 7];
        }),
      );
      const body = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false }).toBuffer(values);
      const quote = createQuoteDecoder(JSON.stringify(schema))(body);
      for (const { name, kind } of QUOTE_FIELDS)
        if (name in values) expect(quote[name]).toBe(kind === 'string' ? name : 7);
    },
  );
});

describe('backward compatibility', () => {
  test('allows a new nullable field, a dropped one, a wider number', () => {
    const added = withFields((fields) => [
      ...fields,
      { name: 'currency', type: ['null', 'string'], default: null, doc: '' },
    ]);
    expect(findBackwardIncompatibility(added, v1)).toBeUndefined();
    expect(findBackwardIncompatibility(v1, added)).toBeUndefined();
    const asLong = withFields((fields) =>
      fields.map((field) => (field.name === 'open' ? { ...field, type: ['null', 'long'] } : field)),
    );
    expect(findBackwardIncompatibility(v1, asLong)).toBeUndefined();
  });

  test.each([
    [
      'a new field without default',
      (): AvroRecordSchema =>
        withFields((fields) => [...fields, { name: 'currency', type: 'string', doc: '' }]),
      'currency',
    ],
    [
      'another type',
      (): AvroRecordSchema =>
        withFields((fields) =>
          fields.map((field) => (field.name === 'sector' ? { ...field, type: 'long' } : field)),
        ),
      'sector',
    ],
    [
      'nullable made required',
      (): AvroRecordSchema =>
        withFields((fields) =>
          fields.map((field) => (field.name === 'open' ? { ...field, type: 'double' } : field)),
        ),
      'open',
    ],
    ['another record name', (): AvroRecordSchema => ({ ...v1, name: 'Trade' }), 'tickerlake.Trade'],
  ])('refuses %s and names it', (_, next, field) => {
    expect(findBackwardIncompatibility(next(), v1)).toMatchObject({ field });
  });
});
