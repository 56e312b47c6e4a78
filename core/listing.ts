/**
 * The NASDAQ symbol directory, or a file like it: fields by comma (RFC 4180 quotes) or by pipe (no quotes), named by the
 * first row. https://www.nasdaqtrader.com/trader.aspx?id=symboldirdefs
 */
import { TickerlakeError } from './errors.ts';

export interface ListedSymbol {
  readonly symbol: string;
  readonly companyName: string | null;
}

/** The directory ends with a row that dates it. */
const FOOTER = 'File Creation Time';

/**
 * Reads a listing: test issues, the footer, rows without a symbol and repeated symbols are left out.
 * @throws TickerlakeError LISTING_MALFORMED
 */
export function readListing(text: string): readonly ListedSymbol[] {
  const [header, ...rows] = splitRows(text);
  const names = header?.map((name) => name.trim().toLowerCase()) ?? [];
  const column = (name: string): number => names.indexOf(name);
  const symbolAt = column('symbol');
  if (symbolAt === -1) {
    throw new TickerlakeError('LISTING_MALFORMED', 'the listing has no column Symbol in its first row', {
      hint: 'give a file whose first row is like: Symbol,Security Name,Test Issue',
    });
  }
  const nameAt = [column('company name'), column('security name')].find((at) => at !== -1) ?? -1;
  const testAt = column('test issue');
  const listed = new Map<string, ListedSymbol>();
  for (const row of rows) {
    const symbol = row[symbolAt]?.trim() ?? '';
    if (symbol === '' || row[0]?.trimStart().startsWith(FOOTER) === true) continue;
    if (row[testAt]?.trim().toUpperCase() === 'Y' || listed.has(symbol)) continue;
    const name = row[nameAt]?.trim() ?? '';
    listed.set(symbol, { symbol, companyName: name === '' ? null : name });
  }
  if (listed.size === 0) throw new TickerlakeError('LISTING_MALFORMED', 'the listing names no symbol');
  return [...listed.values()];
}

function splitRows(text: string): string[][] {
  const content = text.replace(/^\uFEFF/, '');
  const firstLine = /^[^\r\n]*/.exec(content)?.[0] ?? '';
  if (firstLine.includes('|')) {
    return content
      .split(/\r\n|\n|\r/)
      .filter((line) => line.trim() !== '')
      .map((line) => line.split('|'));
  }
  return splitCsv(content);
}

/** One field and what ends it; a quoted field may hold commas, line ends and doubled quotes. */
const FIELD = /(?:"((?:[^"]|"")*)"[^,\r\n]*|([^,\r\n]*))(,|\r\n|\n|\r|$)/y;

/** https://www.rfc-editor.org/rfc/rfc4180 */
function splitCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const [, quoted, plain = '', end] = FIELD.exec(text) ?? [];
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') {
      if (FIELD.lastIndex === text.length) row.push('');
      else continue;
    }
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
