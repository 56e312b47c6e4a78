import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ResultColumn, ResultPage } from './run-query.ts';

/** A table for people holds no more; csv and json print every row. */
const MAX_TABLE_ROWS = 200;

const INTEGERS = /^(tinyint|smallint|integer|int|bigint)$/;
const NUMBERS = /^(tinyint|smallint|integer|int|bigint|float|real|double|decimal)/;

/** Prints a result as a table, and says how many rows it leaves out. */
export async function printTable(terminal: Terminal, pages: AsyncIterable<ResultPage>): Promise<number> {
  let columns: readonly ResultColumn[] = [];
  const shown: (readonly (string | null)[])[] = [];
  let count = 0;
  for await (const page of pages) {
    columns = page.columns;
    count += page.rows.length;
    shown.push(...page.rows.slice(0, MAX_TABLE_ROWS - shown.length));
  }
  if (columns.length > 0) terminal.print(renderResult(terminal, columns, shown, terminal.tableColumns));
  if (count > shown.length) {
    terminal.note(
      `… ${(count - shown.length).toLocaleString('en')} more rows: --format csv or json prints all`,
    );
  }
  return count;
}

/** Rows of a result as a table for people: numbers to the right, and without exponents. */
export function renderResult(
  terminal: Terminal,
  columns: readonly ResultColumn[],
  rows: readonly (readonly (string | null)[])[],
  maxWidth: number,
): string {
  const cells = rows.map((row) =>
    row.map((value, index) => (columns[index]?.type === 'double' ? plainNumber(value) : value)),
  );
  return renderTable(terminal, columns.map(tableColumn), cells, maxWidth);
}

/** `3.6145295E7` as 36145295 and `-6.0` as -6, up to where digits stop to tell people anything. */
function plainNumber(value: string | null): string | null {
  return value !== null && Math.abs(Number(value)) < 1e15 ? String(Number(value)) : value;
}

function tableColumn({ name, type }: ResultColumn): TableColumn {
  return { name, align: NUMBERS.test(type) ? 'right' : 'left' };
}

/** Prints CSV (RFC 4180) with a head, row by row; a null is nothing, an empty string `""`. */
export async function printCsv(terminal: Terminal, pages: AsyncIterable<ResultPage>): Promise<number> {
  let count = 0;
  let isFirst = true;
  for await (const { columns, rows } of pages) {
    if (isFirst) terminal.print(columns.map(({ name }) => csvField(name)).join(','));
    isFirst = false;
    count += rows.length;
    if (rows.length > 0) terminal.print(rows.map((row) => row.map(csvField).join(',')).join('\n'));
  }
  return count;
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Prints a JSON array of objects, row by row. */
export async function printJson(terminal: Terminal, pages: AsyncIterable<ResultPage>): Promise<number> {
  let count = 0;
  terminal.write('[');
  for await (const { columns, rows } of pages) {
    for (const row of rows) {
      const entries = columns.map(
        ({ name, type }, index) => [name, jsonValue(row[index] ?? null, type)] as const,
      );
      terminal.write(`${count === 0 ? '\n' : ',\n'}  ${JSON.stringify(Object.fromEntries(entries))}`);
      count++;
    }
  }
  terminal.write(count === 0 ? ']\n' : '\n]\n');
  return count;
}

/** A value by its column's type; integers that a double cannot hold stay text. */
export function jsonValue(value: string | null, type: string): string | number | boolean | null {
  if (value === null) return null;
  if (type === 'boolean') return value === 'true';
  if (!NUMBERS.test(type) || type.startsWith('decimal')) return value;
  const number = Number(value);
  const isExact = INTEGERS.test(type) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isExact ? number : value;
}
