/** The words of a statement, as far as the gateway has to know them: engines parse it. */

export interface SqlToken {
  readonly kind: 'text' | 'name' | 'comment' | 'space' | 'word' | 'number' | 'symbol';
  readonly text: string;
  /** Where it begins in the statement. */
  readonly offset: number;
}

const KINDS = [
  ['text', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"|`[^`]*`/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?\*\//y],
  ['space', /\s+/y],
  ['word', /[a-z_][\w@:$]*/iy],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy],
  ['symbol', /<>|!=|<=|>=|\|\||[\s\S]/y],
] as const;

/** All of the statement: the tokens' texts in a row are its text. A quote that is never closed is a symbol. */
export function tokenize(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let offset = 0;
  while (offset < sql.length) {
    const token = tokenAt(sql, offset);
    tokens.push(token);
    offset += token.text.length;
  }
  return tokens;
}

/** Those that mean something: neither comments nor space. */
export function meaningfulTokens(sql: string): readonly SqlToken[] {
  return tokenize(sql).filter(({ kind }) => kind !== 'comment' && kind !== 'space');
}

/** A place in a text as Trino counts: line and column from 1. */
export function placeOf(sql: string, offset: number): { readonly line: number; readonly column: number } {
  const before = sql.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** The inverse of placeOf; a place behind its line's end is that end. */
export function offsetOf(sql: string, line: number, column: number): number {
  const lines = sql.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return Math.min(before + column - 1, before + (lines[line - 1]?.length ?? 0));
}

function tokenAt(sql: string, offset: number): SqlToken {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = offset;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined) return { kind, text, offset };
  }
  throw new Error(`no token at ${offset}`);
}
