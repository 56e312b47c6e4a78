/** Where all run: one broker, and in it a topic for each size. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { startBroker } from '../../local/engines/kafka.ts';
import type { Guard } from '../../local/supervisor/index.ts';
import { benchRecords } from '../data/records.ts';

const PARTITIONS = 4;
const BATCH = 5000;

/** A topic that is full. */
export interface FilledTopic {
  readonly topic: string;
  readonly records: number;
  readonly ends: readonly number[];
  /** Sum over all records: what every reader must come to as well. */
  readonly volume: number;
}

export interface Field {
  readonly bootstrap: string;
  readonly schemaFile: string;
  /** Makes a topic of so many records, in the partitions and with the times that they say. */
  fill(records: number, report: (text: string) => void): Promise<FilledTopic>;
  /** Makes a topic of one partition with nothing in it, anew if there is one. */
  empty(topic: string): Promise<void>;
  close(): Promise<void>;
}

export async function openField(guard: Guard, folder: string): Promise<Field> {
  await mkdir(folder, { recursive: true });
  const schemaFile = join(folder, 'quote.avsc');
  await writeFile(schemaFile, QUOTE_SCHEMA_TEXT);
  // Nobody logs in: its address is all that the broker wants.
  const verifier = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => verifier.listen(0, '127.0.0.1', resolve));
  const verifyUrl = `http://127.0.0.1:${(verifier.address() as AddressInfo).port}/`;
  const broker = await startBroker(guard, { dir: join(folder, 'kafka'), verifyUrl });
  const bootstrap = broker.bootstrapAdmin;
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return {
    bootstrap,
    schemaFile,
    fill: async (records, report) => {
      const topic = `quotes-${records}`;
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      const ends = Array.from({ length: PARTITIONS }, () => 0);
      let [sent, volume, messages] = [0, 0, [] as Message[]];
      const flush = async (): Promise<void> => {
        await producer.send({ topic, messages });
        sent += messages.length;
        messages = [];
        report(`${sent} of ${records} records`);
      };
      for (const record of benchRecords(records, { partitions: PARTITIONS })) {
        const { partition, offset, timestamp, key, value, quote } = record;
        messages.push({ partition, key, value, timestamp: String(timestamp) });
        ends[partition] = offset + 1;
        volume += quote.latestVolume ?? 0;
        if (messages.length === BATCH) await flush();
      }
      if (messages.length > 0) await flush();
      await producer.disconnect();
      return { topic, records, ends, volume };
    },
    empty: async (topic) => {
      if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] });
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    },
    close: async () => {
      await admin.disconnect();
      await broker.stop();
      verifier.close();
    },
  };
}
