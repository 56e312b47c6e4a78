/** Realistic quotes for benchmarks: the simulator's, framed as the producer frames them. */
import { encodeQuote } from '../core/codec.ts';
import type { DeliveredRecord } from '../core/kafka-event.ts';
import { NASDAQ_SYMBOLS } from '../core/nasdaq-symbols.ts';
import { Simulator } from '../core/simulator.ts';
import { encodeFrame } from '../core/wire.ts';
import { SCHEMA_VERSION_ID } from './data/records.ts';

/** Records of one partition, as a Kafka event source delivers them. */
export function makeRecords(count: number, seed = 1): DeliveredRecord[] {
  const simulator = new Simulator({
    seed,
    symbols: NASDAQ_SYMBOLS,
    startMs: Date.parse('2026-11-20T14:30:00Z'),
    intervalMs: 60_000,
  });
  return Array.from({ length: count }, (_, offset) => {
    const quote = simulator.next();
    return {
      offset,
      timestamp: (quote.latestUpdate ?? 0) + 5,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(quote.symbol).toString('base64'),
      value: encodeFrame(SCHEMA_VERSION_ID, encodeQuote(quote)).toString('base64'),
      headers: [],
    };
  });
}
