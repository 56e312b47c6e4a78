import { expect, test } from '@jest/globals';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { quarantineKey, type RawObjectId, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { parseReceipt, type Receipt } from '../../../core/receipt.ts';
import { type CurateOutcome, ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { LOG, makeRecord, NOON_MS, quoteRecord } from '../../helpers/records.ts';
import { randomBelow, Stepped, settle } from '../../helpers/stepped.ts';

const SCHEDULES = 200;
const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const LONG_AGO_MS = NOON_MS - 10 * 86_400_000;
/** Good to both versions; good to the newer one alone, and of the same day; bad to both. */
const GOOD = [quoteRecord(0), quoteRecord(1, { latestUpdate: NOON_MS - 5000 })];
const WITH_POISON = [...GOOD, makeRecord(2, { value: null }), quoteRecord(3, { symbol: '' })];

interface Outputs {
  readonly raw: readonly string[];
  readonly lake: ReadonlyMap<string, unknown>;
}

/** Every object, and what the receipt says but for how often it was written. */
function outputsOf(raw: MemoryObjectStore, lake: MemoryObjectStore): Outputs {
  const receipt = { ...readReceipt(lake), revision: 'any' };
  const files = [...lake.objects].filter(([key]) => key !== receiptKey(object));
  const entries = files.map(([key, { etag }]) => [key, etag] as const);
  return { raw: raw.keys(), lake: new Map<string, unknown>([...entries, ['receipt', receipt]]) };
}

function readReceipt(lake: MemoryObjectStore): Receipt {
  return parseReceipt('r', lake.objects.get(receiptKey(object))?.body.toString() ?? '');
}

/** A copy of the event, delivered until some try of it ends well. */
interface Message {
  receives: number;
  running: Stepped<CurateOutcome> | undefined;
  done: boolean;
}

/**
 * Several copies of one event at once, tries killed anywhere, and a newer version of the function deployed in between. In
 * the end the outputs are exactly those that the newer version alone would have left.
 */
async function play(
  seed: number,
  records: readonly DeliveredRecord[],
): Promise<{ kills: number; overtaken: number; outputs: Outputs }> {
  const below = randomBelow(seed);
  const [raw, lake] = [new MemoryObjectStore(), new MemoryObjectStore()];
  const key = rawObjectKey(object);
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, records) });
  const messages: Message[] = Array.from({ length: 2 + below(2) }, () => ({
    receives: 0,
    running: undefined,
    done: false,
  }));
  const deployedAt = below(40);
  let [kills, overtaken, steps] = [0, 0, 0];
  while (messages.some(({ done }) => !done) && steps < 5000) {
    steps += 1;
    const message = messages[below(messages.length)];
    if (message === undefined || message.done) continue;
    if (message.running === undefined) {
      message.receives += 1;
      const isRetry = message.receives > 1;
      // The older version takes for an error what the newer one curates.
      const isNew = steps > deployedAt;
      const options = { curationVersion: isNew ? 2 : 1, lakeStartMs: isNew ? 0 : NOON_MS - 1 };
      message.running = new Stepped(async (gate) => {
        const ports = {
          raw: raw.through(gate),
          lake: lake.through(gate),
          partitions: new FakePartitions(),
          schemas: new FakeSchemas(),
        };
        return new ObjectCurator(ports, options).curate(object, { isRetry });
      });
      await settle();
      continue;
    }
    if (below(20) === 0 && steps < 400) {
      kills += 1;
      message.running = undefined;
      continue;
    }
    await message.running.step(below(16));
    if (!message.running.isOver) continue;
    message.done = message.running.error === undefined;
    if (!message.done) overtaken += 1;
    message.running = undefined;
  }
  // A sweep by the newer version finds what the older one ended.
  const ports = { raw, lake, partitions: new FakePartitions(), schemas: new FakeSchemas() };
  if (readReceipt(lake).curationVersion === 1)
    await new ObjectCurator(ports, { curationVersion: 2, lakeStartMs: 0 }).curate(object);
  return { kills, overtaken, outputs: outputsOf(raw, lake) };
}

/** What the newer version leaves when nothing goes wrong. */
async function curateAlone(records: readonly DeliveredRecord[]): Promise<Outputs> {
  const [raw, lake] = [new MemoryObjectStore(), new MemoryObjectStore()];
  const key = rawObjectKey(object);
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, records) });
  const ports = { raw, lake, partitions: new FakePartitions(), schemas: new FakeSchemas() };
  await new ObjectCurator(ports, { curationVersion: 2, lakeStartMs: 0 }).curate(object);
  return outputsOf(raw, lake);
}

test('copies of an event, kills and a newer version leave what that version alone would have left', async () => {
  let [kills, overtaken] = [0, 0];
  for (let index = 0; index < SCHEDULES; index += 1) {
    const seed = 1 + index * 7919;
    const records = index % 2 === 0 ? GOOD : WITH_POISON;
    const played = await play(seed, records);
    kills += played.kills;
    overtaken += played.overtaken;
    expect({ seed, ...played.outputs }).toEqual({ seed, ...(await curateAlone(records)) });
  }
  expect(kills).toBeGreaterThan(SCHEDULES);
  expect(overtaken).toBeGreaterThan(0);
}, 180_000);

test('a stray quarantined record of a fill in its range is left alone', async () => {
  const [raw, lake] = [new MemoryObjectStore(), new MemoryObjectStore()];
  const key = rawObjectKey(object);
  const held = [quoteRecord(0), quoteRecord(5, { latestUpdate: LONG_AGO_MS })];
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, held) });
  for (const offset of [3, 5])
    await raw.put(quarantineKey(object, offset), {
      body: Buffer.from('{}'),
      contentType: 'application/json',
    });
  const ports = { raw, lake, partitions: new FakePartitions(), schemas: new FakeSchemas() };
  await new ObjectCurator(ports, { lakeStartMs: 0 }).curate(object, { isRetry: true });
  expect(raw.keys()).toEqual([quarantineKey(object, 3), key]);
  expect(readReceipt(lake).quarantined).toEqual([]);
});
