/** Splits delimited text into rows of fields, as a classifier looks at it. */

export interface CsvForm {
  /** One character. */
  readonly delimiter: string;
  /** One character that keeps delimiters and line ends together in a field; undefined for none. */
  readonly quote: string | undefined;
}

/**
 * Rows of the text, at most `limit`; empty lines are left out. A text that was cut off ends in a row that is not whole: it is left
 * out too.
 */
export function splitCsv(
  text: string,
  { delimiter, quote }: CsvForm,
  { limit, isCut }: { readonly limit: number; readonly isCut: boolean },
): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  const endRow = (): void => {
    row.push(field);
    if (row.length > 1 || field !== '') rows.push(row);
    row = [];
    field = '';
  };
  for (let at = text.charCodeAt(0) === 0xfe_ff ? 1 : 0; at < text.length && rows.length < limit; at += 1) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character !== quote) field += character;
      else if (text.charAt(at + 1) === quote) field += text.charAt((at += 1));
      else isQuoted = false;
    } else if (character === quote && field === '') {
      isQuoted = true;
    } else if (character === delimiter) {
      row.push(field);
      field = '';
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text.charAt(at + 1) === '\n') at += 1;
      endRow();
    } else {
      field += character;
    }
  }
  if (rows.length < limit && !isCut && (field !== '' || row.length > 0)) endRow();
  return rows;
}
