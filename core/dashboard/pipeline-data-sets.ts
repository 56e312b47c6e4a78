/** The lake itself: how fresh it is, and what it keeps in quarantine. */
import { tableNames } from '../names.ts';
import type { LakeColumn } from '../quote.ts';
import { QUARANTINE_COLUMNS } from '../raw-schema.ts';
import { TOPICS } from '../topics.ts';
import { ColumnsOf, count, number, select, subquery, text } from './columns.ts';
import type { DataSetDefinition, DataSetPlace } from './data-set.ts';
import { quotes, since, view } from './quotes-view.ts';

/** From the quote's own time to its record's in Kafka, by hour of event time. */
const LAGS = [
  quotes.derived('hour', 'event_time', "date_trunc('hour', event_time)"),
  ...quotes.plain('symbol', 'event_time'),
  count('lag_ms', "date_diff('millisecond', event_time, kafka_timestamp)"),
];

const RANKED_LAGS = [
  ...LAGS.map(({ name, type }) => ({ name, type, expression: name })),
  count('lag_rank', 'row_number() OVER (PARTITION BY hour ORDER BY lag_ms)'),
  count('quotes_in_hour', 'count(*) OVER (PARTITION BY hour)'),
];

/** By nearest rank, and exact: each engine answers approx_percentile by a sketch of its own. */
const lagSeconds = (percent: number): string =>
  `min(lag_ms) FILTER (WHERE 100 * lag_rank >= ${percent} * quotes_in_hour) / 1e3`;

/** As the saved query of that name has it, in sql/queries/. */
export const FRESHNESS: DataSetDefinition = {
  identifier: 'freshness',
  title: 'Freshness by hour',
  source: 'lake',
  importMode: 'SPICE',
  columns: [
    quotes.derived('hour', 'event_time', 'hour'),
    count('quotes'),
    count('symbols', 'count(DISTINCT symbol)'),
    quotes.derived('last_event_time', 'event_time', 'max(event_time)'),
    number('median_lag_seconds', lagSeconds(50)),
    number('p95_lag_seconds', lagSeconds(95)),
  ],
  sql: (place) => {
    const lags = subquery(select(LAGS), `FROM ${view(place)}`, `WHERE ${since(place.days)}`);
    const ranked = subquery(select(RANKED_LAGS), `FROM ${lags}`);
    return [select(FRESHNESS.columns), `FROM ${ranked}`, 'GROUP BY 1'].join('\n');
  },
};

const quarantined = new ColumnsOf(QUARANTINE_COLUMNS.filter(isSimple));

/**
 * Of one log, named by a literal: the table injects log_id, and Athena takes it from nothing but an equality in the WHERE clause,
 * neither a subquery nor a join. https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export const QUARANTINE: DataSetDefinition = {
  identifier: 'quarantine',
  title: 'Quarantine by hour and rule',
  source: 'lake',
  importMode: 'SPICE',
  columns: [
    text('topic', 'topic'),
    ...quarantined.plain('code'),
    quarantined.derived('hour', 'kafka_timestamp', "date_trunc('hour', kafka_timestamp)"),
    count('records'),
    quarantined.derived('last_seen', 'kafka_timestamp', 'max(kafka_timestamp)'),
    quarantined.derived('example_reason', 'reason', 'max_by(reason, record)'),
  ],
  sql: (place) => {
    const records = Object.values(TOPICS).map(({ name }) => quarantineOf(name, place));
    const from = subquery(records.join('\nUNION ALL\n'));
    return [select(QUARANTINE.columns), `FROM ${from}`, 'GROUP BY 1, 2, 3'].join('\n');
  },
};

/** Each record, numbered by when it came: of equal time by where it is in the log, so that there is one that is the last. */
function quarantineOf(topic: string, { databaseName, logId }: DataSetPlace): string {
  const columns = [
    text('topic', `'${topic}'`),
    ...quarantined.plain('code', 'reason', 'kafka_timestamp'),
    count(
      'record',
      'row_number() OVER (PARTITION BY code ORDER BY kafka_timestamp, kafka_partition, kafka_offset)',
    ),
  ];
  const from = `FROM "${databaseName}"."${tableNames(topic).quarantine}"`;
  return [select(columns), from, `WHERE log_id = '${logId}'`].join('\n');
}

function isSimple(column: (typeof QUARANTINE_COLUMNS)[number]): column is LakeColumn {
  return !column.glueType.includes('<');
}
