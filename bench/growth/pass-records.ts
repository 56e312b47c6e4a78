/** Lands and curates a stream of records, an event at a time, as a topic of some partitions delivers it. */
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { parseKafkaEvent } from '../../core/kafka-event.ts';
import { parseRawKey } from '../../core/layout.ts';
import { ObjectCurator } from '../../lambdas/curate-quotes/curate-object.ts';
import { QuoteLander } from '../../lambdas/land-quotes/land-quotes.ts';
import { delivered } from '../data/events.ts';
import { type BenchRecord, benchRecords, CLUSTER_ARN, SCHEMA_VERSION_ID } from '../data/records.ts';
import { PassingStore } from './passing-store.ts';

export const EVENT_RECORDS = 10_000;
const TOPIC = 'quotes';
/** Before anything is measured: V8 has then compiled what is hot. */
const WARM_UP_RECORDS = 100_000;
/** As many as the smallest size has: a short look meets as few disturbances as another short one. */
const LAST_RECORDS = 100_000;

export interface RecordsRun {
  readonly records: number;
  readonly partitions: number;
}

export interface StageCost {
  readonly cpuSeconds: number;
  /** S3 requests of all kinds. */
  readonly requests: number;
  /** Written. */
  readonly bytes: number;
}

export interface RecordsResult {
  /** CPU seconds of the records that came first, which pay for starting. */
  readonly warmUpCpuSeconds: number;
  readonly warmUpRecords: number;
  readonly land: StageCost;
  readonly curate: StageCost;
  /** Of the last records alone, both stages: what a record costs when all the others went before. */
  readonly lastCpuSecondsPerMillion: number;
  readonly objects: number;
  /** Rows that receipts name, after the warm-up. */
  readonly rows: number;
}

/** Of every size: how dense the two days are, so that the smaller are the beginning of the larger. */
const DATA_RECORDS = 11_000_000;

export async function passRecords({ records, partitions }: RecordsRun): Promise<RecordsResult> {
  const pipeline = new Pipeline(partitions, WARM_UP_RECORDS + records);
  const warmUp = await pipeline.pass(WARM_UP_RECORDS);
  const before = await pipeline.pass(Math.max(0, records - LAST_RECORDS));
  const last = await pipeline.pass(Math.min(records, LAST_RECORDS));
  return {
    warmUpCpuSeconds: warmUp.land.cpuSeconds + warmUp.curate.cpuSeconds,
    warmUpRecords: warmUp.rows,
    land: sum(before.land, last.land),
    curate: sum(before.curate, last.curate),
    lastCpuSecondsPerMillion: ((last.land.cpuSeconds + last.curate.cpuSeconds) / last.rows) * 1e6,
    objects: before.objects + last.objects,
    rows: before.rows + last.rows,
  };
}

function sum(one: StageCost, other: StageCost): StageCost {
  return {
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    requests: one.requests + other.requests,
    bytes: one.bytes + other.bytes,
  };
}

type Passed = Pick<RecordsResult, 'land' | 'curate' | 'objects' | 'rows'>;

class Pipeline {
  readonly #raw = new PassingStore();
  readonly #lake = new PassingStore();
  readonly #lander = new QuoteLander(this.#raw, TOPIC);
  readonly #curator = new ObjectCurator(
    {
      raw: this.#raw,
      lake: this.#lake,
      partitions: { register: () => Promise.resolve() },
      schemas: { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) },
    },
    { lakeStartMs: 0 },
  );
  readonly #records: Iterator<BenchRecord, undefined>;

  constructor(partitions: number, records: number) {
    this.#records = benchRecords(records, { partitions, of: DATA_RECORDS });
  }

  async pass(records: number): Promise<Passed> {
    const land = new Meter(this.#raw, this.#lake);
    const curate = new Meter(this.#raw, this.#lake);
    let [objects, rows] = [0, 0];
    for (let left = records; left > 0; left -= EVENT_RECORDS) {
      const event = this.#nextEvent(Math.min(left, EVENT_RECORDS));
      await land.measure(() => this.#land(event));
      const keys = this.#raw.keys();
      objects += keys.length;
      rows += await curate.measure(() => this.#curate(keys));
      this.#raw.forget();
      this.#lake.forget();
    }
    if (rows !== records) throw new Error(`${rows} of ${records} records were curated`);
    return { land: land.cost, curate: curate.cost, objects, rows };
  }

  /** Text, as the runtime gets it. */
  #nextEvent(count: number): string {
    const batches: Record<string, object[]> = {};
    for (let taken = 0; taken < count; taken += 1) {
      const next = this.#records.next();
      if (next.done === true) throw new Error(`${count - taken} records are missing`);
      const { partition } = next.value;
      (batches[`${TOPIC}-${partition}`] ??= []).push({ topic: TOPIC, partition, ...delivered(next.value) });
    }
    return JSON.stringify({ eventSource: 'aws:kafka', eventSourceArn: CLUSTER_ARN, records: batches });
  }

  async #land(event: string): Promise<void> {
    const outcomes = await this.#lander.land(parseKafkaEvent(JSON.parse(event)));
    for (const { error } of outcomes)
      if (error !== undefined) throw new Error('not landed', { cause: error });
  }

  async #curate(keys: readonly string[]): Promise<number> {
    let rows = 0;
    for (const key of keys) {
      const object = parseRawKey(key);
      if (object === undefined) throw new Error(`${key} is no raw object`);
      const outcome = await this.#curator.curate(object);
      if (outcome.kind !== 'curated') throw new Error(`${key}: ${outcome.kind}`);
      rows += outcome.receipt.curated.reduce((sum, file) => sum + file.rows, 0);
    }
    return rows;
  }
}

/** CPU of this process, requests and bytes while something is done. */
class Meter {
  #cpuMicros = 0;
  #requests = 0;
  #bytes = 0;
  readonly #stores: readonly PassingStore[];

  constructor(...stores: readonly PassingStore[]) {
    this.#stores = stores;
  }

  async measure<T>(work: () => Promise<T>): Promise<T> {
    const [requests, bytes, cpu] = [this.#requestsNow(), this.#bytesNow(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuMicros += user + system;
    this.#requests += this.#requestsNow() - requests;
    this.#bytes += this.#bytesNow() - bytes;
    return result;
  }

  get cost(): StageCost {
    return { cpuSeconds: this.#cpuMicros / 1e6, requests: this.#requests, bytes: this.#bytes };
  }

  #requestsNow(): number {
    return this.#stores
      .flatMap(({ requests }) => Object.values(requests))
      .reduce((sum, count) => sum + count, 0);
  }

  #bytesNow(): number {
    return this.#stores.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
