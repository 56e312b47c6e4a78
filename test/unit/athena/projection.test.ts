/** https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
import { describe, expect, test } from '@jest/globals';
import { isProjected, projectKeys } from '../../../local/athena/projection.ts';

const NOW = new Date('2026-11-20T14:30:00Z');

function values(
  properties: Readonly<Record<string, string>>,
  injected = new Map<string, string[]>(),
): readonly string[] {
  const named = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [`projection.k.${key}`, value]),
  );
  return projectKeys(named, ['k'], injected, NOW)[0]?.values ?? [];
}

test('is on only where the property says true', () => {
  expect(isProjected({ 'projection.enabled': 'TRUE' })).toBe(true);
  expect(isProjected({ 'projection.enabled': 'false' })).toBe(false);
  expect(isProjected({})).toBe(false);
});

describe('values of a key', () => {
  test.each([
    [{ type: 'enum', values: 'a, b,c' }, ['a', 'b', 'c']],
    [{ type: 'integer', range: '0,3', digits: '4' }, ['0000', '0001', '0002', '0003']],
    [{ type: 'integer', range: '-2,4', interval: '3' }, ['-2', '1', '4']],
    [
      { type: 'date', range: '2026-11-29,2026-12-01', format: 'yyyy-MM-dd' },
      ['2026-11-29', '2026-11-30', '2026-12-01'],
    ],
    [
      { type: 'date', range: 'NOW-2DAYS,NOW', format: 'yyyy/MM/dd' },
      ['2026/11/18', '2026/11/19', '2026/11/20'],
    ],
    [{ type: 'date', range: '2026-10,NOW', format: 'yyyy-MM' }, ['2026-10', '2026-11']],
    [
      { type: 'date', range: 'NOW-2HOURS,NOW', format: 'yyyyMMddHH' },
      ['2026112012', '2026112013', '2026112014'],
    ],
    [{ type: 'date', range: '2025,2026', format: "'y'yyyy" }, []],
    [{ type: 'date', range: 'y2025,y2026', format: "'y'yyyy" }, ['y2025', 'y2026']],
    [
      {
        type: 'date',
        range: '2026-11-06,2026-11-20',
        format: 'yyyy-MM-dd',
        interval: '1',
        'interval.unit': 'WEEKS',
      },
      ['2026-11-06', '2026-11-13', '2026-11-20'],
    ],
  ])('%j', (properties, expected) => {
    if (expected.length === 0) expect(() => values(properties)).toThrow(/does not fit the format/);
    else expect(values(properties)).toEqual(expected);
  });

  test('that is injected are those the query states', () => {
    expect(values({ type: 'injected' }, new Map([['k', ['x']]]))).toEqual(['x']);
    expect(() => values({ type: 'injected' })).toThrow(
      /^CONSTRAINT_VIOLATION: For the injected projected partition column k, the WHERE clause must contain only static equality/,
    );
  });
});

test.each([
  [{}, /the type \(none\) is none of enum, integer, date, injected/],
  [{ type: 'integer' }, /the range "" is not "low,high"/],
  [{ type: 'integer', range: '1,x' }, /the range "1,x" is not/],
  [{ type: 'integer', range: '0,1', interval: '0' }, /is not "low,high"/],
  [{ type: 'integer', range: '0,10000000' }, /HIVE_EXCEEDED_PARTITION_LIMIT/],
])('properties that do not hold: %j', (properties, message) => {
  expect(() => values(properties)).toThrow(message);
});
