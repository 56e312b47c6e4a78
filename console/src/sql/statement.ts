/** Statements as text: what of them is a parameter. */

/** Strings, quoted names and comments, in which a `?` is only a character; or a `?`. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/** How many parameters a statement takes. */
export function countParameters(sql: string): number {
  return [...sql.matchAll(TOKEN)].filter(([token]) => token === '?').length;
}

/** Those of the tables that a statement reads from. */
export function namedTables<T extends { readonly name: string }>(
  sql: string,
  tables: readonly T[],
): readonly T[] {
  const read = [...sql.matchAll(/\b(?:from|join)\s+(?:\w+\.)?"?(\w+)/gi)].map(([, name]) =>
    name?.toLowerCase(),
  );
  return tables.filter(({ name }) => read.includes(name));
}

/** Words that Athena reads as such; more than these are names to the editor. */
export const KEYWORDS = `all and any array as asc at between by case cast count cross current_date current_timestamp day
  deallocate desc describe distinct else end escape except execute exists explain extract false fetch filter first following
  for from full group grouping having hour if in inner intersect interval into is join last lateral left like limit localtime
  minute month natural not null nulls offset on or order ordinality outer over partition preceding prepare range recursive
  right row rows second select sets show some tables tablesample then time timestamp true try_cast unbounded union unnest using
  values view when where window with within year zone date columns create drop insert delete update`;

/** Functions that the saved queries use, and their like. */
export const FUNCTIONS = `abs approx_distinct approx_percentile arbitrary array_agg at_timezone avg ceil coalesce concat corr count
  count_if date_add date_diff date_format date_trunc day_of_week dense_rank first_value floor format from_unixtime greatest hour
  json_extract_scalar lag last_value lead least length ln lower max max_by min min_by minute month nullif ntile power rank
  regexp_like replace round row_number split sqrt stddev stddev_pop substr sum to_unixtime trim upper with_timezone year`;

export const TYPES = `bigint boolean char date decimal double integer int json map real smallint timestamp tinyint varbinary varchar`;
