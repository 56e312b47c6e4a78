/** Reads a topic from near its end on, as nobody's consumer: it commits nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { CONSOLE_GROUPS } from '../../lake/console-groups.ts';
import { readTopicOffsets } from '../../lake/topic-offsets.ts';

const MAX_WAIT_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface TailOptions {
  readonly connect: () => Promise<Kafka>;
  readonly topic: string;
  /** How many records of each partition to read back. */
  readonly recordsBack: number;
  readonly onRecords: (records: readonly KafkaMessage[], partition: number) => Promise<void>;
  /** Told when reading fails, and with undefined when it goes on. */
  readonly onTrouble: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** Follows the topic until the signal; where the broker goes away it begins again where it was. */
export async function followTopic(options: TailOptions): Promise<void> {
  const { signal, onTrouble } = options;
  /** Next offset by partition: a session that fails goes on from here. */
  const next = new Map<number, number>();
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await readSession(options, next, () => {
        pauseMs = FIRST_PAUSE_MS;
        onTrouble(undefined);
      });
    } catch (error) {
      if (isEnd(error)) return;
      onTrouble(error instanceof Error ? error.message : String(error));
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}

/** Ends a session that nobody wants any more. */
const END = new Error('ended');
const isEnd = (error: unknown): boolean => error === END;

async function readSession(
  { connect, topic, recordsBack, onRecords, signal }: TailOptions,
  next: Map<number, number>,
  onJoined: () => void,
): Promise<void> {
  const kafka = await connect();
  for (const { partition, startOffset, endOffset } of await readTopicOffsets(kafka, topic)) {
    const known = next.get(partition) ?? endOffset - recordsBack;
    // A topic that was made again begins anew.
    next.set(partition, known > endOffset ? startOffset : Math.max(startOffset, known));
  }
  const consumer = kafka.consumer({
    groupId: `${CONSOLE_GROUPS}${randomUUID()}`,
    maxWaitTimeInMs: MAX_WAIT_MS,
    retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
  });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    ended.reject(payload.error);
  });
  const place = (): void => {
    for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
  };
  let isRunning = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    onJoined();
    // It commits nothing, so a group that is joined again would begin at the topic's beginning.
    if (isRunning) place();
  });
  const abort = (): void => {
    ended.reject(END);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await consumer.connect();
    // What comes before the seeks take effect comes in order, and `receive` leaves out what is not asked for.
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: (payload) => receive(payload, next, onRecords) });
    isRunning = true;
    place();
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await leave(consumer);
  }
}

async function receive(
  payload: EachBatchPayload,
  next: Map<number, number>,
  onRecords: TailOptions['onRecords'],
): Promise<void> {
  const { batch } = payload;
  const from = next.get(batch.partition) ?? 0;
  const records = batch.messages.filter(({ offset }) => Number(offset) >= from);
  await onRecords(records, batch.partition);
  const last = records.at(-1);
  if (last !== undefined) next.set(batch.partition, Number(last.offset) + 1);
  await payload.heartbeat();
}

/** A group whose coordinator is gone cannot be left: it finds out by itself. */
async function leave(consumer: Consumer): Promise<void> {
  await consumer.disconnect().catch(() => undefined);
}
