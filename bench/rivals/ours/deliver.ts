/**
 * What Lambda's event source does, which a function is not billed for: reads the topic and makes events of it as the local poller does,
 * up to 10,000 records or 6 MB, for whoever connects to the socket. Arguments: bootstrap, topic, end offsets, socket.
 */
import { createServer, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { encodeEvent, encodeRecord } from '../../../local/sources/kafka-records.ts';
import { PartitionQueues } from '../../../local/sources/partition-queues.ts';
import { CLUSTER_ARN } from '../../data/records.ts';
import { writeFrame } from './frames.ts';

const LIMITS = { maxRecords: 10_000, maxBytes: 6_000_000, windowMs: 0 };

const [bootstrap = '', topic = '', endsText = '', path = ''] = process.argv.slice(2);
let left = endsText.split(',').reduce((sum, end) => sum + Number(end), 0);
const queues = new PartitionQueues();
const server = createServer();
server.listen(path);
const socket = await new Promise<Socket>((resolve) => {
  server.once('connection', resolve);
});
let answered = Promise.resolve();

/** Sends what is due; one event is on its way, and one more is made meanwhile. */
async function send(isLast: boolean): Promise<void> {
  const { maxRecords, maxBytes } = LIMITS;
  while (queues.records >= maxRecords || queues.bytes >= maxBytes || (isLast && queues.records > 0)) {
    const event = encodeEvent({ clusterArn: CLUSTER_ARN, bootstrapServers: bootstrap }, queues.take(LIMITS));
    await answered;
    writeFrame(socket, event);
    answered = new Promise((resolve, reject) => {
      socket.once('data', () => {
        resolve();
      });
      socket.once('close', () => {
        reject(new Error('the function has ended before the topic'));
      });
    });
    answered.catch(() => undefined);
  }
}

const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `ours-${process.pid}`, maxWaitTimeInMs: 100 });
const done = Promise.withResolvers<undefined>();
let turn = Promise.resolve();
consumer.on(consumer.events.CRASH, ({ payload }) => {
  done.reject(payload.error);
});
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: ({ batch: { partition, messages } }) => {
    turn = turn.then(async () => {
      for (const { offset, timestamp, key, value } of messages) {
        const place = { topic, partition, offset: Number(offset), timestampMs: Number(timestamp) };
        queues.add(encodeRecord({ ...place, key, value, headers: [] }), 0);
      }
      left -= messages.length;
      await send(left === 0);
      if (left === 0) done.resolve(undefined);
    });
    turn.catch((error: unknown) => {
      done.reject(error);
    });
    return turn;
  },
});
await done.promise;
await answered;
socket.end();
server.close();
await consumer.disconnect();
process.exit(0);
