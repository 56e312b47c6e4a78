/** The SQL of prepared statements: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-sql-statements.html */
import { invalidRequest } from './errors.ts';
import { meaningfulTokens, placeOf, type SqlToken, tokenize } from './sql-tokens.ts';

export type PreparedSql =
  | {
      readonly kind: 'PREPARE';
      readonly name: string;
      readonly statement: string;
      /** The statement where it stands in the whole: what is before it is blank. */
      readonly placed: string;
    }
  | { readonly kind: 'EXECUTE'; readonly name: string; readonly values: readonly string[] | undefined }
  | { readonly kind: 'DEALLOCATE'; readonly name: string };

/**
 * Undefined for any other statement.
 * @throws AwsError InvalidRequestException, MALFORMED_QUERY, with the place at which it goes wrong
 */
export function readPreparedSql(sql: string): PreparedSql | undefined {
  const word = meaningfulTokens(sql)[0]?.text.toUpperCase();
  if (word !== 'PREPARE' && word !== 'EXECUTE' && word !== 'DEALLOCATE') return undefined;
  const reader = new Reader(sql);
  reader.word(word);
  if (word === 'PREPARE') return prepare(sql, reader);
  if (word === 'DEALLOCATE') {
    reader.word('PREPARE');
    const name = reader.name();
    reader.end();
    return { kind: word, name };
  }
  const name = reader.name();
  if (reader.isAtEnd()) return { kind: word, name, values: undefined };
  reader.word('USING');
  return { kind: word, name, values: reader.list() };
}

function prepare(sql: string, reader: Reader): PreparedSql {
  const name = reader.name();
  reader.word('FROM');
  const { offset } = reader.next();
  const before = blank(sql.slice(0, offset));
  const statement = sql.slice(offset).replace(/[;\s]+$/, '');
  return { kind: 'PREPARE', name, statement, placed: before + statement };
}

/** Comments blanked, so that all else stays at its place. */
function withoutComments(sql: string): string {
  return tokenize(sql)
    .map(({ kind, text }) => (kind === 'comment' ? blank(text) : text))
    .join('');
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

class Reader {
  /** Comments and what ends the statement are blank. */
  readonly #sql: string;
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = withoutComments(sql).replace(/[;\s]+$/, blank);
    this.#tokens = meaningfulTokens(this.#sql);
  }

  isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The token to come, which is there. */
  next(): SqlToken {
    const token = this.#tokens[this.#at];
    return token ?? this.#mismatch('<EOF>', this.#sql.length);
  }

  word(expected: string): void {
    const token = this.next();
    if (token.text.toUpperCase() !== expected) this.#mismatch(token.text, token.offset, `'${expected}'`);
    this.#at += 1;
  }

  name(): string {
    const { kind, text, offset } = this.next();
    if (kind !== 'word' && kind !== 'name') this.#mismatch(text, offset, '<identifier>');
    this.#at += 1;
    return kind === 'word' ? text : text.slice(1, -1).replaceAll('""', '"');
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token !== undefined) this.#mismatch(token.text, token.offset, '<EOF>');
  }

  /** The texts between commas that stand in no bracket, up to the end. */
  list(): string[] {
    const items: string[] = [];
    let depth = 0;
    let start = this.next().offset;
    for (const { text, offset, kind } of this.#tokens.slice(this.#at)) {
      if (kind !== 'symbol') continue;
      if (text === '(' || text === '[') depth += 1;
      if (text === ')' || text === ']') depth -= 1;
      if (text !== ',' || depth > 0) continue;
      items.push(this.#item(start, offset));
      start = offset + 1;
    }
    return [...items, this.#item(start, this.#sql.length)];
  }

  #item(from: number, to: number): string {
    const text = this.#sql.slice(from, to).trim();
    if (text === '') this.#mismatch(this.#sql[to] ?? '<EOF>', to, '<expression>');
    return text;
  }

  #mismatch(found: string, offset: number, expected?: string): never {
    const { line, column } = placeOf(this.#sql, offset);
    const expecting = expected === undefined ? '' : `. Expecting: ${expected}`;
    throw invalidRequest(
      `line ${line}:${column}: mismatched input '${found}'${expecting}`,
      'MALFORMED_QUERY',
    );
  }
}
