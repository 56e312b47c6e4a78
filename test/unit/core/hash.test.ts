import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { canonicalBytes, HashSum, hex16, quoteHash } from '../../../core/hash.ts';
import { QUOTE_FIELDS } from '../../../core/quote.ts';
import { makeQuote } from '../../helpers/records.ts';

const quote = makeQuote({ symbol: 'Å', open: 1.5, openTime: 1_760_000_000_000, latestUpdate: null });

describe('the canonical encoding', () => {
  test('is null, text with its length, numbers as binary64, in contract order, up to the last value', () => {
    const open = Buffer.alloc(8);
    open.writeDoubleBE(1.5);
    const openTime = Buffer.alloc(8);
    openTime.writeDoubleBE(1_760_000_000_000);
    const nulls = (count: number): Buffer => Buffer.alloc(count);
    const expected = Buffer.concat([
      Buffer.from([1, 0, 0, 0, 2, 0xc3, 0x85]),
      nulls(4),
      Buffer.from([2]),
      open,
      Buffer.from([2]),
      openTime,
    ]);
    expect(canonicalBytes(quote)).toEqual(expected);
  });

  test('tells apart what differs in any field', () => {
    const base = quoteHash(makeQuote());
    for (const { name, kind } of QUOTE_FIELDS) {
      expect(quoteHash(makeQuote({ [name]: kind === 'string' ? 'x' : 1 }))).not.toBe(base);
    }
  });

  test('does not tell -0 from 0, as SQL does not', () => {
    expect(quoteHash(makeQuote({ open: -0 }))).toBe(quoteHash(makeQuote({ open: 0 })));
  });

  test('takes text longer than any buffer kept for it', () => {
    const long = makeQuote({ companyName: 'ü'.repeat(10_000) });
    expect(canonicalBytes(long).length).toBe(20_000 + 5 + 5 + 4 + 9 + 12);
  });
});

describe('the hash', () => {
  test('is the first 8 bytes of SHA-256', () => {
    const digest = createHash('sha256').update(canonicalBytes(quote)).digest('hex');
    expect(hex16(quoteHash(quote))).toBe(digest.slice(0, 16));
  });

  test('sums modulo 2^64, in any order and any split', () => {
    const hashes = [2n ** 64n - 1n, 5n, 2n ** 63n];
    const one = new HashSum();
    for (const hash of hashes) one.add(hash);
    const other = new HashSum();
    const part = HashSum.parse(hex16(2n ** 63n));
    part.add(5n);
    other.add(part);
    other.add(2n ** 64n - 1n);
    expect(one.toString()).toBe('8000000000000004');
    expect(other.value).toBe(one.value);
  });
});
