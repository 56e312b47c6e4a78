/** A broker that dies in the middle of a run: what the ledger says is in the topic, and the cursor leaves nothing out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { connectSender } from '../../adapters/kafka-producer.ts';
import { simulatedSource } from '../../adapters/quotes/simulated.ts';
import { NASDAQ_SYMBOLS } from '../../core/nasdaq-symbols.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';
import type { SimulatorCursor } from '../../core/simulator.ts';
import { type ProducePorts, produceQuotes } from '../../lambdas/produce-quotes/produce-quotes.ts';
import { type Broker, startBroker } from '../../local/engines/kafka.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';

const TOPIC = 'quotes';
const BATCH = 500;
const RECORDS = 20_000;

let guard: Guard;
let folder: string;
let verifier: Server;
let verifyUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-loss-'));
  verifier = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
  verifyUrl = `http://127.0.0.1:${(verifier.address() as AddressInfo).port}/`;
  guard = await startGuard();
}, 60_000);

afterAll(async () => {
  await (guard as Guard | undefined)?.stopAll();
  verifier.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function kafkaOf(broker: Broker): Kafka {
  // Few retries: the broker will not come back under this address.
  return new Kafka({ brokers: [broker.bootstrapAdmin], logLevel: logLevel.NOTHING, retry: { retries: 2 } });
}

async function produceFrom(
  from: SimulatorCursor,
  records: number,
  sender: ProducePorts['sender'],
): Promise<{ result: ProduceResult | undefined; error: unknown }> {
  const startMs = Date.parse('2026-11-20T14:30:00Z');
  let result: ProduceResult | undefined;
  const error = await produceQuotes(
    {
      source: simulatedSource({ seed: 1, symbols: NASDAQ_SYMBOLS, startMs, intervalMs: 1000, from, records }),
      sender,
      encode: ({ symbol, latestUpdate }) => Buffer.from(`${symbol}@${latestUpdate ?? 0}`),
      judge: () => ({ hash: 1n }),
      now: Date.now,
      remainingMs: () => 120_000,
      record: (line) => {
        result = line;
      },
    },
    // Batches are full, however slow the machine is: which of them the broker dies in is counted.
    { topic: TOPIC, batchRecords: BATCH, lingerMs: 60_000 },
  ).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { result, error };
}

/** How often each value is in the topic, read from its start to its end. */
async function countValues(broker: Broker): Promise<Map<string, number>> {
  const kafka = kafkaOf(broker);
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();
  let left = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const counts = new Map<string, number>();
  const consumer = kafka.consumer({ groupId: 'count' });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachBatch: ({ batch }) => {
          for (const { value } of batch.messages) {
            const text = String(value);
            counts.set(text, (counts.get(text) ?? 0) + 1);
            left -= 1;
          }
          if (left <= 0) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return counts;
}

test('acknowledged records are in the topic, and going on from the cursor completes it', async () => {
  const first = await startBroker(guard, { dir: folder, verifyUrl });
  const admin = kafkaOf(first).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 4 }] });
  await admin.disconnect();

  const dying = await connectSender(kafkaOf(first), TOPIC);
  let batches = 0;
  const killed = await produceFrom({ tick: 0, symbol: 0 }, RECORDS, {
    send: async (records) => {
      batches += 1;
      if (batches === 8) process.kill(first.pid, 'SIGKILL');
      return dying.send(records);
    },
  });
  await first.exited;
  expect(killed.error).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  expect(killed.result).toMatchObject({ produced: 7 * BATCH, accepted: { records: 7 * BATCH } });
  const cursor = killed.result?.next as SimulatorCursor;
  expect(cursor.tick * NASDAQ_SYMBOLS.length + cursor.symbol).toBe(7 * BATCH);
  await dying.close().catch(() => undefined);

  const second = await startBroker(guard, { dir: folder, verifyUrl });
  const sender = await connectSender(kafkaOf(second), TOPIC);
  const resumed = await produceFrom(cursor, RECORDS - 7 * BATCH, sender);
  await sender.close();
  expect(resumed.error).toBeUndefined();

  const counts = await countValues(second);
  expect(counts.size).toBe(RECORDS);
  const doubled = [...counts.values()].filter((count) => count > 1).length;
  // Only the batch whose acknowledgement was lost may be there twice.
  expect(doubled).toBeLessThanOrEqual(BATCH);
}, 180_000);
