/** How a query's rows can be printed. */
export const QUERY_FORMATS = ['table', 'csv', 'json'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** What can run a query here: a translation on DuckDB, or Trino itself. */
export const QUERY_ENGINES = ['duckdb', 'trino'] as const;
export type QueryEngine = (typeof QUERY_ENGINES)[number];
