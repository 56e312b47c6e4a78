import Table from 'cli-table3';
import type { Terminal } from './terminal.ts';

export interface TableColumn {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right';
}

/** What stands where a value is null. */
const NULL_TEXT = '–';

/** A table for people: one rule under the head, columns as wide as what they hold. */
export function renderTable(
  terminal: Terminal,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const none = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
      [side, ''],
      [`${side}-mid`, ''],
      [`${side}-left`, ''],
      [`${side}-right`, ''],
    ]),
  );
  const table = new Table({
    head: columns.map((column) => terminal.styled('bold', column.name)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: { ...none, middle: '' },
  });
  const widths = columns.map((column, index) =>
    Math.max(column.name.length, ...rows.map((row) => (row[index] ?? NULL_TEXT).length)),
  );
  table.push(
    widths.map((width) => terminal.styled('dim', '─'.repeat(width))),
    ...rows.map((row) => columns.map((_, index) => plain(row[index] ?? NULL_TEXT))),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Control characters in a value could move the cursor of who looks at it. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
