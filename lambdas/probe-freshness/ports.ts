/** One statement's answer. */
export interface Answer {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly scannedBytes: number;
}

export interface Queries {
  /**
   * Runs a statement to its end, and stops it when the time is up.
   * @throws TickerlakeError QUERY_FAILED, or WAIT_TIMED_OUT after `patienceMs`
   */
  ask(sql: string, patienceMs: number): Promise<Answer>;
}

export interface CompactionRuns {
  /** When the last run of each topic that succeeded had completed, epoch ms; a topic without one is not in it. */
  lastSuccesses(job: string, topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** When a table was made, epoch ms. @throws TickerlakeError CATALOG_UNAVAILABLE */
  tableCreatedAt(database: string, table: string): Promise<number>;
}
