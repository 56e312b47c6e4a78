/** Values as they come from Trino, as Athena prints them. */
import { expect, test } from '@jest/globals';
import type { TrinoValue, TypeSignature } from '../../../local/trino/client.ts';
import { printerOf } from '../../../local/trino/printed-values.ts';

const plain = (rawType: string): TypeSignature => ({ rawType, arguments: [] });
const of = (rawType: string, ...types: TypeSignature[]): TypeSignature => ({
  rawType,
  arguments: types.map((value) => ({ kind: 'TYPE', value })),
});
const field = (name: string | undefined, typeSignature: TypeSignature) => ({
  kind: 'NAMED_TYPE',
  value: { ...(name === undefined ? {} : { fieldName: { name } }), typeSignature },
});

test.each<[string, TypeSignature, TrinoValue, string]>([
  ['a text', plain('varchar'), 'a, b', 'a, b'],
  ['a truth value', plain('boolean'), true, 'true'],
  ['a number beyond 2^53', plain('bigint'), '9007199254740993', '9007199254740993'],
  ['a double', plain('double'), '1.0E10', '1.0E10'],
  ['bytes', plain('varbinary'), 'ams=', '6a 6b'],
  ['an array with a null', of('array', plain('integer')), ['1', null], '[1, null]'],
  ['a map', of('map', plain('varchar'), plain('double')), { a: '1.0', b: null }, '{a=1.0, b=null}'],
  [
    'a row with and without names',
    {
      rawType: 'row',
      arguments: [field('x', plain('bigint')), field(undefined, of('array', plain('varchar')))],
    },
    ['1', ['y']],
    '{x=1, field1=[y]}',
  ],
])('%s', (_, type, value, expected) => {
  expect(printerOf(type)(value)).toBe(expected);
});
