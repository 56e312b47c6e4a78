import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { createQuoteDecoder } from '../../../core/codec.ts';
import { CURATION_VERSION } from '../../../core/curation-version.ts';
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
  test('end with the one that the contract states, to the letter: functions look it up by its text', () => {
    expect(JSON.stringify(QUOTE_SCHEMAS.at(-1))).toBe(JSON.stringify(quoteAvroSchema()));
  });

  test('each raised the curation version, for a row has a column more than before', () => {
    expect(CURATION_VERSION).toBeGreaterThanOrEqual(QUOTE_SCHEMAS.length);
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

type Type = string | readonly unknown[] | object;

/** A record of one field. */
const recordOf = (type: Type, more: object = {}): object => ({
  type: 'record',
  name: 'R',
  fields: [{ name: 'f', type, ...more }],
});

describe('backward compatibility', () => {
  test('allows a new nullable field, and one that goes', () => {
    const added = withFields((fields) => [
      ...fields,
      { name: 'currency', type: ['null', 'string'], default: null, doc: '' },
    ]);
    expect(findBackwardIncompatibility(added, v1)).toBeUndefined();
    expect(findBackwardIncompatibility(v1, added)).toBeUndefined();
  });

  test('allows a new required field with a default', () => {
    const empty = { type: 'record', name: 'R', fields: [] };
    expect(findBackwardIncompatibility(recordOf('string', { default: 'USD' }), empty)).toBeUndefined();
  });

  // https://avro.apache.org/docs/1.11.1/specification/#schema-resolution
  test('promotes types as Avro does, and no others', () => {
    const promotions: Record<string, readonly string[]> = {
      long: ['int'],
      float: ['int', 'long'],
      double: ['int', 'long', 'float'],
      bytes: ['string'],
      string: ['bytes'],
    };
    const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
    for (const reader of primitives) {
      const readable = primitives.filter(
        (writer) => findBackwardIncompatibility(recordOf(reader), recordOf(writer)) === undefined,
      );
      expect(new Set(readable)).toEqual(new Set([reader, ...(promotions[reader] ?? [])]));
    }
  });

  test.each<[string, Type, Type]>([
    ['made nullable', ['null', 'string'], 'string'],
    ['of one more type', ['null', 'string', 'double'], ['null', 'string']],
    ['nullable of a wider type', ['null', 'double'], ['null', 'long']],
    ['written as a union whose every branch it reads', 'double', ['int', 'float']],
  ])('allows a field %s', (_, reader, writer) => {
    expect(findBackwardIncompatibility(recordOf(reader), recordOf(writer))).toBeUndefined();
  });

  test.each<[string, Type, Type, RegExp]>([
    ['of another type', 'long', 'string', /"long" cannot read "string"/],
    ['of a narrower type', 'int', 'long', /cannot read/],
    ['made required', 'string', ['null', 'string'], /cannot read/],
    ['of fewer types', ['null', 'string'], ['null', 'string', 'double'], /cannot read/],
    ['that is nested', { type: 'array', items: 'string' }, 'string', /neither a primitive/],
    ['that is an enum', { type: 'enum', name: 'E', symbols: ['A'] }, 'string', /neither a primitive/],
    ['with a nested type in its union', ['null', recordOf('int')], ['null', 'string'], /neither/],
    ['of a logical type', { type: 'long', logicalType: 'timestamp-millis' }, 'long', /neither/],
    ['that was nested', 'string', { type: 'map', values: 'string' }, /in the version before, .* neither/],
  ])('refuses a field %s and says why', (_, reader, writer, why) => {
    expect(findBackwardIncompatibility(recordOf(reader), recordOf(writer))).toEqual({
      field: 'f',
      why: expect.stringMatching(why),
    });
  });

  test.each<[string, object, string, RegExp]>([
    [
      'a new field without default',
      withFields((fields) => [...fields, { name: 'currency', type: 'string', doc: '' }]),
      'currency',
      /no default/,
    ],
    [
      'a default of another type',
      { ...v1, fields: [...v1.fields, { name: 'currency', type: ['string', 'null'], default: null }] },
      'currency',
      /no Avro/,
    ],
    ['a field that stands there twice', { ...v1, fields: [...v1.fields, v1.fields[3]] }, 'sector', /twice/],
    [
      'a field with aliases',
      { ...v1, fields: v1.fields.map((field) => ({ ...field, aliases: ['a'] })) },
      'symbol',
      /aliases/,
    ],
    ['aliases of the record', { ...v1, aliases: ['Trade'] }, 'tickerlake.Quote', /aliases/],
    ['another record name', { ...v1, name: 'Trade' }, 'tickerlake.Trade', /was called tickerlake.Quote/],
    ['another namespace', { ...v1, namespace: 'lake' }, 'lake.Quote', /was called/],
    ['what is no record', { type: 'enum', name: 'Quote', symbols: [] }, 'the schema', /no record/],
    ['what has no name', { type: 'record', fields: [] }, 'the schema', /no name/],
  ])('refuses %s and names it', (_, next, field, why) => {
    expect(findBackwardIncompatibility(next, v1)).toEqual({ field, why: expect.stringMatching(why) });
  });

  test('takes a name with its namespace in it for the same', () => {
    const { namespace, ...rest } = { ...v1, name: 'tickerlake.Quote' };
    expect(namespace).toBe('tickerlake');
    expect(findBackwardIncompatibility(rest, v1)).toBeUndefined();
  });
});
