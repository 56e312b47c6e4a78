/**
 * Values for the `?` of a statement, applied in the order in which they occur.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying-using-execution-parameters.html
 */
import { sqlOfValue } from './parameter-value.ts';
import { QueryFailure } from './query-failure.ts';
import { offsetOf, placeOf, type SqlToken, tokenize } from './sql-tokens.ts';

/** A statement whose values stand in it, and how what is told of it is told of the statement as it was written. */
export interface BoundStatement {
  readonly sql: string;
  /** Puts the places of a message (`line 1:8`) where they are in the text before its values were bound. */
  readonly retell: (message: string) => string;
}

/**
 * Values for a statement without a `?` are left aside, as Athena does.
 * @throws QueryFailure INVALID_PARAMETER_USAGE for too few or too many values
 */
export function bindParameters(sql: string, values: readonly string[]): BoundStatement {
  const tokens = tokenize(sql);
  const marks = tokens.filter(isMark);
  if (marks.length === 0) return { sql, retell: (message) => message };
  if (marks.length !== values.length)
    throw new QueryFailure(
      'INVALID_PARAMETER_USAGE',
      `line 1:1: Incorrect number of parameters: expected ${marks.length} but found ${values.length}`,
    );
  const texts = values.map(sqlOfValue);
  let next = 0;
  const bound = tokens.map((token) => (isMark(token) ? (texts[next++] ?? '') : token.text)).join('');
  const toOriginal = (offset: number): number => {
    let shift = 0;
    for (const [index, mark] of marks.entries()) {
      const length = texts[index]?.length ?? 0;
      if (offset < mark.offset + shift) break;
      if (offset < mark.offset + shift + length) return mark.offset;
      shift += length - 1;
    }
    return offset - shift;
  };
  return {
    sql: bound,
    retell: (message) =>
      message.replaceAll(/\bline (\d+):(\d+)/g, (_, line: string, column: string) => {
        const place = placeOf(sql, toOriginal(offsetOf(bound, Number(line), Number(column))));
        return `line ${place.line}:${place.column}`;
      }),
  };
}

const isMark = ({ kind, text }: SqlToken): boolean => kind === 'symbol' && text === '?';
