/** Ranges of values that a query confines columns to, held against the least and greatest value of a file or row group. */
import type { Evaluate } from './partitions.ts';
import type { ScanRequest, ValueBound } from './translator.ts';

/** Text, an integer, a floating-point number, or microseconds since 1970 of a date or timestamp. */
export type Value = string | bigint | number;

export type ValueKind = 'text' | 'integer' | 'real' | 'time';

/** What statistics say of one column in one place. Where they say nothing, any value may be there. */
export interface Bounds {
  readonly least?: Value | undefined;
  readonly greatest?: Value | undefined;
  readonly isAllNull: boolean;
}

interface Bound {
  readonly value: Value;
  readonly isOpen: boolean;
}

interface Range {
  readonly low: readonly Bound[];
  readonly high: readonly Bound[];
}

export interface ColumnRanges {
  readonly kind: ValueKind;
  readonly ranges: readonly Range[];
}

/** By column. One that is not in it may have any value. */
export type Ranges = ReadonlyMap<string, ColumnRanges>;

const KINDS: readonly [RegExp, ValueKind][] = [
  [/^VARCHAR$/, 'text'],
  [/^(TINY|SMALL|BIG)?INT(EGER)?$/, 'integer'],
  // Not FLOAT: its statistics are printed in fewer digits than a comparison takes.
  [/^DOUBLE$/, 'real'],
  [/^(DATE|TIMESTAMP)$/, 'time'],
];
/** Above it, a floating-point number is no longer the integer that it was written as. */
const MAX_EXACT = Number.MAX_SAFE_INTEGER;

/** How values of the DuckDB type are compared; undefined for types that no file is left out by. */
export function valueKind(duckdbType: string): ValueKind | undefined {
  return KINDS.find(([pattern]) => pattern.test(duckdbType))?.[1];
}

/**
 * The ranges with their bounds worked out. A column whose bounds cannot be is left out: the query itself then says what is wrong.
 * @param typeOf DuckDB type of a column, undefined for one whose statistics are of no use
 */
export async function evaluateRanges(
  request: Pick<ScanRequest, 'ranges'>,
  typeOf: (column: string) => string | undefined,
  evaluate: Evaluate,
): Promise<Ranges> {
  const found = new Map<string, ColumnRanges>();
  for (const [column, ranges] of Object.entries(request.ranges)) {
    const kind = valueKind(typeOf(column) ?? '');
    if (kind === undefined) continue;
    const texts = [
      ...new Set(ranges.flatMap(({ low, high }) => [...low, ...high]).map(({ value }) => value)),
    ];
    const values = await valuesOf(texts, kind, evaluate);
    const known = (bounds: readonly ValueBound[]): Bound[] =>
      bounds.flatMap(({ value: text, isOpen }) => {
        const value = values.get(text);
        return value === undefined ? [] : [{ value, isOpen }];
      });
    found.set(column, {
      kind,
      ranges: ranges.map(({ low, high }) => ({ low: known(low), high: known(high) })),
    });
  }
  return found;
}

async function valuesOf(
  expressions: readonly string[],
  kind: ValueKind,
  evaluate: Evaluate,
): Promise<Map<string, Value>> {
  const columns = expressions.flatMap((text) =>
    kind === 'time'
      ? [`'TIME'`, `epoch_us(CAST(${text} AS TIMESTAMP))`]
      : [`typeof(${text})`, `CAST(${text} AS VARCHAR)`],
  );
  const [row = []] = await evaluate(`SELECT ${columns.join(', ')}`).catch(() => []);
  return new Map(
    expressions.flatMap((text, index): [string, Value][] => {
      const value = valueOf(kind, row[2 * index] ?? '', row[2 * index + 1] ?? null);
      return value === undefined ? [] : [[text, value]];
    }),
  );
}

function valueOf(kind: ValueKind, type: string, text: string | null): Value | undefined {
  if (text === null) return undefined;
  if (kind === 'text') return type === 'VARCHAR' ? text : undefined;
  if (kind === 'time' || type.endsWith('INT') || type === 'INTEGER') return BigInt(text);
  const value = Number(text);
  return Math.abs(value) <= MAX_EXACT ? value : undefined;
}

/** Whether a row may be there whose value of the column lies in one of the ranges. */
export function mayHold({ ranges }: ColumnRanges, { least, greatest, isAllNull }: Bounds): boolean {
  if (isAllNull) return false;
  return ranges.some(
    ({ low, high }) =>
      low.every(({ value, isOpen }) => greatest === undefined || isAbove(greatest, value, isOpen)) &&
      high.every(({ value, isOpen }) => least === undefined || isAbove(value, least, isOpen)),
  );
}

/** Whether `a` is above `b`, or is `b` unless that is left out. */
function isAbove(a: Value, b: Value, isOpen: boolean): boolean {
  // By code points, as both Trino and DuckDB order text; an integer and a floating-point number compare exactly.
  const order =
    typeof a === 'string' || typeof b === 'string'
      ? Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
      : a < b
        ? -1
        : a > b
          ? 1
          : 0;
  return isOpen ? order > 0 : order >= 0;
}

/**
 * A Parquet statistic as DuckDB prints it; undefined where it cannot be told. An upper bound with a backslash may be one that was cut
 * inside a character, which is printed as an escape that sorts elsewhere.
 */
export function statisticOf(kind: ValueKind, text: string | null): Value | undefined {
  if (text === null) return undefined;
  if (kind === 'text') return text.includes('\\') ? undefined : text;
  if (kind === 'integer') return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (kind === 'time') return microseconds(text);
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function microseconds(text: string): bigint | undefined {
  const [, day, time = '00:00:00', fraction = ''] =
    /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?)?(?:\+00)?$/.exec(text) ?? [];
  const ms = Date.parse(`${day ?? ''}T${time}Z`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
