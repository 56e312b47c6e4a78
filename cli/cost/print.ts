/** A report on a terminal, as Markdown, as JSON. */
import { renderTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { priceOf } from './price-table.ts';
import type { CostReport } from './report.ts';
import { doubts, type TextTable, tablesOf } from './tables.ts';

export function printCost(terminal: Terminal, report: CostReport): void {
  for (const table of tablesOf(report)) {
    terminal.print(terminal.styled('bold', table.title));
    if (table.lead !== undefined) terminal.print(table.lead);
    terminal.print(
      renderTable(terminal, alignedColumns(table), table.rows.map(plain), terminal.tableColumns),
    );
    terminal.print('');
  }
  const unconfirmed = doubts(report);
  if (unconfirmed.length > 0) {
    terminal.print(terminal.styled('bold', 'Prices that were not confirmed when they were looked up'));
    for (const line of unconfirmed) terminal.print(`  ${line}`);
    terminal.print('');
  }
  terminal.print(
    'What is assumed, and why: docs/cost.md. Another load: --profile <file>, --quotes-per-second <n>.',
  );
}

function alignedColumns({
  columns,
  rows,
}: TextTable): { readonly name: string; readonly align: 'left' | 'right' }[] {
  return columns.map((name, index) => ({ name, align: isNumeric(rows, index) ? 'right' : 'left' }));
}

/** Figures stand to the right: a column that holds nothing else. */
function isNumeric(rows: TextTable['rows'], index: number): boolean {
  return rows.length > 0 && rows.every((row) => /^[*–-]*[\d,.]*( %)?\**$/.test(row[index] ?? ''));
}

function plain(row: readonly string[]): string[] {
  return row.map((cell) => cell.replaceAll('**', ''));
}

/** The same tables, under headings of `level`. */
export function costMarkdown(report: CostReport, level = 3): string {
  const sections = tablesOf(report).map((table) => {
    const head = [`${'#'.repeat(level)} ${table.title}`, ...(table.lead === undefined ? [] : [table.lead])];
    return [...head, markdownTable(table)].join('\n\n');
  });
  const unconfirmed = doubts(report).map((line) => `- ${line}`);
  const doubtful = [
    `${'#'.repeat(level)} Stage ${report.stage}, prices that were not confirmed`,
    unconfirmed.join('\n'),
  ];
  return [...sections, ...(unconfirmed.length === 0 ? [] : [doubtful.join('\n\n')])].join('\n\n');
}

function markdownTable(table: TextTable): string {
  const rule = table.columns.map((_, index) => (isNumeric(table.rows, index) ? '---:' : '---'));
  return [table.columns, rule, ...table.rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Everything, unrounded: each line with its quantity, unit and price. */
export function costJson(report: CostReport): unknown {
  const prices = new Set(
    [report.idle, ...report.loads.map(({ bill }) => bill)].flatMap(({ lines }) =>
      lines.map(({ price }) => price),
    ),
  );
  return { ...report, prices: Object.fromEntries([...prices].sort().map((id) => [id, priceOf(id)])) };
}
