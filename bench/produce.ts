/** What producing costs, against a real broker on this machine: `node bench/produce.ts [records]` */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { connectSender } from '../adapters/kafka-producer.ts';
import { simulatedSource } from '../adapters/quotes/simulated.ts';
import { createValueEncoder } from '../core/codec.ts';
import { quoteHash } from '../core/hash.ts';
import { judge } from '../core/quality.ts';
import { frameHeader } from '../core/wire.ts';
import { type ProducePorts, produceQuotes } from '../lambdas/produce-quotes/produce-quotes.ts';
import { startBroker } from '../local/engines/kafka.ts';
import { startGuard } from '../local/supervisor/index.ts';
import { SCHEMA_VERSION_ID } from './data/records.ts';
import { BENCH_SYMBOLS } from './data/symbols.ts';
import { printMachine } from './harness/machine.ts';
import {
  cpuSecondsPerMillion,
  describeRate,
  describeShares,
  profileWork,
  roundedShares,
} from './harness/profile-work.ts';
import { type Spread, spreadOf, writeResults } from './harness/report.ts';

const records = Number(process.argv[2] ?? 50_000);
const RUNS = 5;
const topic = 'quotes';
const encode = createValueEncoder(frameHeader(SCHEMA_VERSION_ID));
const lakeStartMs = Date.parse('1990-01-01');

function ports(count: number): Omit<ProducePorts, 'sender'> {
  return {
    source: simulatedSource({
      seed: 1,
      symbols: BENCH_SYMBOLS,
      startMs: Date.parse('2026-11-20T14:30:00Z'),
      intervalMs: 5000,
      from: { tick: 0, symbol: 0 },
      records: count,
    }),
    encode,
    judge: (quote, timestampMs) => {
      const rule = judge(quote, timestampMs, lakeStartMs);
      return rule === undefined ? { hash: quoteHash(quote) } : { rule };
    },
    now: Date.now,
    remainingMs: () => 600_000,
    record: () => undefined,
  };
}

interface Figures {
  readonly name: string;
  readonly recordsPerSecond: Spread;
  readonly cpuSecondsPerMillion: Spread;
  /** By module. */
  readonly shares: Readonly<Record<string, number>>;
}

async function measure(name: string, sender: ProducePorts['sender'], batchRecords: number): Promise<Figures> {
  const [rates, cpu]: [number[], number[]] = [[], []];
  const once = async (): Promise<void> => {
    const { produced } = await produceQuotes({ ...ports(records), sender }, { topic, batchRecords });
    if (produced !== records) throw new Error(`${produced} of ${records} records were produced`);
  };
  await once();
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    cpu.push(await cpuSecondsPerMillion(records, once));
    rates.push((records / (performance.now() - start)) * 1000);
  }
  const figures = { name, recordsPerSecond: spreadOf(rates), cpuSecondsPerMillion: spreadOf(cpu) };
  console.log(
    `${name}: ${Math.round(figures.recordsPerSecond.median).toLocaleString('en-US')} records/s; ${describeRate(figures.cpuSecondsPerMillion)}`,
  );
  const parts = await profileWork(once);
  console.log(`  of it ${describeShares(parts)}`);
  return { ...figures, shares: roundedShares(parts) };
}

printMachine();
const nowhere: ProducePorts['sender'] = {
  send: (sent) => Promise.resolve([{ partition: 0, firstOffset: 0n, positions: [...sent.keys()] }]),
};
const results = [await measure('no broker', nowhere, 2000)];

const folder = await mkdtemp(join(tmpdir(), 'tickerlake-bench-'));
const verifier = createServer((_, response) => response.end('{}'));
await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
const guard = await startGuard();
try {
  const verifyUrl = `http://127.0.0.1:${(verifier.address() as AddressInfo).port}/`;
  const broker = await startBroker(guard, { dir: folder, verifyUrl });
  const kafka = new Kafka({ brokers: [broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] });
  await admin.disconnect();
  const sender = await connectSender(kafka, topic);
  for (const batchRecords of [500, 2000, 4000]) {
    results.push(await measure(`batches of ${batchRecords}`, sender, batchRecords));
  }
  await sender.close();
} finally {
  await guard.stopAll();
  verifier.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`written: ${writeResults('produce', { records, senders: results })}`);
