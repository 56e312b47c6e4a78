import { describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import { readListing } from '../../../core/listing.ts';

describe('readListing', () => {
  test('reads comma-separated fields with quotes, commas and line ends in them', () => {
    const text = 'Symbol,Security Name\r\nAAL,"American ""Air"", Inc.\nCommon"\r\nAAPL,Apple Inc.\r\n';
    expect(readListing(text)).toEqual([
      { symbol: 'AAL', companyName: 'American "Air", Inc.\nCommon' },
      { symbol: 'AAPL', companyName: 'Apple Inc.' },
    ]);
  });

  test('reads the pipe-separated original, in which a quote is a quote', () => {
    const text = 'Symbol|Security Name|Market Category|Test Issue\nAB|"AB" Corp, Ltd.|Q|N\n';
    expect(readListing(text)).toEqual([{ symbol: 'AB', companyName: '"AB" Corp, Ltd.' }]);
  });

  test('prefers the company name to that of the security', () => {
    const text = 'Symbol,Security Name,Company Name\nAAPL,Apple Inc. - Common Stock,Apple Inc.\n';
    expect(readListing(text)).toEqual([{ symbol: 'AAPL', companyName: 'Apple Inc.' }]);
  });

  test('leaves out test issues, the footer, empty rows and repeated symbols', () => {
    const text = [
      'Symbol,Security Name,Test Issue',
      'AAPL,Apple,N',
      'ZVZZT,NASDAQ TEST STOCK,Y',
      ',,',
      'AAPL,Apple again,N',
      'MSFT,,N',
      'File Creation Time: 1120202621:31,,',
      ',,',
      '',
    ].join('\n');
    expect(readListing(text)).toEqual([
      { symbol: 'AAPL', companyName: 'Apple' },
      { symbol: 'MSFT', companyName: null },
    ]);
  });

  test('reads a file with a byte order mark and a header in lower case', () => {
    expect(readListing('\uFEFFsymbol,name\nA,x')).toEqual([{ symbol: 'A', companyName: null }]);
  });

  test.each(['', 'Ticker,Name\nA,b\n', 'Symbol\n', '"Symbol', 'Symbol|Name\nFile Creation Time: 1|\n'])(
    'refuses %j, saying what is wrong',
    (text) => {
      expect(() => readListing(text)).toThrow(TickerlakeError);
    },
  );
});
