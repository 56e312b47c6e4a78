/** A row as Athena's result file has it: every value quoted, a null as nothing at all. */
export type ResultRow = (string | null)[];

/**
 * Reads Athena's result CSV chunk by chunk, the header row included, holding one chunk in memory.
 * Only this format tells a null (nothing) from an empty string (`""`), which a hash over values must.
 */
export async function* readResultCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ResultRow[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const { rows, consumed, text } = parseRows(rest + decoder.decode(chunk, { stream: true }));
    rest = text.slice(consumed);
    if (rows.length > 0) yield rows;
  }
  rest += decoder.decode();
  if (rest !== '') yield parseRows(`${rest}\n`).rows;
}

/** Parses the whole rows of a text; what follows `consumed` is the start of a row not yet complete. */
function parseRows(text: string): { rows: ResultRow[]; consumed: number; text: string } {
  const rows: ResultRow[] = [];
  let consumed = 0;
  let row: ResultRow = [];
  for (let at = 0; ; ) {
    let end: number;
    if (text.charCodeAt(at) === QUOTE) {
      end = closingQuote(text, at + 1);
      if (end < 0) break;
      const value = text.slice(at + 1, end);
      row.push(value.includes('"') ? value.replaceAll('""', '"') : value);
      end++;
    } else {
      end = at;
      while (end < text.length && text.charCodeAt(end) !== COMMA && text.charCodeAt(end) !== LINE_END) end++;
      if (end === text.length) break;
      row.push(end === at ? null : text.slice(at, end));
    }
    at = end + 1;
    if (text.charCodeAt(end) === LINE_END) {
      rows.push(row);
      row = [];
      consumed = at;
    }
  }
  return { rows, consumed, text };
}

const QUOTE = 34;
const COMMA = 44;
const LINE_END = 10;

/** Where the field that starts at `from` ends, or -1 when the text ends before that is certain. */
function closingQuote(text: string, from: number): number {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || quote + 1 >= text.length) return -1;
    if (text.charCodeAt(quote + 1) !== QUOTE) return quote;
    at = quote + 2;
  }
}
