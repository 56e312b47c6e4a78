/**
 * Athena's partition projection: partitions computed from table properties instead of registered.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
import { QueryFailure } from './errors.ts';

export type Properties = Readonly<Record<string, string>>;

export interface ProjectedKey {
  readonly name: string;
  readonly values: readonly string[];
}

/** More than this many computed partitions are a mistake in the table's properties or a missing condition. */
const MAX_PARTITIONS = 100_000;

export function isProjected(properties: Properties): boolean {
  return properties['projection.enabled']?.toLowerCase() === 'true';
}

/**
 * Every value of every partition key.
 * @param injected values that the query states for a key, as equalities
 * @throws QueryFailure CONSTRAINT_VIOLATION for an injected key that the query does not state
 */
export function projectKeys(
  properties: Properties,
  keys: readonly string[],
  injected: ReadonlyMap<string, readonly string[]>,
  now: Date,
): ProjectedKey[] {
  const projected = keys.map((name) => ({ name, values: valuesOf(properties, name, injected, now) }));
  const count = projected.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_PARTITIONS)
    throw new QueryFailure(
      'HIVE_EXCEEDED_PARTITION_LIMIT',
      `the table's properties project ${count} partitions: narrow the range of its keys`,
    );
  return projected;
}

function valuesOf(
  properties: Properties,
  name: string,
  injected: ReadonlyMap<string, readonly string[]>,
  now: Date,
): readonly string[] {
  const property = (part: string): string | undefined => properties[`projection.${name}.${part}`];
  const type = property('type')?.toLowerCase();
  switch (type) {
    case 'injected': {
      const values = injected.get(name);
      if (values !== undefined) return values;
      throw new QueryFailure(
        'CONSTRAINT_VIOLATION',
        `For the injected projected partition column ${name}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present`,
      );
    }
    case 'enum':
      return (property('values') ?? '').split(',').map((value) => value.trim());
    case 'integer':
      return integers(
        property('range'),
        Number(property('interval') ?? 1),
        Number(property('digits') ?? 1),
        name,
      );
    case 'date':
      return dates(
        property('range'),
        property('format') ?? 'yyyy-MM-dd',
        Number(property('interval') ?? 1),
        property('interval.unit'),
        name,
        now,
      );
    default:
      throw invalid(name, `the type ${type ?? '(none)'} is none of enum, integer, date, injected`);
  }
}

function invalid(name: string, what: string): QueryFailure {
  return new QueryFailure('INVALID_TABLE_PROPERTY', `projection of partition column ${name}: ${what}`);
}

function integers(range: string | undefined, interval: number, digits: number, name: string): string[] {
  const [low = Number.NaN, high = Number.NaN] = (range ?? '')
    .split(',')
    .map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  if (!Number.isInteger(low) || !Number.isInteger(high) || !(interval >= 1))
    throw invalid(name, `the range "${range ?? ''}" is not "low,high"`);
  const values: string[] = [];
  for (let value = low; value <= high && values.length <= MAX_PARTITIONS; value += interval)
    values.push(String(value).padStart(digits, '0'));
  return values;
}

/** Fields of a date pattern, finest last, with how Date counts them. */
const UNITS = ['YEARS', 'MONTHS', 'WEEKS', 'DAYS', 'HOURS', 'MINUTES', 'SECONDS'] as const;
type Unit = (typeof UNITS)[number];
const FINEST: readonly [RegExp, Unit][] = [
  [/s/, 'SECONDS'],
  [/m/, 'MINUTES'],
  [/H/, 'HOURS'],
  [/d/, 'DAYS'],
  [/M/, 'MONTHS'],
  [/y/, 'YEARS'],
];

function dates(
  range: string | undefined,
  format: string,
  interval: number,
  unitText: string | undefined,
  name: string,
  now: Date,
): string[] {
  const finest = FINEST.find(([letter]) => letter.test(unquoted(format)))?.[1] ?? 'DAYS';
  const unit = UNITS.find((known) => known.startsWith((unitText ?? finest).toUpperCase())) ?? finest;
  const [from, to] = (range ?? '').split(',').map((text) => dateOf(text.trim(), format, now));
  if (from === undefined || to === undefined || !(interval >= 1))
    throw invalid(name, `the range "${range ?? ''}" does not fit the format ${format}`);
  const values = new Set<string>();
  for (let at = from; at <= to && values.size <= MAX_PARTITIONS; at = shift(at, interval, unit))
    values.add(formatDate(at, format));
  return [...values];
}

/** `NOW-3YEARS`, or a date in the format. */
function dateOf(text: string, format: string, now: Date): Date | undefined {
  const [relative, sign = '+', amount = '0', unitText = 'DAYS'] =
    /^NOW(?:\s*([+-])\s*(\d+)\s*([A-Z]+))?$/i.exec(text) ?? [];
  if (relative !== undefined) {
    const unit = UNITS.find((known) => known.startsWith(unitText.toUpperCase()));
    return unit && shift(now, (sign === '-' ? -1 : 1) * Number(amount), unit);
  }
  const letters: string[] = [];
  const pattern = pieces(format)
    .map(({ text: piece, isField }) => {
      if (!isField) return piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      letters.push(piece[0] ?? '');
      return String.raw`(\d{${piece.length}})`;
    })
    .join('');
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (match === null) return undefined;
  const field = (letter: string, otherwise: number): number => {
    const index = letters.indexOf(letter);
    return index < 0 ? otherwise : Number(match[index + 1]);
  };
  return new Date(
    Date.UTC(field('y', 1970), field('M', 1) - 1, field('d', 1), field('H', 0), field('m', 0), field('s', 0)),
  );
}

function shift(date: Date, amount: number, unit: Unit): Date {
  const moved = new Date(date);
  if (unit === 'YEARS') moved.setUTCFullYear(moved.getUTCFullYear() + amount);
  else if (unit === 'MONTHS') moved.setUTCMonth(moved.getUTCMonth() + amount);
  else {
    const seconds = { WEEKS: 604_800, DAYS: 86_400, HOURS: 3600, MINUTES: 60, SECONDS: 1 }[unit];
    moved.setTime(moved.getTime() + amount * seconds * 1000);
  }
  return moved;
}

function formatDate(date: Date, format: string): string {
  const fields: Readonly<Record<string, number>> = {
    y: date.getUTCFullYear(),
    M: date.getUTCMonth() + 1,
    d: date.getUTCDate(),
    H: date.getUTCHours(),
    m: date.getUTCMinutes(),
    s: date.getUTCSeconds(),
  };
  return pieces(format)
    .map(({ text, isField }) => (isField ? String(fields[text[0] ?? '']).padStart(text.length, '0') : text))
    .join('');
}

/** A date pattern as fields (runs of one letter) and text between them; text in single quotes stands for itself. */
function pieces(format: string): { text: string; isField: boolean }[] {
  return [...format.matchAll(/'([^']*)'|([yMdHms])\2*|[^yMdHms']+/g)].map(([text, quoted, letter]) =>
    quoted === undefined ? { text, isField: letter !== undefined } : { text: quoted, isField: false },
  );
}

function unquoted(format: string): string {
  return format.replaceAll(/'[^']*'/g, '');
}
