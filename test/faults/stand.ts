/** A running lake with what a fault needs: records in, injections, and all ledgers compared. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { findSchemaVersionId } from '../../adapters/schema-version.ts';
import { connectToTopic, LakeClients } from '../../cli/lake/clients.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { stationsOf, TOPIC_NAMES, type TopicName } from '../../cli/lake/stations.ts';
import { type PartitionOffsets, readTopicOffsets } from '../../cli/lake/topic-offsets.ts';
import { waitUntilServed } from '../../cli/lake/wait-until-served.ts';
import {
  type LakeReconciliation,
  POISON_PRODUCER,
  reconcileLake,
} from '../../cli/reconcile/reconcile-lake.ts';
import { encodeQuote, QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import type { CurationRequestResult, SweepSelection } from '../../core/curation-request.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import { parseRawKey } from '../../core/layout.ts';
import type { StackPart, Stage } from '../../core/names.ts';
import { QUOTE_FIELDS, type Quote } from '../../core/quote.ts';
import { TOPICS } from '../../core/topics.ts';
import { encodeFrame } from '../../core/wire.ts';
import type { Gateway, Interceptor } from '../../local/gateway/index.ts';
import type { EventAct } from '../../local/gateway/interception.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import {
  assemblyOf,
  changedAssembly,
  type EditableTemplate,
  startTestLake,
  type TestFolders,
} from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';
import type { WatchedView } from './seen-rows.ts';
import { shortenWaits } from './shorten-waits.ts';

type Template = (part: StackPart) => EditableTemplate;

export interface StandOptions {
  readonly stage: Stage;
  /** Changes to the templates, beyond the shortened waits. */
  readonly change?: (template: Template) => void;
  /** Makes another assembly than the checkout's, or changes its bundles. Gets the folder of the shortened one. */
  readonly assembly?: (directory: string, folders: TestFolders) => Promise<string> | string;
}

/** A record as a producer of somebody else writes it. */
export interface ForeignRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer>>;
  /** Epoch ms. @default now */
  readonly timestampMs?: number;
  /** What its row must show; left out, it must end in quarantine. */
  readonly quote?: Quote;
}

/** What a fault came to. */
export interface FaultReport {
  /** How often the injection fired, as counted where it happened. */
  readonly injected: number;
  /** The clean run before it. */
  readonly control: LakeReconciliation;
  /** Everything, after it. */
  readonly outcome: LakeReconciliation;
  /** Why it did not come to rest, if it did not. */
  readonly unsettled?: string;
  /** What the view showed while it was on, where somebody looked. */
  readonly watched?: WatchedView;
}

/** Beyond it, simulated quotes would be of sessions to come. */
const SESSION_MINUTES = 300;
const CONTROL_RECORDS = 120;
const SETTLE_MS = 120_000;
/** A fault may take retries with back-off, and a message's whole visibility time-out. */
const STANDSTILL_MS = 60_000;

export class FaultStand {
  readonly lake: Lake;
  /** As the operator. */
  readonly client: LakeClient;
  readonly clients: LakeClients;
  readonly #glue: GlueClient;
  readonly #interceptors: Interceptor[] = [];
  #minute = 0;
  #quotes = 0;
  #frame: string | undefined;
  #control: LakeReconciliation | undefined;

  constructor(lake: Lake) {
    this.lake = lake;
    this.client = new LakeClient(lake);
    this.clients = new LakeClients(lake);
    this.#glue = new GlueClient({
      endpoint: lake.endpoint,
      region: lake.region,
      credentials: lake.operator,
    });
  }

  static async start(
    folders: TestFolders,
    { stage, change, assembly }: StandOptions,
    onWarning: (line: string) => void = () => undefined,
  ): Promise<FaultStand> {
    const shortened = changedAssembly(folders, await assemblyOf(stage), stage, (template) => {
      shortenWaits(template);
      change?.(template);
    });
    const directory = (await assembly?.(shortened, folders)) ?? shortened;
    return new FaultStand(await startTestLake(folders, stage, directory, { onWarning }));
  }

  /** Ends the lake and everything that was opened on it. */
  async stop(): Promise<void> {
    this.clear();
    this.client.close();
    this.clients.close();
    this.#glue.destroy();
    await this.lake.stop();
  }

  /** The gateway's hook, undone when the fault is over. */
  intercept(...args: Parameters<Gateway['intercept']>): Interceptor {
    const interceptor = this.lake.gateway.intercept(...args);
    this.#interceptors.push(interceptor);
    return interceptor;
  }

  /** The hook between EventBridge and the queue of topic quotes, undone when the fault is over; other events pass. */
  interceptEvents(act: EventAct): Interceptor {
    let fired = 0;
    const all = this.lake.gateway.interceptEvents(async (event, deliver) => {
      if (parseRawKey(event.key)?.topic !== this.topic) return deliver();
      fired += 1;
      await act(event, deliver);
    });
    const interceptor: Interceptor = {
      get fired() {
        return fired;
      },
      remove: () => {
        all.remove();
      },
    };
    this.#interceptors.push(interceptor);
    return interceptor;
  }

  /** Removes what the last fault installed. */
  clear(): void {
    for (const interceptor of this.#interceptors.splice(0)) interceptor.remove();
    this.#control = undefined;
  }

  get topic(): string {
    return outputOf(this.lake, 'stream', 'QuotesTopicName');
  }

  /** Produces simulated quotes through produce-quotes, of another minute of a session each time. */
  async produce(records: number): Promise<number> {
    this.#minute = (this.#minute + 1) % SESSION_MINUTES;
    const { produced } = await this.client.produce(records, this.#minute);
    return produced;
  }

  /**
   * Produces records in the broker's own way, in this order, and enters what it acknowledged in a ledger that reconcile
   * reads. All go in one request for each partition, compressed if so asked.
   */
  async produceForeign(
    records: readonly ForeignRecord[],
    { gzip = false }: { readonly gzip?: boolean } = {},
  ): Promise<void> {
    const nowMs = Date.now();
    const acks = await this.withProducer((producer) =>
      producer.send({
        topic: this.topic,
        acks: -1,
        compression: gzip ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: records.map(({ key, value, partition, headers = {}, timestampMs = nowMs }) => ({
          key,
          value,
          partition,
          headers,
          timestamp: String(timestampMs),
        })),
      }),
    );
    const partitions = acks.map(({ partition, baseOffset }) => {
      const count = records.filter((record) => record.partition === partition).length;
      const first = Number(baseOffset);
      return {
        partition,
        records: count,
        firstOffset: String(first),
        lastOffset: String(first + count - 1),
      };
    });
    const hashes = new Map<number, HashSum>();
    for (const { partition, quote } of records) {
      if (quote === undefined) continue;
      const sum = hashes.get(partition) ?? new HashSum();
      sum.add(quoteHash(quote));
      hashes.set(partition, sum);
    }
    await this.#enter({
      topic: this.topic,
      produced: records.length,
      partitions,
      accepted: {
        records: records.filter(({ quote }) => quote !== undefined).length,
        hashes: Object.fromEntries([...hashes].map(([partition, sum]) => [partition, sum.toString()])),
      },
      rejected: {},
    });
  }

  /** A good quote, framed with the version that this code writes. */
  async quote(partition: number, change: Partial<Quote> = {}): Promise<ForeignRecord> {
    this.#quotes += 1;
    const nothing = Object.fromEntries(QUOTE_FIELDS.map(({ name }) => [name, null]));
    const quote = {
      ...nothing,
      symbol: `F${this.#quotes}`,
      latestPrice: this.#quotes,
      latestVolume: 1,
      latestUpdate: Date.now(),
      ...change,
    } as Quote;
    const value = encodeFrame(await this.schemaVersionId(), encodeQuote(quote));
    return { partition, key: Buffer.from(quote.symbol), value, quote };
  }

  async quotes(partition: number, count: number, change: Partial<Quote> = {}): Promise<ForeignRecord[]> {
    const records: ForeignRecord[] = [];
    while (records.length < count) records.push(await this.quote(partition, change));
    return records;
  }

  /** Id of the schema version that this code writes. */
  async schemaVersionId(): Promise<string> {
    this.#frame ??= await findSchemaVersionId(this.#glue, {
      registryName: outputOf(this.lake, 'stream', 'RegistryName'),
      schemaName: outputOf(this.lake, 'stream', 'QuotesSchemaName'),
      definition: QUOTE_SCHEMA_TEXT,
    });
    return this.#frame;
  }

  /** Kafka with the runner's own rights. */
  kafka(): Kafka {
    return new Kafka({ brokers: [this.lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
  }

  async withProducer<T>(work: (producer: ReturnType<Kafka['producer']>) => Promise<T>): Promise<T> {
    const producer = this.kafka().producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    try {
      return await work(producer);
    } finally {
      await producer.disconnect();
    }
  }

  /** Ends of each partition of topic quotes, or of another, as the broker says. */
  async ends(topic = this.topic): Promise<readonly PartitionOffsets[]> {
    return readTopicOffsets(await connectToTopic(this.lake, this.clients.msk), topic);
  }

  /**
   * What the schedule of a topic does every few minutes: asks for what events and tries left undone. Returns for how many raw objects.
   * @param minimumAgeSeconds of raw objects it looks at. @default the function's own
   */
  async sweep(minimumAgeSeconds?: number, topic?: TopicName): Promise<number> {
    const selection: SweepSelection = {
      action: 'sweep',
      ...(minimumAgeSeconds !== undefined && { minimumAgeSeconds }),
    };
    const { requestFunction } = stationsOf(this.lake, topic);
    return ((await this.client.invoke(requestFunction, selection)) as CurationRequestResult).requested;
  }

  /** Waits until all is served, receipts cover both topics, and nothing waits in a curation queue. */
  async settle(): Promise<void> {
    await waitUntilServed(this.lake, this.clients, await this.ends(), {
      signal: AbortSignal.timeout(SETTLE_MS),
      standstillMs: STANDSTILL_MS,
    });
    await this.lake.gateway.eventsSettled();
    for (const topic of TOPIC_NAMES) {
      const { queueUrl } = stationsOf(this.lake, topic);
      await until(`the curation queue of ${topic} to be empty`, () => this.#isEmpty(queueUrl), SETTLE_MS);
    }
  }

  reconcile(): Promise<LakeReconciliation> {
    return reconcileLake(this.lake, this.clients, { signal: AbortSignal.timeout(SETTLE_MS) });
  }

  /** A clean run: produced, settled, compared. */
  async control(records = CONTROL_RECORDS): Promise<LakeReconciliation> {
    await this.produce(records);
    await this.settle();
    this.#control = await this.reconcile();
    return this.#control;
  }

  /** What the fault came to, once all is settled again. */
  async report(injected: number): Promise<FaultReport> {
    if (this.#control === undefined) throw new Error('a fault begins with a clean run: stand.control()');
    const unsettled = await this.settle().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    const outcome = await this.reconcile();
    return { injected, control: this.#control, outcome, ...(unsettled !== undefined && { unsettled }) };
  }

  async #isEmpty(queueUrl: string): Promise<boolean> {
    const { Attributes: attributes = {} } = await this.clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['All'],
      }),
    );
    const counts = [
      attributes.ApproximateNumberOfMessages,
      attributes.ApproximateNumberOfMessagesNotVisible,
      attributes.ApproximateNumberOfMessagesDelayed,
    ];
    return counts.every((count) => Number(count ?? 0) === 0);
  }

  async #enter(result: object): Promise<void> {
    const line = { level: 'INFO', message: 'produced', timestamp: new Date(), ...result };
    await appendFile(join(this.lake.logsDir, `${POISON_PRODUCER}.log`), `${JSON.stringify(line)}\n`);
  }
}

/** Partitions of the topic. */
export const PARTITIONS = TOPICS.quotes.partitions;
