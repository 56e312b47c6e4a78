import { describe, expect, test } from '@jest/globals';
import { formatReceipt, parseReceipt, type Receipt } from '../../../core/receipt.ts';

const receipt: Receipt = {
  first: 0,
  last: 9,
  records: 4,
  curationVersion: 1,
  revision: 1,
  curated: [{ key: 'curated/quotes/dt=2026-11-20/a.parquet', rows: 3 }],
  quarantined: [{ offset: 7, code: 'price_invalid' }],
};

describe('a receipt', () => {
  test('is read back as it was written', () => {
    expect(parseReceipt('r', formatReceipt(receipt))).toEqual(receipt);
  });

  test('that does not add up is not written', () => {
    expect(() => formatReceipt({ ...receipt, records: 5 })).toThrow(RangeError);
  });

  test.each([
    ['nothing', '', /not JSON/],
    ['something else', '{"first":0}', /not one/],
    [
      'an unknown code',
      JSON.stringify({ ...receipt, quarantined: [{ offset: 7, code: 'ugly' }] }),
      /not one/,
    ],
    ['what does not add up', JSON.stringify({ ...receipt, records: 5 }), /4 of 5 records/],
  ])('is not read from %s', (_, text, message) => {
    expect(() => parseReceipt('r', text)).toThrow(expect.objectContaining({ code: 'RAW_OBJECT_MALFORMED' }));
    expect(() => parseReceipt('r', text)).toThrow(message);
  });
});
