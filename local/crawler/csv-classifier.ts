/**
 * Custom CSV classifiers, and the one that Glue brings: whether a text is CSV, and which columns it has.
 * https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html#custom-classifier-csv
 * https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html#classifier-builtin-rules
 */
import { splitCsv } from './csv-rows.ts';

/**
 * https://docs.aws.amazon.com/glue/latest/webapi/API_CsvClassifier.html. A template cannot choose the SerDe, as the API can: Glue
 * does, and LazySimpleSerDe knows no quotes.
 */
export interface CsvClassifier {
  readonly name: string;
  /** One character. @default ',' */
  readonly delimiter: string;
  /** One character. @default none */
  readonly quoteSymbol: string | undefined;
  /** @default 'UNKNOWN': found out from the rows */
  readonly containsHeader: 'PRESENT' | 'ABSENT' | 'UNKNOWN';
  /** Names of the columns, in place of what the file says. @default none */
  readonly header: readonly string[];
  /** Whether white space around a value makes it text. @default true */
  readonly disableValueTrimming: boolean;
  /** @default false */
  readonly allowSingleColumn: boolean;
}

export interface Column {
  readonly name: string;
  /** A Hive type. */
  readonly type: string;
}

/** What a classifier makes of a file. */
export interface CsvShape {
  readonly format: 'csv';
  readonly delimiter: string;
  readonly quote: string | undefined;
  readonly hasHeader: boolean;
  readonly serde: 'OpenCSVSerDe' | 'LazySimpleSerDe';
  readonly columns: readonly Column[];
  /** Rows looked at, the header not among them. */
  readonly rows: number;
}

/** The part of a file that a crawler looks at. */
export interface Sample {
  readonly text: string;
  /** Whether the file goes on behind it. */
  readonly isCut: boolean;
}

/** "For CSV files, the crawler reads either the first 1000 records or the first 1 MB": https://repost.aws/knowledge-center/glue-crawler-detect-schema */
const MAX_ROWS = 1000;

/** The file's shape, or undefined if it is not of this classifier. */
export function classifyCsv(sample: Sample, classifier: CsvClassifier): CsvShape | undefined {
  const { delimiter, quoteSymbol: quote, containsHeader, header } = classifier;
  const rows = splitCsv(sample.text, { delimiter, quote }, { limit: MAX_ROWS, isCut: sample.isCut });
  const width = rows[0]?.length ?? 0;
  if (width === 0 || (width === 1 && !classifier.allowSingleColumn)) return undefined;
  if (header.length > 0 && header.length !== width) return undefined;
  // AWS does not say how certain a classifier is of rows of several widths. A footer must not spoil a file: the half decides.
  if (rows.filter((row) => row.length === width).length * 2 <= rows.length) return undefined;
  const values = (row: readonly string[]): readonly string[] =>
    classifier.disableValueTrimming ? row : row.map((value) => value.trim());
  const hasHeader =
    containsHeader === 'PRESENT' || (containsHeader === 'UNKNOWN' && looksLikeHeader(rows.map(values)));
  const data = (hasHeader ? rows.slice(1) : rows).map(values);
  const serde = quote === undefined ? 'LazySimpleSerDe' : 'OpenCSVSerDe';
  const names = header.length > 0 ? header : hasHeader ? (rows[0] ?? []) : [];
  const columns = Array.from({ length: width }, (_, at): Column => {
    const given = names[at]?.trim().toLowerCase() ?? '';
    return {
      name: given === '' ? `col${at + 1}` : given,
      // Quoted fields may be empty, which this SerDe takes for no number: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
      type: serde === 'OpenCSVSerDe' ? 'string' : inferType(data.map((row) => row[at] ?? '')),
    };
  });
  return { format: 'csv', delimiter, quote, hasHeader, serde, columns, rows: data.length };
}

const BUILT_IN: Omit<CsvClassifier, 'delimiter'> = {
  name: 'csv',
  quoteSymbol: undefined,
  containsHeader: 'UNKNOWN',
  header: [],
  disableValueTrimming: true,
  allowSingleColumn: false,
};

/** What Glue's own classifier checks for, in this order. */
const BUILT_IN_DELIMITERS = [',', '|', '\t', ';', '\u0001'];

/** "The table schema must have at least two columns and two rows of data." */
export function classifyBuiltInCsv(sample: Sample): CsvShape | undefined {
  for (const delimiter of BUILT_IN_DELIMITERS) {
    const shape = classifyCsv(sample, { ...BUILT_IN, delimiter });
    if (shape !== undefined && shape.rows >= 2) return shape;
  }
  return undefined;
}

const MAX_HEADING_LENGTH = 150;

/**
 * The first row is a header if each of its fields is text, short (but for the last, which may also be empty) and a name, and if some
 * column below is of another type than text.
 */
function looksLikeHeader([first = [], ...data]: readonly (readonly string[])[]): boolean {
  const isHeading = (value: string, at: number): boolean => {
    const isLast = at === first.length - 1;
    if (value.trim() === '') return isLast;
    return inferType([value]) === 'string' && (isLast || value.length < MAX_HEADING_LENGTH);
  };
  if (data.length === 0 || !first.every(isHeading)) return false;
  return first.some((_, at) => inferType(data.map((row) => row[at] ?? '')) !== 'string');
}

const MIN_BIGINT = -(2n ** 63n);
const MAX_BIGINT = 2n ** 63n - 1n;

/** The type that holds all values; empty ones say nothing. */
export function inferType(values: readonly string[]): 'bigint' | 'boolean' | 'double' | 'string' {
  const told = values.filter((value) => value !== '');
  if (told.length === 0) return 'string';
  if (told.every(isBigint)) return 'bigint';
  if (told.every((value) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value))) return 'double';
  if (told.every((value) => /^(?:true|false)$/i.test(value))) return 'boolean';
  return 'string';
}

function isBigint(value: string): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= MIN_BIGINT && number <= MAX_BIGINT;
}
