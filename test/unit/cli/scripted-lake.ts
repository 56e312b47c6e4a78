/** AWS clients over memory: what commands ask of a lake, answered by a script. Any call that nobody planned is an error. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { Progress } from '../../../cli/terminal/progress.ts';
import {
  curatedKey,
  quarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../../core/layout.ts';
import type { QualityCode } from '../../../core/quality.ts';
import { formatQuarantined } from '../../../core/quarantine.ts';
import { formatReceipt, parseReceipt } from '../../../core/receipt.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { recordTerminal } from './terminal-double.ts';

export const TOPIC = 'quotes' as const;
export const LOG = 'log-1';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

type Answers = Readonly<Record<string, (input: never) => unknown>>;

/** Called before a call is answered: it may refuse it, as a killed process or a dead service would. */
export type Before = (command: string) => unknown;

/** A client whose answers are given by command. */
export function scriptedClient(answers: Answers, before: Before = () => undefined): unknown {
  const send = async ({ constructor: { name }, input }: Command): Promise<unknown> => {
    await before(name);
    const answer = answers[name];
    if (answer === undefined) throw new Error(`no answer scripted for ${name}`);
    return answer(input as never);
  };
  return { send };
}

interface ListInput {
  readonly Bucket: string;
  readonly Prefix: string;
  readonly StartAfter?: string;
  readonly Delimiter?: string;
}

/** S3 over memory stores, one a bucket. */
export function memoryS3(buckets: Readonly<Record<string, MemoryObjectStore>>, before?: Before): S3Client {
  const store = (name: string): MemoryObjectStore => {
    const found = buckets[name];
    if (found === undefined) throw new Error(`no bucket ${name}`);
    return found;
  };
  return scriptedClient(
    {
      ListObjectsV2Command: async (input: ListInput) => {
        const found = store(input.Bucket);
        const keys: string[] = [];
        if (input.Delimiter !== undefined) {
          for await (const folder of found.listFolders(input.Prefix)) keys.push(folder);
          return { CommonPrefixes: keys.map((Prefix) => ({ Prefix })), IsTruncated: false };
        }
        for await (const key of found.list(input.Prefix, input.StartAfter)) keys.push(key);
        return {
          Contents: keys.map((Key) => {
            const object = found.objects.get(Key);
            // S3 lists whole seconds.
            const seconds = Math.floor((found.written.get(Key) ?? 0) / 1000);
            return {
              Key,
              ETag: object?.etag,
              Size: object?.body.length,
              LastModified: new Date(seconds * 1000),
            };
          }),
          IsTruncated: false,
        };
      },
      GetObjectCommand: async (input: { Bucket: string; Key: string }) => {
        const object = await store(input.Bucket).get(input.Key);
        if (object === undefined) {
          throw new NoSuchKey({ message: 'no such key', $metadata: { httpStatusCode: 404 } });
        }
        return {
          ETag: object.etag,
          Metadata: object.metadata,
          Body: {
            transformToByteArray: () => Promise.resolve(object.body),
            transformToString: () => Promise.resolve(object.body.toString()),
          },
        };
      },
    },
    before,
  ) as S3Client;
}

/** A raw object with what is to become of its records: a code of the rule they break, or a row. */
export interface PlannedObject {
  readonly object: RawObjectId;
  readonly records: readonly { readonly offset: number; readonly code?: QualityCode }[];
  /** Day of its rows. @default '2026-11-20' */
  readonly dt?: string;
}

/** A cut that covers every offset up to one, in each partition: what `readCut` gives. */
export function cutUpTo(offset: number): () => Promise<{ covers: (log: unknown, at: number) => boolean }> {
  return () => Promise.resolve({ covers: (_, at) => at <= offset });
}

export function chainObject(partition: number, start: number, logId = LOG): RawObjectId {
  return { kind: 'chain', topic: TOPIC, logId, partition, start };
}

/** The lake's buckets, and curate-quotes as far as they show it: quarantine first, receipt last. */
export class ScriptedLake {
  nowMs = Date.parse('2026-11-20T20:00:00Z');
  readonly raw = new MemoryObjectStore({ now: () => this.nowMs });
  readonly lake = new MemoryObjectStore({ now: () => this.nowMs });
  readonly buckets = { raw: this.raw, lake: this.lake };

  /** Curates an object as planned, as often as it is called. */
  async curate({ object, records, dt = '2026-11-20' }: PlannedObject): Promise<void> {
    const rawKey = rawObjectKey(object);
    const key = receiptKey(object);
    const before = this.lake.objects.get(key);
    const revision = before === undefined ? 1 : parseReceipt(key, before.body.toString()).revision + 1;
    await this.raw.put(rawKey, { body: Buffer.from('raw'), contentType: 'application/avro' });
    for (const { offset, code } of records) {
      const at = quarantineKey(object, offset);
      if (code === undefined) await this.raw.delete(at);
      else {
        const record = {
          offset,
          timestamp: Date.parse('2026-11-20T14:30:00Z') + offset,
          timestampType: 'CREATE_TIME',
          key: Buffer.from(`key-${offset}`),
          headers: [],
          value: Buffer.from(`value-${offset}`),
        };
        const line = formatQuarantined({ record, code }, { rawKey, curationVersion: 1 });
        await this.raw.put(at, { body: Buffer.from(line), contentType: 'application/json' });
      }
    }
    const quarantined = records.flatMap(({ offset, code }) => (code === undefined ? [] : [{ offset, code }]));
    const rows = records.length - quarantined.length;
    const offsets = records.map(({ offset }) => offset);
    const receipt = {
      first: object.start,
      last: Math.max(...offsets),
      records: records.length,
      curationVersion: 1,
      revision,
      curated: rows === 0 ? [] : [{ key: curatedKey(object, dt), rows }],
      quarantined,
    };
    await this.lake.put(key, { body: Buffer.from(formatReceipt(receipt)), contentType: 'application/json' });
  }
}

/** Lambda with one function behind it, under any name, whose answer may be an error of the function. */
export function scriptedLambda(
  answer: (event: Readonly<Record<string, unknown>>, functionName: string) => unknown,
  before?: Before,
): LambdaClient {
  return scriptedClient(
    {
      InvokeCommand: async ({ FunctionName, Payload }: { FunctionName: string; Payload: string }) => {
        try {
          const result = await answer(JSON.parse(Payload) as Record<string, unknown>, FunctionName);
          return { Payload: { transformToString: () => JSON.stringify(result) } };
        } catch (error) {
          const errorMessage = (error as Error).message;
          return {
            FunctionError: 'Unhandled',
            Payload: { transformToString: () => JSON.stringify({ errorMessage }) },
          };
        }
      },
    },
    before,
  ) as LambdaClient;
}

/** SQS queues in memory; a message that was received is hidden until `reappear`. */
export class MemoryQueues {
  readonly queues = new Map<string, Map<string, { body: string; isHidden: boolean }>>();
  #ids = 0;

  put(url: string, ...bodies: string[]): void {
    for (const body of bodies) this.#queue(url).set(String(this.#ids++), { body, isHidden: false });
  }

  bodies(url: string): string[] {
    return [...this.#queue(url).values()].map(({ body }) => body);
  }

  /** The visibility time-out of everything in hand ends. */
  reappear(): void {
    for (const queue of this.queues.values()) for (const message of queue.values()) message.isHidden = false;
  }

  client(before?: Before): SQSClient {
    return scriptedClient(
      {
        GetQueueAttributesCommand: ({ QueueUrl }: { QueueUrl: string }) => {
          const messages = [...this.#queue(QueueUrl).values()];
          const hidden = messages.filter(({ isHidden }) => isHidden).length;
          return {
            Attributes: {
              ApproximateNumberOfMessages: String(messages.length - hidden),
              ApproximateNumberOfMessagesNotVisible: String(hidden),
              ApproximateNumberOfMessagesDelayed: '0',
            },
          };
        },
        ReceiveMessageCommand: (input: { QueueUrl: string; MaxNumberOfMessages: number }) => {
          const visible = [...this.#queue(input.QueueUrl)].filter(([, { isHidden }]) => !isHidden);
          const received = visible.slice(0, input.MaxNumberOfMessages);
          for (const [, message] of received) message.isHidden = true;
          return { Messages: received.map(([id, { body }]) => ({ Body: body, ReceiptHandle: id })) };
        },
        SendMessageBatchCommand: (input: {
          QueueUrl: string;
          Entries: { Id: string; MessageBody: string }[];
        }) => {
          this.put(input.QueueUrl, ...input.Entries.map(({ MessageBody }) => MessageBody));
          return { Successful: input.Entries.map(({ Id }) => ({ Id })) };
        },
        DeleteMessageBatchCommand: (input: { QueueUrl: string; Entries: { ReceiptHandle: string }[] }) => {
          for (const { ReceiptHandle } of input.Entries) this.#queue(input.QueueUrl).delete(ReceiptHandle);
          return {};
        },
      },
      before,
    ) as SQSClient;
  }

  #queue(url: string): Map<string, { body: string; isHidden: boolean }> {
    const queue = this.queues.get(url) ?? new Map<string, { body: string; isHidden: boolean }>();
    this.queues.set(url, queue);
    return queue;
  }
}

/** Steps that nobody looks at. */
export function silentProgress(): Progress {
  return new Progress(recordTerminal().terminal);
}
