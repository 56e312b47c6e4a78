/** What the serving database keeps: the newest quotes of the watchlist. */
import { CURATED_COLUMNS } from '../quote.ts';
import { SERVING_TABLES } from '../serving.ts';
import { SOURCE_COLUMNS } from '../source-coordinates.ts';
import { ColumnsOf, select } from './columns.ts';
import type { DataSetDefinition } from './data-set.ts';

const served = new ColumnsOf([...CURATED_COLUMNS, ...SOURCE_COLUMNS]);

/** As the lake shows times: QuickSight's list of PostgreSQL's types has no timestamp with a zone. */
const inUtc = (column: string): string => `${column} AT TIME ZONE 'UTC'`;

export const SERVED_QUOTES: DataSetDefinition = {
  identifier: 'served-quotes',
  title: 'Latest quotes of the watchlist',
  source: 'serving',
  importMode: 'DIRECT_QUERY',
  columns: [
    ...served.plain('symbol', 'company_name', 'latest_price', 'low', 'high'),
    served.derived('ts', 'event_time', inUtc('ts')),
    served.derived('latest_update', 'latest_update', inUtc('latest_update')),
    ...served.plain('source_partition', 'source_offset'),
  ],
  sql: () => [select(SERVED_QUOTES.columns), `FROM public.${SERVING_TABLES.latest}`].join('\n'),
};
