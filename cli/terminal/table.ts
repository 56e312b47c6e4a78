import Table from 'cli-table3';
import type { Terminal } from './terminal.ts';

export interface TableColumn {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right';
}

/** What stands where a value is null. */
const NULL_TEXT = '–';

/** A column is never cut below this. */
const MIN_COLUMN_WIDTH = 12;

/** A table for people: one rule under the head, columns as wide as what they hold, cut only where `maxWidth` asks. */
export function renderTable(
  terminal: Terminal,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map((row) => columns.map((_, index) => plain(row[index] ?? NULL_TEXT)));
  const natural = columns.map((column, index) =>
    Math.max(column.name.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const widths = fitWidths(natural, maxWidth);
  const table = new Table({
    head: columns.map((column, index) => terminal.styled('bold', cut(column.name, widths[index]))),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
    chars: NO_LINES,
  });
  table.push(
    widths.map((width) => terminal.styled('dim', '─'.repeat(width))),
    ...cells.map((row) => row.map((cell, index) => cut(cell, widths[index]))),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const GAP = 2;
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle')
    .map((side) => [side, '']),
);

/** Takes from the widest column until all fit, or none can give. */
function fitWidths(natural: readonly number[], maxWidth: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - maxWidth;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= MIN_COLUMN_WIDTH) break;
    const others = widths.filter((_, index) => index !== widest);
    const given = Math.max(1, Math.min(excess, width - Math.max(MIN_COLUMN_WIDTH, ...others)));
    widths[widest] = width - given;
    excess -= given;
  }
  return widths;
}

/** The text, or as much of it as fits with an ellipsis at its end. */
export function cut(text: string, width: number | undefined): string {
  return width === undefined || text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Control characters in a value could move the cursor of who looks at it. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
