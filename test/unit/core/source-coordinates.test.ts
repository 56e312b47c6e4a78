import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSourceHeaders, SOURCE_HEADERS, sourceHeaders } from '../../../core/source-coordinates.ts';

const SOURCE = { logId: '5f6a-1', topic: 'quotes', partition: 3, offset: 1234 };

function headersOf(headers: Readonly<Record<string, string>>) {
  return Object.entries(headers).map(([name, value]) => ({ name, value: Buffer.from(value) }));
}

describe('source coordinates', () => {
  test('come back from the headers that they were written to', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.maxSafeNat(), (partition, offset) => {
        const source = { ...SOURCE, partition, offset };
        expect(parseSourceHeaders(headersOf(sourceHeaders(source)), 'quotes')).toEqual(source);
      }),
    );
  });

  test('the last of two headers of one name counts', () => {
    const again = [
      ...headersOf(sourceHeaders(SOURCE)),
      { name: SOURCE_HEADERS.offset, value: Buffer.from('7') },
    ];
    expect(parseSourceHeaders(again, 'quotes')?.offset).toBe(7);
  });

  test.each([
    ['a header is missing', { [SOURCE_HEADERS.offset]: undefined }],
    ['a header is empty', { [SOURCE_HEADERS.logId]: '' }],
    ['the topic is another', { [SOURCE_HEADERS.topic]: 'trades' }],
    ['an offset is negative', { [SOURCE_HEADERS.offset]: '-1' }],
    ['an offset has another spelling', { [SOURCE_HEADERS.offset]: '007' }],
    ['an offset is beyond what a number holds', { [SOURCE_HEADERS.offset]: '9007199254740993' }],
    ['a partition is beyond 32 bits', { [SOURCE_HEADERS.partition]: '2147483648' }],
    ['a log id could break out of a key', { [SOURCE_HEADERS.logId]: '../x' }],
  ])('are none where %s', (_, change: Readonly<Record<string, string | undefined>>) => {
    const changed = Object.entries({ ...sourceHeaders(SOURCE), ...change });
    const headers = changed.flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value: Buffer.from(value) }],
    );
    expect(parseSourceHeaders(headers, 'quotes')).toBeUndefined();
  });
});
