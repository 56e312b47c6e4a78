/**
 * Values for the `?` of a statement, applied in the order in which they occur; a text stands in single quotes.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying.html
 */

/** Strings, quoted names and comments, in which a question mark is just that; or a question mark. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/** A literal: text, number, truth, null, or a typed one such as DATE '2026-11-20'. */
const LITERAL = /^(?:(?:[a-z]+ )?'(?:[^']|'')*'|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null)$/i;

/** @throws Error worded as Athena words it */
export function bindParameters(sql: string, values: readonly string[]): string {
  const marks = [...sql.matchAll(PIECE)].filter(([piece]) => piece === '?').length;
  if (marks !== values.length) {
    throw new Error(
      `INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected ${marks} but found ${values.length}`,
    );
  }
  const unfit = values.find((value) => !LITERAL.test(value.trim()));
  if (unfit !== undefined) {
    throw new Error(`SYNTAX_ERROR: an execution parameter is no literal; a text stands in single quotes`);
  }
  let next = 0;
  return sql.replaceAll(PIECE, (piece) => (piece === '?' ? (values[next++] ?? '').trim() : piece));
}
