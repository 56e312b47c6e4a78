/** Metrics that functions emit and alarms watch, with the units that CloudWatch knows. */
export const METRICS_NAMESPACE = 'tickerlake';

export const METRIC_UNITS = {
  /** New in the raw log: chain and fills. */
  RecordsLanded: 'Count',
  BytesLanded: 'Bytes',
  /** Delivered again, and there already. */
  RecordsTrimmed: 'Count',
  /** Landed where the chain had passed over them. */
  RecordsFilled: 'Count',
  /** Rows written; a raw object that is curated again counts again. */
  RecordsCurated: 'Count',
  /** Of Parquet files and quarantined records. */
  BytesCurated: 'Bytes',
  /** In all, and by dimension `code`. A raw object that is curated again counts again. */
  RecordsQuarantined: 'Count',
  /**
   * From a record's Kafka timestamp to the receipt that says it can be queried. Of each raw object that is curated for the
   * first time the oldest and the newest record that became a row: maximum and minimum over them are those of all rows.
   */
  EndToEndAge: 'Milliseconds',
  /** Raw objects that a sweep requested. */
  ObjectsSwept: 'Count',
  /** Read by the filter, and of those the ones put into the derived topic; a batch that is delivered again counts again. */
  RecordsExamined: 'Count',
  RecordsFiltered: 'Count',
  /** Times that the watchlist could not be read, or made no sense; the filter goes on with the one it knows, for a while. */
  WatchlistsRefused: 'Count',
  /** Put into the database for the first time, and found there already. */
  RecordsServed: 'Count',
  RecordsServedAgain: 'Count',
  /** That neither filter nor database can read; the lake quarantines them. */
  RecordsUnreadable: 'Count',
  /** Outputs that no receipt names. */
  Strays: 'Count',
  /**
   * While the exchanges are open: how old the newest record is that the view shows, and how long at least one was due. One
   * sample a probe; none while nothing is due.
   */
  FreshnessSeconds: 'Seconds',
  /** Of the same probes: 1 where that is more than the objective, else 0. */
  FreshnessMissed: 'Count',
  /** Rows of the view's last two days, and what it took to see them. */
  RowsSeen: 'Count',
  BytesProbed: 'Bytes',
  /** Since the last run of compaction that succeeded; since the table was made while there was none. */
  CompactionAge: 'Seconds',
} as const satisfies Record<string, 'Count' | 'Bytes' | 'Milliseconds' | 'Seconds'>;

export type MetricName = keyof typeof METRIC_UNITS;
