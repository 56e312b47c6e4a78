import { setTimeout as wait } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ListedSymbols } from '../../adapters/listed-symbols.ts';
import { httpSource, QUOTE_API_SHAPES } from '../../adapters/quotes/http.ts';
import { readObject } from '../../adapters/quotes/object-reader.ts';
import { simulatedSource } from '../../adapters/quotes/simulated.ts';
import type { QuoteSource } from '../../adapters/quotes/source.ts';
import { tapeSource } from '../../adapters/quotes/tape.ts';
import { type Clock, TokenBucket } from '../../adapters/quotes/token-bucket.ts';
import type { SecretReader } from '../../adapters/secrets.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { type ListedSymbol, readListing } from '../../core/listing.ts';
import { lastSessionOpenedAt } from '../../core/market-calendar.ts';
import type { SimulatedSymbol } from '../../core/nasdaq-symbols.ts';
import type { ProduceConfig } from './config.ts';
import type { ProduceRequest, SimulatorRequest } from './event.ts';
import { namedSymbols, simulatedSymbols } from './symbols.ts';

export interface SourcePorts {
  readonly s3: S3Client;
  /** Key of the quote API; undefined where none is configured. */
  readonly apiKey: SecretReader | undefined;
  /** Undefined where no table is configured. */
  readonly listed: ListedSymbols | undefined;
  readonly now: () => number;
}

/**
 * The source that a run reads: the one asked for, or else the configured one.
 * @throws TickerlakeError CONFIG_INVALID or EVENT_MALFORMED if it is not configured, LISTING_MALFORMED, OBJECT_NOT_FOUND,
 * CATALOG_UNAVAILABLE
 */
export async function chooseSource(
  config: ProduceConfig,
  request: ProduceRequest,
  ports: SourcePorts,
): Promise<QuoteSource> {
  const asked = request.simulator && 'simulator';
  const name = request.source ?? asked ?? (request.tape && 'tape') ?? config.source;
  switch (name) {
    case 'tape':
      return chooseTape(config, request, ports);
    case 'http':
      return chooseApi(config, await symbolsOf(config, request, ports), ports);
    case 'simulator': {
      const symbols = await symbolsOf(config, request, ports);
      return request.simulator === undefined
        ? dueTicks(config, symbols, request.scheduledMs ?? ports.now())
        : askedTicks(config, symbols, request.simulator, ports.now());
    }
  }
}

async function symbolsOf(
  config: ProduceConfig,
  request: ProduceRequest,
  { s3, listed }: SourcePorts,
): Promise<readonly SimulatedSymbol[]> {
  const symbols = request.symbols ?? (request.listingKey === undefined ? config.symbols : undefined);
  if (symbols !== undefined) return simulatedSymbols(namedSymbols([...new Set(symbols)]));
  const key = request.listingKey ?? config.listingKey;
  if (key === undefined) return simulatedSymbols(await listed?.read());
  return simulatedSymbols(await readListingObject(s3, config.lakeBucket, key));
}

/** A whole listing of the exchange is half a megabyte. */
const MAX_LISTING_BYTES = 16 * 1024 * 1024;

async function readListingObject(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<readonly ListedSymbol[]> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of readObject(s3, { bucket, key }, 0, new AbortController().signal)) {
    bytes += part.length;
    if (bytes > MAX_LISTING_BYTES) {
      throw new TickerlakeError(
        'LISTING_MALFORMED',
        `the listing is longer than ${MAX_LISTING_BYTES} bytes`,
        {
          coordinates: { bucket, key },
        },
      );
    }
    parts.push(part);
  }
  return readListing(Buffer.concat(parts).toString('utf8'));
}

function askedTicks(
  config: ProduceConfig,
  symbols: readonly SimulatedSymbol[],
  request: SimulatorRequest,
  nowMs: number,
): QuoteSource {
  if (request.from.symbol >= symbols.length) {
    throw new TickerlakeError('EVENT_MALFORMED', `simulator.fromSymbol has to be below ${symbols.length}`);
  }
  return simulatedSource({
    seed: request.seed ?? config.simulatorSeed,
    symbols,
    startMs: request.startMs ?? lastSessionOpenedAt(nowMs).openMs,
    intervalMs: request.intervalMs,
    from: request.from,
    records: request.records,
  });
}

const MINUTE_MS = 60_000;

/** What a schedule brings due: the market as of the last minutes, nothing while it is closed. */
function dueTicks(config: ProduceConfig, symbols: readonly SimulatedSymbol[], dueMs: number): QuoteSource {
  const lastTickMs = Math.floor(dueMs / MINUTE_MS) * MINUTE_MS;
  return simulatedSource({
    seed: config.simulatorSeed,
    symbols,
    startMs: lastTickMs - (config.ticksPerRun - 1) * MINUTE_MS,
    intervalMs: MINUTE_MS,
    from: { tick: 0, symbol: 0 },
    untilMs: lastTickMs,
  });
}

/** From the cursor asked for, or all of the configured tape. */
function chooseTape(config: ProduceConfig, { tape }: ProduceRequest, { s3 }: SourcePorts): QuoteSource {
  const key = tape?.key ?? config.tapeKey;
  if (key === undefined)
    throw new TickerlakeError('EVENT_MALFORMED', 'the event names no tape, and neither does TAPE_KEY');
  const place = { bucket: config.lakeBucket, key };
  return tapeSource({
    open: (fromByte, signal) => readObject(s3, place, fromByte, signal),
    from: tape?.from ?? { byte: 0, line: 1 },
    ...(tape === undefined ? {} : { maxRecords: tape.maxRecords }),
  });
}

const clock: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await wait(ms, undefined, { signal }).catch(() => undefined);
  },
};

function chooseApi(
  { quoteApi }: ProduceConfig,
  symbols: readonly SimulatedSymbol[],
  { apiKey }: SourcePorts,
): QuoteSource {
  if (quoteApi === undefined || apiKey === undefined) {
    throw new TickerlakeError(
      'CONFIG_INVALID',
      'environment variable QUOTE_API_URL is missing: no quote API to ask',
    );
  }
  return httpSource({
    api: QUOTE_API_SHAPES[quoteApi.name],
    baseUrl: quoteApi.url,
    apiKey,
    symbols,
    bucket: new TokenBucket(clock, quoteApi.ratePerSecond),
    clock,
    random: Math.random,
  });
}
