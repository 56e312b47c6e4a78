import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classifyFile } from '../../../local/crawler/classify-file.ts';
import {
  type CsvClassifier,
  classifyBuiltInCsv,
  classifyCsv,
  inferType,
} from '../../../local/crawler/csv-classifier.ts';
import { splitCsv } from '../../../local/crawler/csv-rows.ts';

const COMMA: CsvClassifier = {
  name: 'comma',
  delimiter: ',',
  quoteSymbol: '"',
  containsHeader: 'PRESENT',
  header: [],
  disableValueTrimming: true,
  allowSingleColumn: false,
};
const PIPE: CsvClassifier = { ...COMMA, name: 'pipe', delimiter: '|', quoteSymbol: undefined };
const whole = (text: string): { text: string; isCut: boolean } => ({ text, isCut: false });

const COMMA_LISTING =
  'Symbol,Security Name,Round Lot Size\r\nAACG,"ATA, Global",100\r\nAAL,"Say ""Air""",10\r\n';
const PIPE_LISTING = 'Symbol|Security Name|Round Lot Size\nAACG|ATA, Global|100\nAAL|Air|10\n';

describe('a custom classifier', () => {
  test('names columns by the header in lower case, and leaves quoted columns text', () => {
    expect(classifyCsv(whole(COMMA_LISTING), COMMA)).toMatchObject({
      serde: 'OpenCSVSerDe',
      hasHeader: true,
      rows: 2,
      columns: [
        { name: 'symbol', type: 'string' },
        { name: 'security name', type: 'string' },
        { name: 'round lot size', type: 'string' },
      ],
    });
  });

  test('without a quote symbol infers types', () => {
    const shape = classifyCsv(whole(PIPE_LISTING), PIPE);
    expect(shape).toMatchObject({ serde: 'LazySimpleSerDe', delimiter: '|' });
    expect(shape?.columns.map(({ type }) => type)).toEqual(['string', 'string', 'bigint']);
  });

  test.each([
    ['commas by pipes', COMMA_LISTING, PIPE],
    ['pipes by commas', 'Symbol|Name\nA|x\n', COMMA],
    ['one column', 'Symbol\nA\nB\n', COMMA],
    ['nothing', '', COMMA],
    ['rows of many widths', 'a,b\n1\n2\n3,4,5\n', COMMA],
    ['another number of columns than its header names', 'a,b\n1,2\n', { ...COMMA, header: ['x', 'y', 'z'] }],
  ])('does not take %s', (_, text, classifier) => {
    expect(classifyCsv(whole(text), classifier)).toBeUndefined();
  });

  test('takes one column where it is allowed', () => {
    const shape = classifyCsv(whole('Symbol\nA\n'), { ...COMMA, allowSingleColumn: true });
    expect(shape?.columns).toEqual([{ name: 'symbol', type: 'string' }]);
  });

  test('is not put off by a footer of another width', () => {
    const text = `${PIPE_LISTING}File Creation Time: 0731202621:31\n`;
    expect(classifyCsv(whole(text), PIPE)?.rows).toBe(3);
  });

  test('names columns by its own header, or by number', () => {
    const named = { ...PIPE, containsHeader: 'ABSENT', header: ['A', 'B', 'C'] } as const;
    expect(classifyCsv(whole('x|1|y\n'), named)?.columns.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const absent = { ...PIPE, containsHeader: 'ABSENT' } as const;
    expect(classifyCsv(whole('x|1|y\n'), absent)).toMatchObject({
      hasHeader: false,
      columns: [
        { name: 'col1', type: 'string' },
        { name: 'col2', type: 'bigint' },
        { name: 'col3', type: 'string' },
      ],
    });
  });

  test('finds out whether there is a header where it is not told', () => {
    const unknown = { ...PIPE, containsHeader: 'UNKNOWN' } as const;
    expect(classifyCsv(whole('name|size\nx|1\n'), unknown)?.hasHeader).toBe(true);
    expect(classifyCsv(whole('name|word\nx|y\n'), unknown)?.hasHeader).toBe(false);
    expect(classifyCsv(whole('1|size\n2|3\n'), unknown)?.hasHeader).toBe(false);
  });

  test('trims values before it looks at them only if it may', () => {
    const typeOf = (disableValueTrimming: boolean): string | undefined =>
      classifyCsv(whole('a|b\n 1 |x\n'), { ...PIPE, disableValueTrimming })?.columns[0]?.type;
    expect(typeOf(true)).toBe('string');
    expect(typeOf(false)).toBe('bigint');
  });

  test('looks at the first thousand rows', () => {
    const text = `a|b\n${'1|2\n'.repeat(999)}x|y\n`;
    expect(classifyCsv(whole(text), PIPE)?.columns[0]?.type).toBe('bigint');
  });
});

test('the built-in classifier finds the delimiter, and needs two rows of data', () => {
  expect(classifyBuiltInCsv(whole('a;b\n1;x\n2;y\n'))).toMatchObject({
    delimiter: ';',
    serde: 'LazySimpleSerDe',
  });
  expect(classifyBuiltInCsv(whole('a;b\n1;x\n'))).toBeUndefined();
});

describe('a file', () => {
  test('is what the first classifier in the crawler’s order says', () => {
    const both = 'a,b|c\n1,2|3\n';
    expect(classifyFile(whole(both), [PIPE, COMMA])).toMatchObject({ delimiter: '|' });
    expect(classifyFile(whole(both), [COMMA, PIPE])).toMatchObject({ delimiter: ',' });
  });

  test('that nobody knows is UNKNOWN', () => {
    expect(classifyFile(whole('just words\n'), [COMMA])).toEqual({ format: 'UNKNOWN', columns: [] });
  });

  test.each([
    ['Parquet', 'PAR1\u0015'],
    ['gzip', '\u001F\uFFFD\b'],
    ['JSON', '{"a": 1}\n'],
  ])('of a format that Glue knows and this crawl does not is an error: %s', (name, text) => {
    expect(() => classifyFile(whole(text), [COMMA])).toThrow(`it is ${name}, which the local crawl does not`);
  });
});

test.each([
  [['1', '', '-2'], 'bigint'],
  [['9223372036854775808'], 'double'],
  [['1', '2.5', '1e3'], 'double'],
  [['true', 'FALSE'], 'boolean'],
  [['1', 'x'], 'string'],
  [['1', 'true'], 'string'],
  [['', ''], 'string'],
])('values %j are %s', (values, type) => {
  expect(inferType(values)).toBe(type);
});

describe('rows', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
  const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`;

  test('come back as they were quoted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const text = rows.map((row) => row.map(quote).join(',') + end).join('');
          expect(splitCsv(text, { delimiter: ',', quote: '"' }, { limit: 10, isCut: false })).toEqual(rows);
        },
      ),
    );
  });

  test('leave out the last one of a text that is cut off', () => {
    const form = { delimiter: ',', quote: undefined };
    expect(splitCsv('a,b\nc,', form, { limit: 10, isCut: true })).toEqual([['a', 'b']]);
    expect(splitCsv('a,b\nc,', form, { limit: 10, isCut: false })).toEqual([
      ['a', 'b'],
      ['c', ''],
    ]);
  });
});
