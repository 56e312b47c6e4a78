/**
 * Athena's result files: CSV with every value quoted, NULL as nothing between the commas, header first.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
 */

/** null is SQL's NULL. */
export type ResultRow = readonly (string | null)[];

export function renderCsvRow(row: ResultRow): string {
  let text = '';
  for (const [index, value] of row.entries()) {
    if (index > 0) text += ',';
    if (value !== null) text += `"${value.includes('"') ? value.replaceAll('"', '""') : value}"`;
  }
  return `${text}\n`;
}

/** Parses whole rows of such a file. Pure inverse of renderCsvRow. */
export function parseCsvRows(csv: string): ResultRow[] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < csv.length) {
    if (csv[at] === '"') {
      const end = closingQuote(csv, at + 1);
      row.push(csv.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else row.push(null);
    if (csv[at] === '\n') {
      rows.push(row);
      row = [];
    }
    at += 1;
  }
  return rows;
}

function closingQuote(csv: string, from: number): number {
  let at = csv.indexOf('"', from);
  while (at !== -1 && csv[at + 1] === '"') at = csv.indexOf('"', at + 2);
  return at === -1 ? csv.length : at;
}
