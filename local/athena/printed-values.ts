/** Values as Athena prints them (Trino's text), and types as it names them. */
import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';

/** What DuckDB's value classes have, by what it means. */
interface Micros {
  readonly micros: bigint;
}
interface Days {
  readonly days: number;
}
interface Items {
  readonly items: readonly DuckDBValue[];
}
interface Entries {
  readonly entries: readonly { readonly key: DuckDBValue; readonly value: DuckDBValue }[];
}
interface Fields {
  readonly entries: Readonly<Record<string, DuckDBValue>>;
}

export type Print = (value: DuckDBValue) => string;

const DAY_MS = 86_400_000;

/** Athena's name of a result column's type. */
export function athenaType(type: DuckDBType, zone: string | undefined): string {
  if (zone !== undefined) return 'timestamp(3) with time zone';
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return 'boolean';
    case DuckDBTypeId.TINYINT:
      return 'tinyint';
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.SMALLINT:
      return 'smallint';
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.INTEGER:
      return 'integer';
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return 'bigint';
    case DuckDBTypeId.FLOAT:
      return 'real';
    case DuckDBTypeId.DOUBLE:
      return 'double';
    case DuckDBTypeId.DECIMAL:
      return `decimal(${type.width},${type.scale})`;
    case DuckDBTypeId.DATE:
      return 'date';
    case DuckDBTypeId.TIME:
      return 'time(3)';
    case DuckDBTypeId.TIMESTAMP:
      return 'timestamp(3)';
    case DuckDBTypeId.TIMESTAMP_TZ:
      return 'timestamp(3) with time zone';
    case DuckDBTypeId.INTERVAL:
      return 'interval day to second';
    case DuckDBTypeId.BLOB:
      return 'varbinary';
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `array(${athenaType(type.valueType, undefined)})`;
    case DuckDBTypeId.MAP:
      return `map(${athenaType(type.keyType, undefined)}, ${athenaType(type.valueType, undefined)})`;
    case DuckDBTypeId.STRUCT:
      return `row(${type.entryTypes.map((entry, index) => `${type.entryNames[index] ?? ''} ${athenaType(entry, undefined)}`).join(', ')})`;
    default:
      return type.alias === 'JSON' ? 'json' : 'varchar';
  }
}

/** How values of a type are printed; null is never among them. */
export function printerOf(type: DuckDBType, zone: string | undefined): Print {
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return (value) => value as string;
    case DuckDBTypeId.DOUBLE:
      return remembering(
        (value) => printDouble(value as number),
        (value) => value,
      );
    case DuckDBTypeId.FLOAT:
      return (value) => printReal(value as number);
    case DuckDBTypeId.TIMESTAMP: {
      const suffix = zone === undefined ? '' : ` ${zone}`;
      return remembering(
        (value) => `${printMicros((value as Micros).micros)}${suffix}`,
        (value) => (value as Micros).micros,
      );
    }
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) => `${printMicros((value as Micros).micros)} ${zone ?? 'UTC'}`;
    case DuckDBTypeId.DATE:
      return (value) => printDay((value as Days).days);
    case DuckDBTypeId.TIME:
      return (value) => printTimeOfDay(Number((value as Micros).micros / 1000n));
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const print = nullable(printerOf(type.valueType, undefined));
      return (value) => `[${(value as Items).items.map(print).join(', ')}]`;
    }
    case DuckDBTypeId.MAP: {
      const key = nullable(printerOf(type.keyType, undefined));
      const own = nullable(printerOf(type.valueType, undefined));
      return (value) =>
        `{${(value as Entries).entries.map((entry) => `${key(entry.key)}=${own(entry.value)}`).join(', ')}}`;
    }
    case DuckDBTypeId.STRUCT: {
      const printers = type.entryTypes.map((entry) => nullable(printerOf(entry, undefined)));
      return (value) => {
        const { entries } = value as Fields;
        const fields = type.entryNames.map(
          (name, index) => `${name}=${printers[index]?.(entries[name] ?? null) ?? ''}`,
        );
        return `{${fields.join(', ')}}`;
      };
    }
    default:
      return printOther;
  }
}

/** Prints a value that equals the last one by its text: prices and times of sorted rows repeat. */
function remembering(print: Print, keyOf: (value: DuckDBValue) => unknown): Print {
  let last: unknown;
  let text = '';
  return (value) => {
    const key = keyOf(value);
    if (!Object.is(key, last)) {
      last = key;
      text = print(value);
    }
    return text;
  };
}

function nullable(print: Print): Print {
  return (value) => (value === null ? 'null' : print(value));
}

function printOther(value: DuckDBValue): string {
  if (value instanceof DuckDBBlobValue)
    return [...value.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  if (value instanceof DuckDBIntervalValue) return printInterval(value);
  if (value instanceof DuckDBDecimalValue) return value.toString();
  return String(value);
}

/** As Java prints a double: 12.0, 1.0E7, 1.0E-4, NaN, Infinity. */
export function printDouble(value: number): string {
  return javaDigits(value, String(value));
}

/** The fewest digits that give the same 32-bit float. */
function printReal(value: number): string {
  if (!Number.isFinite(value)) return javaDigits(value, String(value));
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return javaDigits(value, String(Number(text)));
  }
  return javaDigits(value, String(Number(value.toPrecision(9))));
}

function javaDigits(value: number, text: string): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return text.includes('.') ? text : `${text}.0`;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return text;
  const [mantissa = '', exponent = ''] = Number(text).toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

// Rows tend to come in the order of time: most fall on the day of the one before.
let lastDay = Number.NaN;
let lastDayText = '';

function printDay(days: number): string {
  if (days !== lastDay) {
    const date = new Date(days * DAY_MS);
    const year = date.getUTCFullYear();
    const text = (number: number, width: number): string => String(Math.abs(number)).padStart(width, '0');
    lastDayText = `${year < 0 ? '-' : ''}${text(year, 4)}-${text(date.getUTCMonth() + 1, 2)}-${text(date.getUTCDate(), 2)}`;
    lastDay = days;
  }
  return lastDayText;
}

/** `2026-11-20 14:30:00.000` */
function printMicros(micros: bigint): string {
  // Exact as a number of microseconds until the year 2255, and then the milliseconds still are.
  const ms = Math.floor(Number(micros) / 1000);
  const days = Math.floor(ms / DAY_MS);
  return `${printDay(days)} ${printTimeOfDay(ms - days * DAY_MS)}`;
}

const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

function printTimeOfDay(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = String(ms - seconds * 1000).padStart(3, '0');
  return `${TWO[Math.floor(minutes / 60)] ?? ''}:${TWO[minutes % 60] ?? ''}:${TWO[seconds % 60] ?? ''}.${rest}`;
}

/** `2 01:00:00.000`, or `1-3` for years and months. */
function printInterval({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0)
    return `${months < 0 ? '-' : ''}${Math.trunc(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;
  const ms = days * DAY_MS + Number(micros / 1000n);
  const size = Math.abs(ms);
  const wholeDays = Math.floor(size / DAY_MS);
  return `${ms < 0 ? '-' : ''}${wholeDays} ${printTimeOfDay(size - wholeDays * DAY_MS)}`;
}
