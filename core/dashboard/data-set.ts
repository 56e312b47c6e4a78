/** What a data set is, whatever it is read from. */
import type { DataSetColumn } from './columns.ts';

/** What a data set's SQL depends on and only a deployment knows. */
export interface DataSetPlace {
  /** Glue database of the lake. */
  readonly databaseName: string;
  /** Identity of the Kafka cluster: the log whose quarantine is shown. */
  readonly logId: string;
  /** Trading days that are imported, today's included. */
  readonly days: number;
}

export interface DataSetDefinition {
  /** By which visuals know it; also the end of its id in the account. */
  readonly identifier: string;
  readonly title: string;
  /** Athena over the lake, or the serving database. */
  readonly source: 'lake' | 'serving';
  /** Imported into SPICE by a schedule, or asked for with each look. */
  readonly importMode: 'SPICE' | 'DIRECT_QUERY';
  readonly columns: readonly DataSetColumn[];
  readonly sql: (place: DataSetPlace) => string;
}
