import type { QueryRows } from '../../api.ts';

export type Mark = 'line' | 'bar' | 'dot' | 'area';

/** What of a result is drawn how; columns by name, `series` empty where there is but one. */
export interface ChartChoice {
  readonly x: string;
  readonly y: string;
  readonly series: string;
  readonly mark: Mark;
}

export type ColumnRole = 'time' | 'number' | 'category';

interface Column {
  readonly name: string;
  readonly role: ColumnRole;
  readonly distinct: number;
}

/** More series than this cannot be told apart. */
const MAX_SERIES = 10;

/** Where a record came from: numbers, but no figures. */
const COORDINATES = /^(kafka_|log_id|offset$|source_)/;

/** Of several figures, those people look for first. */
const FAVOURITES = [
  /^close$/,
  /change_percent|percent/,
  /price/,
  /vwap|average|mean/,
  /volume/,
  /^(records|rows|ticks|count)/,
];

export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|int|integer|bigint|double|float|real|decimal)/.test(type);
}

/** What a column is good for in a chart: by its type, and text of dates by its values. */
export function columnRole(result: QueryRows, index: number): ColumnRole {
  const type = result.columns[index]?.type ?? '';
  if (isNumeric(type)) return 'number';
  if (/^(date|timestamp)/.test(type)) return 'time';
  const values = result.rows.map((row) => row[index]).filter((value) => value !== null);
  const areDates = values.length > 0 && values.every((value) => /^\d{4}-\d{2}-\d{2}/.test(value ?? ''));
  return areDates ? 'time' : 'category';
}

/** A chart that says something of a result, or undefined where none does: it has no figure, or one row. */
export function chooseChart(result: QueryRows): ChartChoice | undefined {
  if (result.rows.length < 2) return undefined;
  const columns = result.columns.map(({ name }, index) => describeColumn(result, name, index));
  const numbers = columns.filter(({ role, name }) => role === 'number' && !COORDINATES.test(name));
  const y =
    FAVOURITES.flatMap((pattern) => numbers.filter(({ name }) => pattern.test(name)))[0] ?? numbers[0];
  if (y === undefined) return undefined;
  const categories = columns.filter(({ role, name }) => role === 'category' && !COORDINATES.test(name));
  // Of two times, that which tells more rows apart.
  const time = columns
    .filter(({ role, distinct }) => role === 'time' && distinct > 1)
    .toSorted((a, b) => b.distinct - a.distinct)[0];
  if (time !== undefined && (categories.length === 0 || isSeriesOverTime(time, categories, result)))
    return { x: time.name, y: y.name, series: seriesOf(time, categories, result), mark: 'line' };
  const category = categories.find(({ distinct }) => distinct > 1);
  if (category !== undefined) return { x: category.name, y: y.name, series: '', mark: 'bar' };
  const x = numbers.find(({ name }) => name !== y.name);
  return x === undefined ? undefined : { x: x.name, y: y.name, series: '', mark: 'dot' };
}

function describeColumn(result: QueryRows, name: string, index: number): Column {
  const distinct = new Set(result.rows.map((row) => row[index])).size;
  return { name, role: columnRole(result, index), distinct };
}

/** Whether rows are the course of few things: not one row a thing that happens to carry a time. */
function isSeriesOverTime(time: Column, categories: readonly Column[], { rows }: QueryRows): boolean {
  const most = Math.max(...categories.map(({ distinct }) => distinct));
  return most <= rows.length / 2 || time.distinct > most;
}

function seriesOf(time: Column, categories: readonly Column[], { rows }: QueryRows): string {
  if (time.distinct === rows.length) return '';
  return categories.find(({ distinct }) => distinct > 1 && distinct <= MAX_SERIES)?.name ?? '';
}

/** Marks that make sense of an x of this role. */
export function marksFor(role: ColumnRole): readonly Mark[] {
  return role === 'category' ? ['bar', 'dot'] : ['line', 'area', 'bar', 'dot'];
}

export interface ChartPoint {
  readonly x: Date | number | string;
  readonly y: number;
  readonly series: string;
}

/** Rows as points to draw, by x where x has an order; those without a figure, or whose figure is none, are left out. */
export function chartPoints(result: QueryRows, { x, y, series }: ChartChoice): readonly ChartPoint[] {
  const indexOf = (name: string) => result.columns.findIndex((column) => column.name === name);
  const [xIndex, yIndex, seriesIndex] = [indexOf(x), indexOf(y), indexOf(series)];
  const role = columnRole(result, xIndex);
  const points = result.rows.flatMap((row) => {
    const place = placeOf(row[xIndex] ?? null, role);
    const figure = row[yIndex] ?? null;
    const height = figure === null ? Number.NaN : Number(figure);
    if (place === undefined || !Number.isFinite(height)) return [];
    return [{ x: place, y: height, series: seriesIndex === -1 ? '' : (row[seriesIndex] ?? 'null') }];
  });
  return role === 'category' ? points : points.toSorted((a, b) => Number(a.x) - Number(b.x));
}

function placeOf(value: string | null, role: ColumnRole): ChartPoint['x'] | undefined {
  if (role === 'category') return value ?? 'null';
  if (value === null) return undefined;
  if (role === 'number') return Number.isFinite(Number(value)) ? Number(value) : undefined;
  // Athena prints `2026-11-20 14:30:00.000`, which is UTC, and `… UTC` of times with a zone.
  const time = new Date(`${value.replace(/ UTC$/, '').replace(' ', 'T')}${value.length > 10 ? 'Z' : ''}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
