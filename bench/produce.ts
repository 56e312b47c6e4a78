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
import { NASDAQ_SYMBOLS } from '../core/nasdaq-symbols.ts';
import { judge } from '../core/quality.ts';
import { frameHeader } from '../core/wire.ts';
import { type ProducePorts, produceQuotes } from '../lambdas/produce-quotes/produce-quotes.ts';
import { startBroker } from '../local/engines/kafka.ts';
import { startGuard } from '../local/supervisor/index.ts';
import { SCHEMA_VERSION_ID } from './data/records.ts';
import { printMachine } from './harness/machine.ts';

const records = Number(process.argv[2] ?? 200_000);
const topic = 'quotes';
const encode = createValueEncoder(frameHeader(SCHEMA_VERSION_ID));
const lakeStartMs = Date.parse('1990-01-01');

function ports(count: number): Omit<ProducePorts, 'sender'> {
  return {
    source: simulatedSource({
      seed: 1,
      symbols: NASDAQ_SYMBOLS,
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

async function timed(
  name: string,
  count: number,
  sender: ProducePorts['sender'],
  batchRecords: number,
): Promise<void> {
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const { produced } = await produceQuotes({ ...ports(count), sender }, { topic, batchRecords });
  const [wallMs, cpu] = [performance.now() - start, process.cpuUsage(cpuStart)];
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  console.log(
    `${name}: ${Math.round((produced / wallMs) * 1000)} records/s, ${((cpuSeconds / produced) * 1e6).toFixed(2)} CPU s per million`,
  );
}

printMachine();
const nowhere: ProducePorts['sender'] = {
  send: (sent) => Promise.resolve([{ partition: 0, firstOffset: 0n, positions: [...sent.keys()] }]),
};
await timed('warm up, no broker', records, nowhere, 2000);
await timed('no broker', records, nowhere, 2000);

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
  await timed('warm up', records, sender, 2000);
  for (const batchRecords of [500, 1000, 2000, 4000]) {
    await timed(`batches of ${batchRecords}`, records, sender, batchRecords);
  }
  await sender.close();
} finally {
  await guard.stopAll();
  verifier.close();
  await rm(folder, { recursive: true, force: true });
}
