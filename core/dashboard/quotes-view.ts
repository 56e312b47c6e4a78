/** What data sets of the lake select from: view quotes, of the days that they import. */
import { viewColumns } from '../curated-columns.ts';
import { tableNames } from '../names.ts';
import { TOPICS } from '../topics.ts';
import { ColumnsOf } from './columns.ts';
import type { DataSetPlace } from './data-set.ts';

export const quotes = new ColumnsOf(viewColumns(TOPICS.quotes.name));
export const view = ({ databaseName }: DataSetPlace): string =>
  `"${databaseName}"."${tableNames(TOPICS.quotes.name).view}"`;

/** First of so many days up to today. Of a trading day all quotes have a dt no earlier: New York is behind UTC. */
const firstDay = (days: number): string => `current_date - interval '${days - 1}' day`;
export const since = (days: number): string =>
  `dt >= CAST(${firstDay(days)} AS varchar) AND trading_date >= ${firstDay(days)}`;
