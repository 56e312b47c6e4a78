/** The load that a bill is for, and what is assumed where no template says it. */
import { readFileSync } from 'node:fs';
import { TickerlakeError } from '../../core/errors.ts';
import { closest } from '../terminal/closest.ts';

export interface LoadProfile {
  /** Produced to topic quotes while quotes come. */
  readonly quotesPerSecond: number;
  /** When quotes come: `market` is 6.5 hours on each of 21 trading days a month, `always` is 730 hours. */
  readonly hours: 'market' | 'always';
  /** `steady` spreads them over every second; `bursts` has them come at once, whenever the producer's schedule says. */
  readonly arrivals: 'steady' | 'bursts';
  /** Symbols quoted, all equally often; of these the watchlist keeps its own. */
  readonly symbols: number;
  /** Key and value of a record: 209 is the mean of the simulator's, by bench/quotes.ts. */
  readonly recordBytes: number;
  /** Bytes a record in a raw object: 62 by bench/stages.ts, 1,000 records of a partition an event. */
  readonly rawBytes: number;
  /** Bytes a row in a curated file: 35 by bench/stages.ts, 2,500 rows a file. */
  readonly curatedBytes: number;
  /** Bytes a row of history: 16, by 80 MB for 5 million rows in docs/batch.md. */
  readonly historyBytes: number;
  /** Bytes a row in PostgreSQL with its indexes. Estimated. */
  readonly servedBytes: number;
  /** Records that break a quality rule. */
  readonly quarantinedPerMillion: number;
  /** How old the lake is in the month that is billed: storage adds up. */
  readonly lakeAgeMonths: number;
  /** Statements in the analysts' workgroup, every day. */
  readonly queriesPerDay: number;
  /**
   * Part of one day's rows that a query reads; Athena charges 10 MB at least. 0.5 by docs/batch.md: one symbol of the newest
   * day took 39.5 of 80 MB while covered files waited to expire.
   */
  readonly scannedShareOfDay: number;
  /** QuickSight users, where the stage has a dashboard. */
  readonly dashboardAuthors: number;
  readonly dashboardReaders: number;
  /** Times that each reader opens or filters the dashboard, every day. */
  readonly looksPerReaderAndDay: number;
  /** Bytes that SPICE holds. docs/dashboard.md: 500 symbols and 30 days are a hundred megabytes. */
  readonly spiceBytes: number;
  /** Bytes that one look or one import reads from Athena when a data set is not imported. */
  readonly lookScansBytes: number;
  /** Listings dropped in a month: each is crawled and loaded. */
  readonly listingsPerMonth: number;
  /** Log bytes of an invocation: Lambda's own lines, one summary, metrics. Estimated. */
  readonly logBytesPerInvocation: number;
  /** Logs of brokers, database, proxy, flow logs and jobs, each log group, in a month. Estimated. */
  readonly otherLogGBPerGroup: number;
  /** What an invocation takes beside computing: it waits for S3, Kafka or the database. Estimated. */
  readonly waitSecondsPerInvocation: number;
  /** A Spark session until the first row, billed too. Estimated. */
  readonly sparkStartSeconds: number;
  /** DPU-hours that Glue's optimizers take for a GB of new history. Estimated. */
  readonly optimizerDpuHoursPerGB: number;
}

/** What a bill is for where nothing else is asked. */
export const DEFAULT_PROFILE: LoadProfile = {
  quotesPerSecond: 1000,
  hours: 'market',
  arrivals: 'steady',
  symbols: 500,
  recordBytes: 209,
  rawBytes: 62,
  curatedBytes: 35,
  historyBytes: 16,
  servedBytes: 400,
  quarantinedPerMillion: 10,
  lakeAgeMonths: 12,
  queriesPerDay: 100,
  scannedShareOfDay: 0.5,
  dashboardAuthors: 2,
  dashboardReaders: 10,
  looksPerReaderAndDay: 20,
  spiceBytes: 100e6,
  lookScansBytes: 10e6,
  listingsPerMonth: 21,
  logBytesPerInvocation: 2000,
  otherLogGBPerGroup: 0.1,
  waitSecondsPerInvocation: 0.1,
  sparkStartSeconds: 120,
  optimizerDpuHoursPerGB: 0.05,
};

/** Where a bill is read at when nobody says how many quotes. */
export const USUAL_LOADS = [10, 1000, 100_000] as const;

const CHOICES: Readonly<Partial<Record<keyof LoadProfile, readonly string[]>>> = {
  hours: ['market', 'always'],
  arrivals: ['steady', 'bursts'],
};

/** What may not be 0, since something is divided by it. */
const POSITIVE: readonly (keyof LoadProfile)[] = ['symbols', 'recordBytes'];

/** Parts of a whole. */
const SHARES: readonly (keyof LoadProfile)[] = ['scannedShareOfDay'];

export interface GivenProfile {
  readonly profile: LoadProfile;
  /** Whether it has quotesPerSecond of its own. */
  readonly saysLoad: boolean;
}

/**
 * The default profile with what a file says otherwise: a JSON object with some of its properties.
 * @throws TickerlakeError USAGE when the file cannot be read, is not such an object, or has a property or value that makes no sense
 */
export function readProfile(file: string): GivenProfile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TickerlakeError('USAGE', `profile ${file} cannot be read`, {
      cause,
      hint: 'the path of a JSON file such as {"quotesPerSecond": 250, "hours": "always"}',
    });
  }
  return parseProfile(text, file);
}

/** @throws TickerlakeError USAGE */
export function parseProfile(text: string, name = 'the profile'): GivenProfile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw refusal(name, 'is not JSON', 'an object such as {"quotesPerSecond": 250}', cause);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw refusal(name, 'is not a JSON object', 'an object such as {"quotesPerSecond": 250}');
  }
  const given = Object.entries(document).map(([key, value]: [string, unknown]) => [
    key,
    checkedValue(name, key, value),
  ]);
  const own = Object.fromEntries(given) as Partial<LoadProfile>;
  return { profile: { ...DEFAULT_PROFILE, ...own }, saysLoad: own.quotesPerSecond !== undefined };
}

function checkedValue(name: string, key: string, value: unknown): string | number {
  const known = Object.keys(DEFAULT_PROFILE);
  if (!known.includes(key)) {
    throw refusal(
      name,
      `has a property ${key} that means nothing`,
      closest(key, known).slice(0, 3).join(', '),
    );
  }
  const property = key as keyof LoadProfile;
  const choices = CHOICES[property];
  if (choices !== undefined) {
    if (typeof value === 'string' && choices.includes(value)) return value;
    throw refusal(name, `has ${key} ${JSON.stringify(value)}`, choices.join(' or '));
  }
  const isPositive = POSITIVE.includes(property);
  const most = SHARES.includes(property) ? 1 : Number.MAX_SAFE_INTEGER;
  const isInRange = typeof value === 'number' && value >= 0 && value <= most && !(isPositive && value === 0);
  if (isInRange) return value;
  const range = isPositive
    ? 'a number above 0'
    : most === 1
      ? 'a number from 0 to 1'
      : 'a number of at least 0';
  throw refusal(name, `has ${key} ${JSON.stringify(value)}`, range);
}

function refusal(name: string, what: string, hint: string, cause?: unknown): TickerlakeError {
  return new TickerlakeError('USAGE', `${name} ${what}`, { hint, ...(cause !== undefined && { cause }) });
}
