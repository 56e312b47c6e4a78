/** Raw objects that nobody curated: what asking for them, curating them and looking again costs an object. */
import type { GlueClient } from '@aws-sdk/client-glue';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createDayPartitions } from '../../adapters/catalog.ts';
import { createMessageQueue } from '../../adapters/queue.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { rawKey } from '../../core/layout.ts';
import { encodeRawFile } from '../../core/raw-file.ts';
import { ObjectCurator } from '../../lambdas/curate-quotes/curate-object.ts';
import { curateMessages } from '../../lambdas/curate-quotes/curate-quotes.ts';
import { requestCuration } from '../../lambdas/request-curation/request-curation.ts';
import { delivered } from '../data/events.ts';
import { benchRecords, LOG_ID, SCHEMA_VERSION_ID } from '../data/records.ts';
import { ListedStore } from './listed-store.ts';

const TOPIC = 'quotes';
const BUCKET = 'bench-raw';
const PARTITIONS = 4;
const RECORDS_EACH = 20;
/** Messages of one invocation: curation.batchSize. */
const MESSAGES_EACH = 5;
const HOUR_MS = 3_600_000;

export interface BacklogResult {
  readonly objects: number;
  readonly rows: number;
  readonly request: StepCost;
  readonly curate: StepCost;
  /** Another sweep, when all of them are settled. */
  readonly again: StepCost;
}

export interface StepCost {
  readonly cpuSeconds: number;
  /** By API operation. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Before anything is measured: V8 has then compiled what is hot. */
const WARM_UP_OBJECTS = 200;

export async function workOffBacklog(objects: number): Promise<BacklogResult> {
  await workOff(WARM_UP_OBJECTS);
  return workOff(objects);
}

async function workOff(objects: number): Promise<BacklogResult> {
  const backlog = new Backlog();
  await backlog.land(objects);
  const request = await backlog.step(async () => {
    const { requested } = { requested: 0, ...(await backlog.sweep()) };
    if (requested !== objects) throw new Error(`${requested} of ${objects} objects were requested`);
  });
  let rows = 0;
  const curate = await backlog.step(async () => {
    rows = await backlog.curate();
  });
  if (rows !== objects * RECORDS_EACH) throw new Error(`${rows} of ${objects * RECORDS_EACH} rows`);
  const again = await backlog.step(async () => {
    const { requested } = { requested: 0, ...(await backlog.sweep()) };
    if (requested !== 0) throw new Error(`${requested} settled objects were requested again`);
  });
  return { objects, rows, request, curate, again };
}

class Backlog {
  readonly #calls = new Map<string, number>();
  readonly #count = (name: string): void => {
    this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
  };
  readonly #raw = new ListedStore((action) => {
    this.#count(`raw ${action}`);
  });
  readonly #lake = new ListedStore((action) => {
    this.#count(`lake ${action}`);
  });
  readonly #messages: string[] = [];
  readonly #sqs = client((name, input) => {
    this.#count(name);
    if (name !== 'SendMessageBatch') return { Attributes: {} };
    for (const { MessageBody } of input['Entries'] as { MessageBody: string }[])
      this.#messages.push(MessageBody);
    return {};
  });
  readonly #glue = client((name) => {
    this.#count(name);
    return name === 'GetTable' ? { Table: { StorageDescriptor: {} } } : {};
  });
  readonly #curator = new ObjectCurator(
    {
      raw: this.#raw,
      lake: this.#lake,
      partitions: createDayPartitions(this.#glue as GlueClient, {
        database: 'bench',
        table: 'quotes_curated',
        locationOf: (day) => `s3://bench-lake/${day}/`,
      }),
      schemas: { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) },
    },
    { lakeStartMs: 0 },
  );

  async land(objects: number): Promise<void> {
    const records = Array.from(benchRecords(RECORDS_EACH, { partitions: 1 }), delivered);
    for (let index = 0; index < objects; index += 1) {
      const start = Math.floor(index / PARTITIONS) * RECORDS_EACH;
      const key = rawKey({ topic: TOPIC, logId: LOG_ID, partition: index % PARTITIONS }, start);
      const moved = records.map((record) => ({ ...record, offset: start + record.offset }));
      const { body, metadata } = encodeRawFile(key, start, moved);
      await this.#raw.put(key, { body, metadata, contentType: 'application/avro' });
    }
  }

  /** An hour later, so that none is too young. */
  async sweep(): Promise<object> {
    const queue = createMessageQueue(this.#sqs as SQSClient, 'https://sqs.invalid/bench');
    const ports = { raw: this.#raw, lake: this.#lake, queue, now: () => Date.now() + HOUR_MS };
    const options = { rawBucket: BUCKET, topic: TOPIC, stopAtMs: Number.POSITIVE_INFINITY };
    return requestCuration(ports, { action: 'sweep' }, options);
  }

  async curate(): Promise<number> {
    let rows = 0;
    for (let index = 0; index < this.#messages.length; index += MESSAGES_EACH) {
      const messages = this.#messages
        .slice(index, index + MESSAGES_EACH)
        .map((body, position) => ({ messageId: String(position), body }));
      for (const { outcome, error } of await curateMessages(this.#curator, messages, {
        bucket: BUCKET,
        topic: TOPIC,
      })) {
        if (outcome?.kind !== 'curated') throw new Error(outcome?.kind ?? 'not curated', { cause: error });
        rows += outcome.receipt.curated.reduce((sum, file) => sum + file.rows, 0);
      }
    }
    return rows;
  }

  async step(work: () => Promise<void>): Promise<StepCost> {
    this.#calls.clear();
    const cpu = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(cpu);
    return { cpuSeconds: (user + system) / 1e6, calls: Object.fromEntries(this.#calls) };
  }
}

/** An AWS client whose commands are answered here. */
function client(answer: (name: string, input: Readonly<Record<string, unknown>>) => object): unknown {
  return {
    send: (command: { readonly input: Readonly<Record<string, unknown>> }) =>
      Promise.resolve(answer(command.constructor.name.replace(/Command$/, ''), command.input)),
  };
}
