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
  'produce-quotes': { cpuSecondsPerMillion: 37, source: 'bench/produce.ts, batches of 1,000', metrics: 2 },
  'land-quotes': { cpuSecondsPerMillion: 9, source: 'bench/land.ts, 7 to 10', metrics: 4 },
  'curate-quotes': {
    cpuSecondsPerMillion: 25,
    source: 'bench/curate.ts, 20 to 27 with 2,500 records and more an object',
    metrics: 4,
  },
  'filter-quotes': {
    cpuSecondsPerMillion: 15,
    source: 'estimated: landing without its file, and decoding',
    metrics: 4,
  },
  // By a schedule alone.
  'probe-freshness': { cpuSecondsPerMillion: 0, source: 'it takes in no records', metrics: 5 },
  'serve-quotes': { cpuSecondsPerMillion: 36, source: 'bench/serve.ts', metrics: 3 },
};

/** CPU seconds of the database for a million rows served: bench/serve.ts. */
export const DATABASE_CPU_SECONDS_PER_MILLION = 25;

/** Core seconds of Spark for a million rows compacted: docs/batch.md, 169 s on two cores for 5 million rows. */
export const SPARK_CORE_SECONDS_PER_MILLION = 68;

/** Seconds of an invocation that works by a schedule alone, such as a sweep. Estimated. */
export const SCHEDULED_RUN_SECONDS = 2;
