import { TickerlakeError } from '../../core/errors.ts';

export const QUOTE_SOURCES = ['simulator', 'tape', 'http'] as const;
export type QuoteSourceName = (typeof QUOTE_SOURCES)[number];

export const QUOTE_APIS = ['iex', 'finnhub'] as const;
export type QuoteApiName = (typeof QUOTE_APIS)[number];

export interface ProduceConfig {
  readonly clusterArn: string;
  readonly topic: string;
  readonly registryName: string;
  readonly schemaName: string;
  readonly lakeBucket: string;
  /** Earliest day whose events the lake takes, yyyy-mm-dd. */
  readonly lakeStart: string;
  readonly source: QuoteSourceName;
  /** Undefined: the built-in list. */
  readonly symbols: readonly string[] | undefined;
  readonly listingKey: string | undefined;
  /** Table that the symbols are read from, where neither they nor a listing are named. */
  readonly symbolsTable: SymbolsTable | undefined;
  readonly simulatorSeed: number;
  /** Simulated looks at the market in one scheduled run, a minute apart. */
  readonly ticksPerRun: number;
  readonly tapeKey: string | undefined;
  /** Present when the function may call a quote API. */
  readonly quoteApi: QuoteApiConfig | undefined;
}

export interface SymbolsTable {
  readonly database: string;
  readonly table: string;
}

export interface QuoteApiConfig {
  readonly name: QuoteApiName;
  /** Without a slash at its end. */
  readonly url: string;
  readonly secretArn: string;
  readonly ratePerSecond: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the function's environment once.
 * @throws TickerlakeError CONFIG_INVALID with the variable's name
 */
export function readConfig(env: Environment): ProduceConfig {
  const source = oneOf(env, 'QUOTE_SOURCE', QUOTE_SOURCES, 'simulator');
  return {
    clusterArn: required(env, 'CLUSTER_ARN'),
    topic: required(env, 'TOPIC'),
    registryName: required(env, 'REGISTRY_NAME'),
    schemaName: required(env, 'SCHEMA_NAME'),
    lakeBucket: required(env, 'LAKE_BUCKET'),
    lakeStart: date(env, 'LAKE_START', '1990-01-01'),
    source,
    symbols: list(env, 'SYMBOLS'),
    listingKey: optional(env, 'LISTING_KEY'),
    symbolsTable: symbolsTable(env),
    simulatorSeed: integer(env, 'SIMULATOR_SEED', { fallback: 1, least: 0, most: 2 ** 31 - 1 }),
    ticksPerRun: integer(env, 'TICKS_PER_RUN', { fallback: 1, least: 1, most: 390 }),
    tapeKey: source === 'tape' ? required(env, 'TAPE_KEY') : optional(env, 'TAPE_KEY'),
    quoteApi: source === 'http' || optional(env, 'QUOTE_API_URL') !== undefined ? quoteApi(env) : undefined,
  };
}

/** The role needs glue:GetTable on it, and to list and read its objects. */
function symbolsTable(env: Environment): SymbolsTable | undefined {
  const table = optional(env, 'SYMBOLS_TABLE');
  return table === undefined ? undefined : { database: required(env, 'DATABASE_NAME'), table };
}

function quoteApi(env: Environment): QuoteApiConfig {
  const url = required(env, 'QUOTE_API_URL');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalid('QUOTE_API_URL', url, 'an http(s) URL');
  }
  return {
    name: oneOf(env, 'QUOTE_API', QUOTE_APIS),
    url: url.replace(/\/+$/, ''),
    secretArn: required(env, 'QUOTE_API_SECRET_ARN'),
    ratePerSecond: integer(env, 'QUOTE_API_RATE_PER_SECOND', { fallback: 10, least: 1, most: 1000 }),
  };
}

function optional(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function required(env: Environment, name: string): string {
  const value = optional(env, name);
  if (value === undefined)
    throw new TickerlakeError('CONFIG_INVALID', `environment variable ${name} is missing`);
  return value;
}

function oneOf<T extends string>(env: Environment, name: string, allowed: readonly T[], fallback?: T): T {
  const value = optional(env, name) ?? fallback ?? required(env, name);
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw invalid(name, value, `one of ${allowed.join(', ')}`);
  return found;
}

function list(env: Environment, name: string): readonly string[] | undefined {
  const values = optional(env, name)
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return values === undefined || values.length === 0 ? undefined : values;
}

function integer(
  env: Environment,
  name: string,
  { fallback, least, most }: { fallback: number; least: number; most: number },
): number {
  const text = optional(env, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(name, text, `a whole number from ${least} to ${most}`);
  }
  return value;
}

function date(env: Environment, name: string, fallback: string): string {
  const value = optional(env, name) ?? fallback;
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(Date.parse(value)))
    throw invalid(name, value, 'yyyy-mm-dd');
  return value;
}

function invalid(name: string, value: string, allowed: string): TickerlakeError {
  return new TickerlakeError(
    'CONFIG_INVALID',
    `environment variable ${name} is ${value}; it has to be ${allowed}`,
  );
}
