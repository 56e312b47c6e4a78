/**
 * What a function computes, as the benches measured it on two cores of an Intel Xeon at 2.5 GHz with Node 24. A vCPU of Lambda's
 * Graviton is taken for one of these.
 */
export interface MeasuredFunction {
  /** CPU seconds for a million records. */
  readonly cpuSecondsPerMillion: number;
  readonly source: string;
  /** Metrics that its invocations emit, each name and dimension one: lambdas/, `metrics.add`. */
  readonly metrics: number;
}

/** By the part that the function plays; a function that is not here works neither by records nor by schedule of its own. */
export const MEASURED_FUNCTIONS: Readonly<Record<string, MeasuredFunction>> = {
  'produce-quotes': { cpuSecondsPerMillion: 19, source: 'bench/produce.ts, batches of 2,000', metrics: 2 },
  'land-quotes': {
    cpuSecondsPerMillion: 4,
    source: 'bench/stages.ts, 1,000 records of a partition an event',
    metrics: 4,
  },
  'curate-quotes': {
    cpuSecondsPerMillion: 6,
    source: 'bench/stages.ts, 2,500 records an object',
    metrics: 4,
  },
  'filter-quotes': {
    cpuSecondsPerMillion: 7,
    source: 'bench/filter.ts, the most symbols',
    metrics: 4,
  },
  // By a schedule alone.
  'probe-freshness': { cpuSecondsPerMillion: 0, source: 'it takes in no records', metrics: 5 },
  'serve-quotes': { cpuSecondsPerMillion: 23, source: 'bench/serve.ts', metrics: 3 },
};

/** CPU seconds of the database for a million rows served: bench/serve.ts. */
export const DATABASE_CPU_SECONDS_PER_MILLION = 18;

/** Core seconds of Spark for a million rows compacted: docs/batch.md, 169 s on two cores for 5 million rows. */
export const SPARK_CORE_SECONDS_PER_MILLION = 68;

/** Seconds of an invocation that works by a schedule alone, such as a sweep. Estimated. */
export const SCHEDULED_RUN_SECONDS = 2;
