/**
 * What history may hold, as a DQDL ruleset for Glue Data Quality: derived from the contract and from the rules that curation
 * judges by (core/quality.ts), so that rows of any origin are held to the same before they are committed.
 * https://docs.aws.amazon.com/glue/latest/dg/dqdl.html; grammar: github.com/awslabs/dqdl
 *
 * Ranges are written as `RowCount = 0 where "<broken>"` and not as ColumnValues, for three reasons. NULL fails ColumnValues,
 * most of our columns may be null, and a composite rule `(… >= 0) or (… = NULL)` is by default judged over the column as a
 * whole, so mixed columns would fail. DQDL has no literal for infinity, and Spark takes NaN for the greatest number, so no
 * upper bound can say "finite". And such a rule names by its `where` the very rows that break it.
 */
import { COORDINATES } from './batch-contract.ts';
import { viewColumns } from './curated-columns.ts';
import { DEFAULT_LAKE_START, PRICE_FIELDS, parseDay, type QualityCode, TIME_FIELDS } from './quality.ts';
import { QUOTE_FIELDS, type QuoteFieldName, snakeCase } from './quote.ts';

const ABOUT_BYTES = 'is about bytes that never became a row';

/** What each reason to quarantine a record asks of rows, or why it asks nothing: a new reason must say so here. */
export const RULES_OF_CODES = {
  value_missing: ABOUT_BYTES,
  framing_undecodable: ABOUT_BYTES,
  schema_unknown: ABOUT_BYTES,
  body_undecodable: ABOUT_BYTES,
  body_trailing_bytes: ABOUT_BYTES,
  source_missing: 'is that the source columns are complete, which holds of every column that is never null',
  symbol_empty: () => ['ColumnValues "symbol" != EMPTY'],
  price_invalid: () => PRICE_FIELDS.map((field) => amountRule(field)),
  volume_invalid: () => [amountRule('latestVolume')],
  event_time_out_of_range: (lakeStart) => [
    noneWhere(
      `event_time < timestamp '${lakeStart} 00:00:00' or event_time > kafka_timestamp + interval 1 day`,
    ),
  ],
  time_out_of_range: () =>
    TIME_FIELDS.map((field) => noneWhere(`year(${snakeCase(field)}) not between 1 and 9999`)),
} as const satisfies Readonly<Record<QualityCode, string | ((lakeStart: string) => readonly string[])>>;

/** Columns of a topic that are never null: what the quote requires, and all that says where a row came from. */
export function requiredColumns(topic: string): readonly string[] {
  const nullable = new Set(QUOTE_FIELDS.filter((field) => field.nullable).map(({ name }) => snakeCase(name)));
  return viewColumns(topic)
    .map(({ name }) => name)
    .filter((name) => !nullable.has(name));
}

/**
 * The ruleset of a topic's rows; the same arguments give the same text. What depends on the run (its row count, its
 * freshness) is added by the job: glue-scripts/tickerlake_jobs/quality.py.
 * Coordinates are unique in a derived topic too, where identity need not be: a record may have been produced twice.
 * @param lakeStart first day of the lake, yyyy-mm-dd
 */
export function renderRuleset(topic: string, lakeStart: string = DEFAULT_LAKE_START): string {
  // It becomes part of SQL.
  if (parseDay(lakeStart) === undefined) {
    throw new Error(`lakeStart is ${JSON.stringify(lakeStart)}: give a day as yyyy-mm-dd`);
  }
  const rules = [
    ...viewColumns(topic).map(({ name }) => `ColumnExists "${name}"`),
    ...requiredColumns(topic).map((name) => `IsComplete "${name}"`),
    `IsPrimaryKey ${COORDINATES.map((name) => `"${name}"`).join(' ')}`,
    ...Object.values(RULES_OF_CODES).flatMap((rule) => (typeof rule === 'string' ? [] : rule(lakeStart))),
  ];
  return `Rules = [\n${rules.map((rule) => `  ${rule}`).join(',\n')}\n]\n`;
}

/** Neither negative, nor infinite, nor NaN. */
function amountRule(field: QuoteFieldName): string {
  const column = snakeCase(field);
  return noneWhere(`${column} < 0 or ${column} >= double('Infinity')`);
}

/** Never NULL: a filter that is NULL for every row leaves nothing to count, which is an error there and not 0. */
function noneWhere(broken: string): string {
  return `RowCount = 0 where "coalesce(${broken}, false)"`;
}
