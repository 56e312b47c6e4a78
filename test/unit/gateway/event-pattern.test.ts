/** Examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and its neighbours. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from '../../../local/gateway/events/pattern.ts';

const matches = (pattern: Record<string, unknown>, event: Record<string, unknown>): boolean =>
  compilePattern(pattern)(event);

const S3_EVENT = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: {
    bucket: { name: 'raw' },
    object: { key: 'quotes/log_id=x/0.avro', size: 5 },
    reason: 'PutObject',
  },
};

const table: readonly [string, Record<string, unknown>, Record<string, unknown>, boolean][] = [
  ['exact', { source: ['aws.s3'] }, S3_EVENT, true],
  ['another value', { source: ['aws.ec2'] }, S3_EVENT, false],
  ['one of several', { source: ['aws.ec2', 'aws.s3'] }, S3_EVENT, true],
  ['every field', { source: ['aws.s3'], 'detail-type': ['Object Deleted'] }, S3_EVENT, false],
  [
    'nested',
    { detail: { bucket: { name: ['raw'] }, object: { key: [{ prefix: 'quotes/' }] } } },
    S3_EVENT,
    true,
  ],
  ['an absent field', { detail: { nothing: ['x'] } }, S3_EVENT, false],
  ['a number is not its text', { detail: { object: { size: ['5'] } } }, S3_EVENT, false],
  ['numbers compare by value', { n: [5] }, { n: 5.0 }, true],
  ['null', { a: [null] }, { a: null }, true],
  ['null is not absent', { a: [null] }, {}, false],
  ['empty text', { a: [''] }, { a: '' }, true],
  ['an element of an array', { a: ['y'] }, { a: ['x', 'y'] }, true],
  ['a field of an object in an array', { a: { b: [2] } }, { a: [{ b: 1 }, { b: 2 }] }, true],
  ['prefix', { a: [{ prefix: 'us-' }] }, { a: 'us-east-1' }, true],
  [
    'prefix, ignoring case',
    { a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    { a: 'eventbridge' },
    true,
  ],
  ['suffix', { a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
  ['suffix, ignoring case', { a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, { a: 'x.PNG' }, true],
  ['equals-ignore-case', { a: [{ 'equals-ignore-case': 'alice' }] }, { a: 'ALICE' }, true],
  ['anything-but text', { a: [{ 'anything-but': 'initializing' }] }, { a: 'running' }, true],
  ['anything-but that very text', { a: [{ 'anything-but': 'initializing' }] }, { a: 'initializing' }, false],
  ['anything-but needs a value', { a: [{ 'anything-but': 'x' }] }, {}, false],
  ['anything-but a list of numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 2 }, false],
  ['anything-but prefix', { a: [{ 'anything-but': { prefix: 'init' } }] }, { a: 'running' }, true],
  [
    'anything-but several suffixes',
    { a: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    { a: 'x.txt' },
    false,
  ],
  [
    'anything-but, ignoring case',
    { a: [{ 'anything-but': { 'equals-ignore-case': 'init' } }] },
    { a: 'INIT' },
    false,
  ],
  ['anything-but wildcard', { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { a: '/usr/lib/x' }, false],
  ['numeric range', { a: [{ numeric: ['>', 10, '<=', 20] }] }, { a: 20 }, true],
  ['numeric bound', { a: [{ numeric: ['>', 10, '<=', 20] }] }, { a: 10 }, false],
  ['numeric wants a number', { a: [{ numeric: ['>', 0] }] }, { a: '5' }, false],
  ['exists', { a: [{ exists: true }] }, { a: '' }, true],
  ['exists false', { a: [{ exists: false }] }, { b: 1 }, true],
  ['exists false of a value', { a: [{ exists: false }] }, { a: 1 }, false],
  ['exists looks at leaves', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
  ['exists false beside a value', { a: [{ exists: false }, 'x'] }, { a: 'x' }, true],
  ['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/a/b.png' }, true],
  ['wildcard from end to end', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'x/dir/b.png' }, false],
  ['an escaped star', { a: [{ wildcard: 'a\\*b' }] }, { a: 'axb' }, false],
  ['an escaped star itself', { a: [{ wildcard: 'a\\*b' }] }, { a: 'a*b' }, true],
  ['$or', { $or: [{ a: ['x'] }, { b: [{ numeric: ['>', 1] }] }] }, { a: 'y', b: 2 }, true],
  ['$or of neither', { $or: [{ a: ['x'] }, { b: [1] }] }, { a: 'y', b: 2 }, false],
  [
    '$or within a field and beside others',
    { d: { c: [1], $or: [{ a: ['x'] }, { b: [2] }] } },
    { d: { c: 1, b: 2 } },
    true,
  ],
];

test.each(table)('%s', (_name, pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});

describe('a pattern is refused at registration', () => {
  test.each([
    [
      'an unknown operator',
      { a: [{ cidr: '10.0.0.0/24' }] },
      'event pattern a: operator cidr is not modelled',
    ],
    ['two operators at once', { a: [{ prefix: 'x', suffix: 'y' }] }, 'one operator at a time'],
    [
      'an unknown anything-but',
      { a: [{ 'anything-but': { numeric: ['>', 1] } }] },
      'operator anything-but numeric',
    ],
    ['a bare value', { a: 'x' }, 'event pattern a: a value must be an array or an object'],
    ['an empty array', { a: { b: [] } }, 'event pattern a.b: an empty array'],
    ['$or of one', { $or: [{ a: [1] }] }, '$or takes an array of at least two objects'],
    ['a wrong comparison', { a: [{ numeric: ['~', 1] }] }, 'numeric takes pairs'],
    ['consecutive wildcards', { a: [{ wildcard: 'a**b' }] }, 'consecutive wildcards'],
  ])('%s', (_name, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});

test('the pattern made of an event matches it', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const name = fc
    .string({ minLength: 1, maxLength: 5 })
    .filter((text) => text !== '$or' && text !== '__proto__');
  const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
    tree: fc.dictionary(name, fc.oneof<fc.Arbitrary<unknown>[]>(leaf, tie('tree')), {
      minKeys: 1,
      maxKeys: 3,
      depthIdentifier: 'tree',
    }),
  }));
  const patternOf = (event: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(event).map(([key, value]) => [
        key,
        typeof value === 'object' && value !== null ? patternOf(value as Record<string, unknown>) : [value],
      ]),
    );
  fc.assert(
    fc.property(tree, (event) => {
      expect(matches(patternOf(event), event)).toBe(true);
    }),
  );
});
