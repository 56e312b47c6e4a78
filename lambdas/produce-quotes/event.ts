import { TickerlakeError } from '../../core/errors.ts';
import type { TapeCursor } from '../../core/produce-contract.ts';
import type { SimulatorCursor } from '../../core/simulator.ts';
import { QUOTE_SOURCES, type QuoteSourceName } from './config.ts';

/** What a caller asks for. Everything absent: the configured source, what is due now. */
export interface ProduceRequest {
  readonly source: QuoteSourceName | undefined;
  readonly simulator: SimulatorRequest | undefined;
  readonly tape: TapeRequest | undefined;
  readonly listingKey: string | undefined;
  readonly symbols: readonly string[] | undefined;
  /** When the schedule fell due, epoch ms. */
  readonly scheduledMs: number | undefined;
}

export interface SimulatorRequest {
  readonly seed: number | undefined;
  /** Epoch ms. @default the last session open before now */
  readonly startMs: number | undefined;
  readonly intervalMs: number;
  readonly from: SimulatorCursor;
  readonly records: number;
}

export interface TapeRequest {
  readonly key: string;
  readonly from: TapeCursor;
  readonly maxRecords: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the event; an EventBridge event has `time`, and nothing else of it matters.
 * @throws TickerlakeError EVENT_MALFORMED with the field's name
 */
export function readEvent(event: unknown): ProduceRequest {
  const fields = object('event', event ?? {});
  const { source } = fields;
  const scheduled = typeof fields['time'] === 'string' ? Date.parse(fields['time']) : Number.NaN;
  return {
    // An EventBridge event has a source as well: that of the event.
    source: sourceName(source),
    simulator:
      fields['simulator'] === undefined
        ? undefined
        : simulatorRequest(object('simulator', fields['simulator'])),
    tape: fields['tape'] === undefined ? undefined : tapeRequest(object('tape', fields['tape'])),
    listingKey: fields['listingKey'] === undefined ? undefined : text('listingKey', fields['listingKey']),
    symbols: fields['symbols'] === undefined ? undefined : texts('symbols', fields['symbols']),
    scheduledMs: Number.isNaN(scheduled) ? undefined : scheduled,
  };
}

function sourceName(source: unknown): QuoteSourceName | undefined {
  if (source === undefined || (typeof source === 'string' && source.startsWith('aws.'))) return undefined;
  const found = QUOTE_SOURCES.find((name) => name === source);
  if (found === undefined) throw malformed('source', `one of ${QUOTE_SOURCES.join(', ')}`);
  return found;
}

function simulatorRequest(fields: Json): SimulatorRequest {
  const { seed, start } = fields;
  const startMs = start === undefined ? undefined : Date.parse(text('simulator.start', start));
  if (Number.isNaN(startMs)) throw malformed('simulator.start', 'an ISO 8601 instant');
  return {
    seed: seed === undefined ? undefined : whole('simulator.seed', seed, 0),
    startMs,
    intervalMs: whole('simulator.intervalMs', fields['intervalMs'], 1),
    from: {
      tick: whole('simulator.fromTick', fields['fromTick'] ?? 0, 0),
      symbol: whole('simulator.fromSymbol', fields['fromSymbol'] ?? 0, 0),
    },
    records: whole('simulator.records', fields['records'], 0),
  };
}

function tapeRequest(fields: Json): TapeRequest {
  return {
    key: text('tape.key', fields['key']),
    from: {
      byte: whole('tape.fromByte', fields['fromByte'] ?? 0, 0),
      line: Math.max(1, whole('tape.fromLine', fields['fromLine'] ?? 1, 0)),
    },
    maxRecords: whole('tape.maxRecords', fields['maxRecords'] ?? Number.MAX_SAFE_INTEGER, 0),
  };
}

function object(name: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw malformed(name, 'an object');
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(name, 'a text');
}

function texts(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0) return value.map((each) => text(name, each));
  throw malformed(name, 'a list of at least one symbol');
}

function whole(name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw malformed(name, `a whole number of at least ${least}`);
}

function malformed(name: string, allowed: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `${name} in the event has to be ${allowed}`);
}
