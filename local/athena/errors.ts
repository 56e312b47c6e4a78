/** What DuckDB and S3 say, as Athena would say it. */
import { QueryFailure } from '../gateway/athena/query-failure.ts';

export { QueryFailure };

/** Refuses what Athena can do and this engine cannot, with what to do instead. */
export function notSupported(what: string, instead: string): QueryFailure {
  return new QueryFailure('NOT_SUPPORTED', `${what}: ${instead}`);
}

interface Rule {
  readonly pattern: RegExp;
  readonly failure: (match: RegExpExecArray) => QueryFailure;
}

/** DuckDB's words on the left, Athena's on the right; the first that fits is taken. */
const RULES: readonly Rule[] = [
  {
    pattern: /INTERRUPT/,
    failure: () => new QueryFailure('USER_CANCELED', 'Query was canceled', { state: 'CANCELLED' }),
  },
  {
    pattern: /Division by zero/,
    failure: () => new QueryFailure('DIVISION_BY_ZERO', 'Division by zero'),
  },
  {
    pattern: /HTTP Error: [^']*'([^']+)'[^(]*\(HTTP 403[^)]*\)(?:\s+AccessDenied: ([^\n]*))?/,
    failure: ([, url = '', reason]) =>
      new QueryFailure(
        'PERMISSION_DENIED',
        `Permission denied on S3 path: ${s3Path(url)}${reason === undefined ? '' : ` (${reason.replaceAll('&quot;', '"')})`}`,
      ),
  },
  {
    pattern: /HTTP Error: [^']*'([^']+)'[^(]*\(HTTP 404/,
    failure: ([, url = '']) =>
      new QueryFailure('HIVE_CANNOT_OPEN_SPLIT', `Error opening Hive split ${s3Path(url)}: not found`),
  },
  {
    pattern: /HTTP Error|Could not establish connection|IO Error: .*s3:/,
    failure: () =>
      new QueryFailure('HIVE_CURSOR_ERROR', 'Failed to read from S3: is the local lake still running?', {
        category: 1,
      }),
  },
  {
    pattern: /Error while reading file "([^"]+)": failed to cast column "([^"]+)" from type (\S+) to (\S+?):/,
    failure: ([, file = '', column = '', found = '', wanted = '']) =>
      new QueryFailure(
        'HIVE_BAD_DATA',
        `Field ${column}'s type ${found} in ${s3Path(file)} is incompatible with type ${wanted} defined in table schema`,
      ),
  },
  {
    pattern: /Malformed JSON in file "([^"]+)"/,
    failure: ([, file = '']) =>
      new QueryFailure(
        'HIVE_CURSOR_ERROR',
        `Row is not a valid JSON Object - JSONException in ${s3Path(file)}`,
      ),
  },
  {
    pattern: /Error parsing field value '(.*)' for field (\d+)/,
    failure: ([, value = '', field = '']) =>
      new QueryFailure(
        'HIVE_BAD_DATA',
        `Error parsing field value '${value}' for field ${field}: For input string: "${value}"`,
      ),
  },
  {
    pattern: /Could not convert string '(.*?)' to (\w+)/,
    failure: ([, value = '', type = '']) =>
      new QueryFailure('INVALID_CAST_ARGUMENT', `Cannot cast '${value}' to ${type.toLowerCase()}`),
  },
  {
    pattern: /Conversion Error: (.*)/,
    failure: ([, text = '']) => new QueryFailure('INVALID_CAST_ARGUMENT', text),
  },
  {
    pattern: /Out of Range Error: (.*)/,
    failure: ([, text = '']) => new QueryFailure('NUMERIC_VALUE_OUT_OF_RANGE', text),
  },
  {
    pattern: /column "([^"]+)" must appear in the GROUP BY clause/,
    failure: ([, column = '']) =>
      new QueryFailure(
        'EXPRESSION_NOT_AGGREGATE',
        `'${column}' must be an aggregate expression or appear in GROUP BY clause`,
      ),
  },
  {
    pattern: /aggregate function calls cannot be nested|cannot contain aggregates|aggregate.*WHERE clause/i,
    failure: () =>
      new QueryFailure(
        'EXPRESSION_NOT_SCALAR',
        'an aggregation, window function or grouping operation cannot stand here',
      ),
  },
  {
    pattern: /No function matches the given name and argument types '(.*?)'\./,
    failure: ([, call = '']) =>
      new QueryFailure('TYPE_MISMATCH', `Unexpected parameters: ${call.toLowerCase()}`),
  },
  {
    pattern: /Cannot (?:compare values|mix values|combine types) of type (.*?) (?:and|-) (?:type )?(.*?) -/,
    failure: ([, left = '', right = '']) =>
      new QueryFailure(
        'TYPE_MISMATCH',
        `Cannot apply operator to ${left.toLowerCase()}, ${right.toLowerCase()}`,
      ),
  },
  {
    pattern: /Referenced column "([^"]+)" (?:was )?not found/,
    failure: ([, column = '']) =>
      new QueryFailure(
        'COLUMN_NOT_FOUND',
        `Column '${column}' cannot be resolved or requester is not authorized to access requested resources`,
      ),
  },
  {
    pattern: /Function with name (\w+) does not exist/,
    failure: ([, name = '']) => new QueryFailure('FUNCTION_NOT_FOUND', `Function '${name}' not registered`),
  },
  {
    pattern: /Parser Error: (?:syntax error at or near "([^"]*)")?([^\n]*)/,
    failure: ([, word, text = '']) =>
      new QueryFailure('SYNTAX_ERROR', word === undefined ? text : `mismatched input '${word}'`),
  },
  {
    pattern: /Out of Memory Error/,
    failure: () =>
      new QueryFailure(
        'EXCEEDED_LOCAL_MEMORY_LIMIT',
        'Query exhausted resources at this scale factor: filter by dt, or aggregate before joining and sorting',
      ),
  },
  {
    pattern: /More than one row returned by a subquery/,
    failure: () => new QueryFailure('SUBQUERY_MULTIPLE_ROWS', 'Scalar sub-query has returned multiple rows'),
  },
];

/** What DuckDB says, as Athena would say it. */
export function failureOf(error: unknown): QueryFailure {
  if (error instanceof QueryFailure) return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const { pattern, failure } of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return failure(match);
  }
  const [first = 'unknown error'] = text.split('\n');
  return new QueryFailure('GENERIC_INTERNAL_ERROR', first.replace(/^\w+ Error: /, ''), {
    category: 1,
    cause: error,
  });
}

/** The object's name; DuckDB may show its URL, which ends in settings behind a question mark. */
function s3Path(url: string): string {
  const path = url.split('?')[0] ?? url;
  return decodeURIComponent(path.replace(/^https?:\/\/[^/]+\//, 's3://'));
}
