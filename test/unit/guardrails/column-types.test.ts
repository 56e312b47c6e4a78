import { expect, test } from '@jest/globals';
import { unknownPart } from '../../../lib/guardrails/column-types.ts';

test.each([
  'string',
  'BIGINT',
  'decimal(38,9)',
  'decimal(10)',
  'decimal',
  'varchar(65535)',
  'char(255)',
  'array<int>',
  'map<string,array<double>>',
  'struct<a:int,b:struct<c:decimal(10,2),d:string>>',
  'array<struct<name:string,value:binary>>',
])('Athena knows %s', (type) => {
  expect(unknownPart(type)).toBeUndefined();
});

test.each([
  ['text', 'text'],
  ['long', 'long'],
  ['timestamptz', 'timestamptz'],
  ['varbinary', 'varbinary'],
  ['varchar', 'varchar'],
  ['char(256)', 'char(256)'],
  ['decimal(39,2)', 'decimal(39,2)'],
  ['decimal(5,6)', 'decimal(5,6)'],
  ['array<text>', 'text'],
  ['array<>', ''],
  ['array<int', 'array<int'],
  ['map<string>', ''],
  ['map<array<int>,string>', 'map<array<int>,string>'],
  ['struct<a int>', 'struct<a int>'],
  ['struct<a:int,b:json>', 'json'],
])('Athena does not know %s', (type, part) => {
  expect(unknownPart(type)).toBe(part);
});
