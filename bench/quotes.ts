/** Realistic quotes for benchmarks: the simulator's, framed as the producer frames them. */
import { cpus } from 'node:os';
import { encodeQuote } from '../core/codec.ts';
import type { DeliveredRecord } from '../core/kafka-event.ts';
import { NASDAQ_SYMBOLS } from '../core/nasdaq-symbols.ts';
import { Simulator } from '../core/simulator.ts';
import { encodeFrame } from '../core/wire.ts';

export const SCHEMA_VERSION_ID = '6b86b273-ff34-4ce1-9d6b-804eff5a3f57';
export const CLUSTER_ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/bench/0a1b2c3d-bench-1';

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

/** Runs `work` until it is warm, then measures it. `work` handles `records` records a call. */
export async function measure(
  name: string,
  records: number,
  work: () => Promise<number> | number,
): Promise<void> {
  const rounds = Math.max(5, Math.ceil(200_000 / records));
  for (let round = 0; round < 5; round += 1) await work();
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) bytes += await work();
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startMs;
  const perMillion = 1e6 / (rounds * records);
  const figures = [
    `${(((cpu.user + cpu.system) / 1e6) * perMillion).toFixed(2)} CPU s`,
    `${((wallMs / 1000) * perMillion).toFixed(2)} s wall`,
    `${(bytes / (rounds * records)).toFixed(1)} B/record`,
  ];
  console.log(`${name}: ${figures.join(', ')} per million records`);
}

export function printMachine(): void {
  const [cpu] = cpus();
  console.log(
    `${cpu?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, zlib ${process.versions.zlib}`,
  );
  console.log(`peak memory is that of this process: run with --max-old-space-size to bound it`);
}
