/** Versions, kills and lost events: sweeps and curation leave what the newest version alone would have left. */
import { expect, test } from '@jest/globals';
import type { MessageQueue } from '../../../adapters/queue.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { parseReceiptKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { parseReceipt } from '../../../core/receipt.ts';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { answer, curateMessages } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import { requestCuration } from '../../../lambdas/request-curation/request-curation.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore, type StoreGate } from '../../helpers/memory-object-store.ts';
import { LOG, makeRecord, NOON_MS, quoteRecord } from '../../helpers/records.ts';
import { type Random, randomBelow, Stepped, settle } from '../../helpers/stepped.ts';

const SCHEDULES = 30;
const SOURCE = { bucket: 'raw', topic: 'quotes' };
const MINUTE_MS = 60_000;
const LONG_AGO_MS = NOON_MS - 10 * 86_400_000;

interface Message {
  readonly body: string;
  receives: number;
}

/** Two partitions, each with a few raw objects, some of them fills. */
function makeLanded(below: Random): Map<RawObjectId, DeliveredRecord[]> {
  const landed = new Map<RawObjectId, DeliveredRecord[]>();
  for (const partition of [0, 1]) {
    let start = 0;
    for (let count = 1 + below(3); count > 0; count -= 1) {
      const log = { ...LOG, partition };
      const hasGap = below(3) === 0;
      const offsets = hasGap ? [start, start + 2] : [start, start + 1, start + 2];
      landed.set(
        { ...log, kind: 'chain', start },
        offsets.map((offset) => anyRecord(offset, below)),
      );
      if (hasGap) landed.set({ ...log, kind: 'fill', start: start + 1 }, [anyRecord(start + 1, below)]);
      start += 3;
    }
  }
  return landed;
}

/** Good to every version, to some of them only, or to none. */
function anyRecord(offset: number, below: Random): DeliveredRecord {
  const kind = below(8);
  if (kind === 0) return makeRecord(offset, { value: null });
  return quoteRecord(offset, { latestUpdate: kind < 4 ? LONG_AGO_MS - kind * 86_400_000 : NOON_MS });
}

class World {
  readonly raw: MemoryObjectStore;
  readonly lake: MemoryObjectStore;
  readonly counts = { kills: 0, lost: 0, strays: 0 };
  readonly #below: Random;
  readonly #lakeStartMs: readonly number[];
  #nowMs = NOON_MS;
  #messages: Message[] = [];

  constructor(below: Random) {
    this.#below = below;
    const makeStore = (): MemoryObjectStore => new MemoryObjectStore({ pageKeys: 3, now: () => this.#nowMs });
    this.raw = makeStore();
    this.lake = makeStore();
    // What one version curates into days of its own, the next one quarantines, or the other way round.
    this.#lakeStartMs = below(2) === 0 ? [0, 0, NOON_MS - 1, 0] : [0, NOON_MS - 1, 0, NOON_MS - 1];
  }

  async land(landed: ReadonlyMap<RawObjectId, readonly DeliveredRecord[]>): Promise<void> {
    for (const [object, records] of landed) {
      const key = rawObjectKey(object);
      await this.raw.put(key, {
        contentType: 'application/avro',
        ...encodeRawFile(key, object.start, records),
      });
    }
  }

  /** Announces each raw object once, twice or never. */
  announce(objects: Iterable<RawObjectId>): void {
    for (const object of objects) {
      const copies = this.#below(3);
      if (copies === 0) this.counts.lost += 1;
      const detail = { bucket: { name: SOURCE.bucket }, object: { key: rawObjectKey(object) } };
      for (let copy = 0; copy < copies; copy += 1) this.#send(JSON.stringify({ source: 'aws.s3', detail }));
    }
  }

  /** Works off the queue; a message that is tried three times in vain is gone, as its dead letter may be. */
  async curateAll(version: number, { kills }: { kills: boolean }): Promise<void> {
    while (this.#messages.length > 0) {
      const message = this.#messages.splice(this.#below(this.#messages.length), 1)[0];
      if (message === undefined) return;
      message.receives += 1;
      const outcomes = await this.#run(kills ? 7 : 0, (gate) => {
        const ports = {
          raw: this.raw.through(gate),
          lake: this.lake.through(gate),
          partitions: new FakePartitions(),
          schemas: new FakeSchemas(),
        };
        const lakeStartMs = this.#lakeStartMs[version] ?? 0;
        const curator = new ObjectCurator(ports, { curationVersion: version, lakeStartMs });
        const attributes = { ApproximateReceiveCount: String(message.receives) };
        return curateMessages(curator, [{ messageId: 'm', body: message.body, attributes }], SOURCE);
      });
      const isDone = outcomes !== undefined && answer(outcomes).batchItemFailures.length === 0;
      if (!isDone && (message.receives < 3 || !kills)) this.#messages.push(message);
    }
  }

  /** One sweep, as if so much time had gone by since the last. Returns what it requested, or undefined if it was killed. */
  async sweep(
    version: number,
    minutesLater: number,
    { kills, maxRequests = 1 + this.#below(5) }: { kills: boolean; maxRequests?: number },
  ): Promise<number | undefined> {
    this.#nowMs += minutesLater * MINUTE_MS;
    const result = await this.#run(kills ? 60 : 0, (gate) =>
      requestCuration(
        {
          raw: this.raw.through(gate),
          lake: this.lake.through(gate),
          queue: this.#queue,
          now: () => this.#nowMs,
        },
        { action: 'sweep' },
        {
          rawBucket: SOURCE.bucket,
          topic: SOURCE.topic,
          stopAtMs: Number.POSITIVE_INFINITY,
          curationVersion: version,
          maxRequests,
        },
      ),
    );
    this.counts.strays += result?.strays ?? 0;
    return result?.requested;
  }

  /** Curated files, and quarantined records, that no receipt names; and those that one names and are not there. */
  findUnaccounted(): string[] {
    const named = new Set<string>();
    for (const key of this.lake.keys()) {
      const object = parseReceiptKey(key);
      if (object === undefined) continue;
      const receipt = parseReceipt(key, this.lake.objects.get(key)?.body.toString() ?? '');
      for (const file of receipt.curated) named.add(file.key);
    }
    const there = this.lake.keys().filter((key) => key.startsWith('curated/'));
    return [...there.filter((key) => !named.has(key)), ...[...named].filter((key) => !there.includes(key))];
  }

  /** Everything but the progress of sweeps, and how often a receipt was written. */
  outputs(): Record<string, string> {
    const objects = [...this.raw.objects, ...this.lake.objects].filter(([key]) => !key.startsWith('sweeps/'));
    return Object.fromEntries(
      objects.map(([key, { body, etag }]) => [
        key,
        parseReceiptKey(key) === undefined ? etag : body.toString().replace(/"revision":\d+/, ''),
      ]),
    );
  }

  get #queue(): MessageQueue {
    return {
      send: (bodies) => {
        for (const body of bodies) this.#send(body);
        return Promise.resolve();
      },
      count: () => Promise.resolve(this.#messages.length),
    };
  }

  #send(body: string): void {
    this.#messages.push({ body, receives: 0 });
  }

  /** What the work came to, or undefined if it was killed on its way; only what may be killed goes step by step. */
  async #run<T>(killOneIn: number, start: (gate: StoreGate) => Promise<T>): Promise<T | undefined> {
    if (killOneIn === 0) return start({});
    const work = new Stepped(start);
    await settle();
    while (!work.isOver) {
      if (this.#below(killOneIn) === 0) {
        this.counts.kills += 1;
        return undefined;
      }
      await work.step(this.#below(16));
    }
    if (work.error !== undefined) throw work.error as Error;
    return work.result;
  }
}

/** Older versions die anywhere, and the last one mends what they left. */
async function play(seed: number): Promise<World> {
  const below = randomBelow(seed);
  const world = new World(below);
  const landed = makeLanded(below);
  await world.land(landed);
  world.announce(landed.keys());
  const versions = below(2) === 0 ? [1, 2] : [1, 2, 1, 3];
  for (const version of versions) {
    for (let round = below(3); round > 0; round -= 1) {
      await world.sweep(version, below(60), { kills: true });
      await world.curateAll(version, { kills: true });
    }
    await world.curateAll(version, { kills: true });
    if (below(2) === 0) world.announce(landed.keys());
  }
  const last = Math.max(...versions);
  for (let quiet = 0; quiet < 3; ) {
    const requested = await world.sweep(last, 31, { kills: false });
    quiet = requested === 0 ? quiet + 1 : 0;
    await world.curateAll(last, { kills: false });
  }
  expect({ seed, unaccounted: world.findUnaccounted() }).toEqual({ seed, unaccounted: [] });
  const alone = new World(randomBelow(seed));
  await alone.land(landed);
  await alone.sweep(last, 31, { kills: false, maxRequests: 1000 });
  await alone.curateAll(last, { kills: false });
  expect({ seed, ...world.outputs() }).toEqual({ seed, ...alone.outputs() });
  return world;
}

test('every raw object ends as the newest version alone would have left it', async () => {
  const counts = { kills: 0, lost: 0, strays: 0 };
  for (let index = 0; index < SCHEDULES; index += 1) {
    const played = await play(1 + index * 7919);
    for (const name of ['kills', 'lost', 'strays'] as const) counts[name] += played.counts[name];
  }
  expect(counts.kills).toBeGreaterThan(SCHEDULES);
  expect(counts.lost).toBeGreaterThan(SCHEDULES);
  expect(counts.strays).toBeGreaterThan(0);
}, 180_000);
