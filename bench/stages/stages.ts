/** Landing and curating over the bench's quotes, with stores that keep counts and what the next stage reads. */
import { Readable } from 'node:stream';
import type { ObjectStore, ObjectToPut, StoredObject } from '../../adapters/objects.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { type DeliveredRecord, parseKafkaEvent } from '../../core/kafka-event.ts';
import { type RawObjectId, rawObjectKey } from '../../core/layout.ts';
import { encodeRawFile } from '../../core/raw-file.ts';
import { ObjectCurator } from '../../lambdas/curate-quotes/curate-object.ts';
import { QuoteLander } from '../../lambdas/land-quotes/land-quotes.ts';
import { deliveredRecords, eventText } from '../data/events.ts';
import { LOG_ID, SCHEMA_VERSION_ID } from '../data/records.ts';

export interface StageOutput {
  readonly records: number;
  /** Put, receipts aside. */
  readonly bytes: number;
}

export interface StageRun extends StageOutput {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export type StageName = 'parse' | 'land' | 'curate';

interface Stage {
  /** What a size counts. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** The size that other figures are derived from. */
  readonly typical: number;
  /** @returns a run over all of the records; each run does the same */
  readonly prepare: (records: number, size: number) => () => Promise<StageOutput>;
}

export const TOPIC = 'quotes';

export const STAGES: Readonly<Record<StageName, Stage>> = {
  parse: {
    unit: 'records a partition of an event, JSON.parse alone',
    sizes: [1000],
    typical: 1000,
    prepare(records, size) {
      const texts = eventTexts(records, size);
      return () => {
        for (const text of texts) JSON.parse(text);
        return Promise.resolve({ records, bytes: 0 });
      };
    },
  },
  land: {
    unit: 'records a partition of an event',
    sizes: [25, 250, 1000, 2500],
    typical: 1000,
    prepare(records, size) {
      const texts = eventTexts(records, size);
      return async () => {
        const store = new CountingStore();
        const lander = new QuoteLander(store, TOPIC);
        for (const text of texts) {
          const outcomes = await lander.land(parseKafkaEvent(JSON.parse(text)));
          const failed = outcomes.find(({ landing }) => landing === undefined);
          if (failed !== undefined) throw failed.error;
        }
        return { records, bytes: store.bytes };
      };
    },
  },
  curate: {
    unit: 'records an object',
    sizes: [100, 1000, 2500, 10_000],
    typical: 2500,
    prepare(records, size) {
      const objects = rawObjects(deliveredRecords(records), size);
      return async () => {
        const store = new CountingStore(new Map(objects.map(({ id, body }) => [rawObjectKey(id), body])));
        const curator = makeCurator(store);
        let curated = 0;
        for (const { id } of objects) {
          const outcome = await curator.curate(id);
          if (outcome.kind !== 'curated' || outcome.receipt.quarantined.length > 0)
            throw new Error(`${rawObjectKey(id)} was not curated whole`);
          curated += outcome.receipt.records;
        }
        return { records: curated, bytes: store.bytes };
      };
    },
  },
};

export function makeCurator(store: CountingStore): ObjectCurator {
  return new ObjectCurator(
    {
      raw: store,
      lake: store,
      partitions: { register: () => Promise.resolve() },
      schemas: { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) },
    },
    { lakeStartMs: 0 },
  );
}

/** Answers as S3 would, keeps no body that is put, and counts. */
export class CountingStore
  implements Pick<ObjectStore, 'get' | 'head' | 'put' | 'putIfAbsent' | 'putIfUnchanged' | 'list' | 'delete'>
{
  /** Of bodies put, receipts aside. */
  bytes = 0;
  /** Calls by name. */
  readonly calls = new Map<string, number>();
  readonly #bodies: ReadonlyMap<string, Buffer>;

  constructor(bodies: ReadonlyMap<string, Buffer> = new Map<string, Buffer>()) {
    this.#bodies = bodies;
  }

  get(key: string): Promise<StoredObject | undefined> {
    this.#count('get');
    const body = this.#bodies.get(key);
    return Promise.resolve(body && { body, metadata: {}, etag: '' });
  }

  head(): Promise<undefined> {
    this.#count('head');
    return Promise.resolve(undefined);
  }

  put(key: string, object: ObjectToPut): Promise<void> {
    this.#take('put', key, object);
    return Promise.resolve();
  }

  putIfAbsent(key: string, object: ObjectToPut): Promise<'created'> {
    this.#take('putIfAbsent', key, object);
    return Promise.resolve('created');
  }

  putIfUnchanged(key: string, object: ObjectToPut): Promise<'replaced'> {
    this.#take('putIfUnchanged', key, object);
    return Promise.resolve('replaced');
  }

  /** There is nothing to list. */
  list(): AsyncIterable<string> {
    this.#count('list');
    return Readable.from([]);
  }

  delete(): Promise<void> {
    this.#count('delete');
    return Promise.resolve();
  }

  #take(call: string, key: string, { body }: ObjectToPut): void {
    this.#count(call);
    if (!key.startsWith('receipts/')) this.bytes += body.length;
  }

  #count(call: string): void {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
  }
}

/** Events of all partitions, each with up to `size` records of each. */
function eventTexts(records: number, size: number): string[] {
  const partitions = deliveredRecords(records);
  const events = Math.ceil(Math.max(...partitions.map(({ length }) => length)) / size);
  return Array.from({ length: events }, (_, event) =>
    eventText(
      TOPIC,
      partitions.map((own) => own.slice(event * size, (event + 1) * size)),
    ),
  );
}

/** Raw objects of up to `size` records each. */
export function rawObjects(
  partitions: readonly (readonly DeliveredRecord[])[],
  size: number,
): { readonly id: RawObjectId; readonly body: Buffer }[] {
  return partitions.flatMap((own, partition) =>
    Array.from({ length: Math.ceil(own.length / size) }, (_, index) => {
      const some = own.slice(index * size, (index + 1) * size);
      const start = some[0]?.offset ?? 0;
      const id: RawObjectId = { topic: TOPIC, logId: LOG_ID, partition, kind: 'chain', start };
      return { id, body: encodeRawFile(rawObjectKey(id), start, some).body };
    }),
  );
}
