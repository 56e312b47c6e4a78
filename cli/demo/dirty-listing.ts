import { NASDAQ_SYMBOLS } from '../../core/nasdaq-symbols.ts';

/** A listing as exchanges publish them, and what a careful reader makes of it. */
export interface DirtyListing {
  readonly text: string;
  /** Symbols that it lists: no test issue, each once. */
  readonly symbols: number;
  /** Rows that are no listing, or are one again. */
  readonly dirt: number;
}

const HEADER =
  'Symbol,Security Name,Market Category,Test Issue,Financial Status,Round Lot Size,ETF,NextShares';
const LETTERS = 26;
/** Every so many rows one is a test issue, one is repeated, one has no symbol. */
const EVERY = { test: 97, repeated: 61, nameless: 499 } as const;

/**
 * A comma-separated symbol directory of so many symbols: those of the simulator, then made-up ones. It has what real files have:
 * quoted names with commas and quotes, test issues, repeated rows, rows without a symbol, and a footer that dates it.
 */
export function dirtyListing(symbols: number, now: Date): DirtyListing {
  const rows: string[] = [];
  let dirt = 0;
  const soil = (row: string): void => {
    rows.push(row);
    dirt += 1;
  };
  for (let index = 0; index < symbols; index++) {
    const { symbol, companyName } = NASDAQ_SYMBOLS[index] ?? madeUp(index);
    const row = listingRow(symbol, companyName ?? symbol, 'N');
    rows.push(row);
    if (index % EVERY.repeated === 0) soil(row);
    if (index % EVERY.test === 0) soil(listingRow(`ZT${symbol}`, 'NASDAQ TEST STOCK', 'Y'));
    if (index % EVERY.nameless === 0) soil(listingRow('', 'A row without a symbol', 'N'));
  }
  const footer = `File Creation Time: ${footerTime(now)},,,,,,,`;
  return { text: `${[HEADER, ...rows, footer].join('\r\n')}\r\n`, symbols, dirt };
}

/** `XABC`, with a name that needs quotes. */
function madeUp(index: number): { readonly symbol: string; readonly companyName: string } {
  let [letters, rest] = ['', index];
  for (let place = 0; place < 3; place++) {
    letters = String.fromCharCode(65 + (rest % LETTERS)) + letters;
    rest = Math.floor(rest / LETTERS);
  }
  return { symbol: `X${letters}`, companyName: `Example "${letters}", Inc. - Common Stock, Class A` };
}

function listingRow(symbol: string, name: string, testIssue: 'Y' | 'N'): string {
  const quoted = /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
  return [symbol, quoted, 'Q', testIssue, 'N', '100', 'N', 'N'].join(',');
}

/** `MMDDYYYYHH:MM`, as the exchange writes it. */
function footerTime(now: Date): string {
  const [year = '', month = '', rest = ''] = now.toISOString().split('-');
  return `${month}${rest.slice(0, 2)}${year}${rest.slice(3, 8)}`;
}
