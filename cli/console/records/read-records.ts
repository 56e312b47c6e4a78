/** Reads some records of a topic where they stand, as nobody's consumer. */

import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { TickerlakeError } from '../../../core/errors.ts';
import { CONSOLE_GROUPS } from '../../lake/console-groups.ts';
import type { PartitionOffsets } from '../../lake/topic-offsets.ts';
import { type PartitionRecord, toRawRecord } from './raw-record.ts';

const TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 100;

/** Offsets of one partition: `from` and before `to`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Which offsets to read: from the asked one on, or the newest. Of all partitions each gives as many, and the newest of all are chosen
 * by their time afterwards.
 */
export function rangesOf(
  partitions: readonly PartitionOffsets[],
  asked: {
    readonly partition?: number | undefined;
    readonly offset?: number | undefined;
    readonly limit: number;
  },
): readonly OffsetRange[] {
  return partitions
    .filter(({ partition }) => asked.partition === undefined || partition === asked.partition)
    .map(({ partition, startOffset, endOffset }) => {
      const first = asked.offset ?? endOffset - asked.limit;
      const from = Math.min(Math.max(first, startOffset), endOffset);
      return { partition, from, to: Math.min(endOffset, Math.max(first, startOffset) + asked.limit) };
    })
    .filter(({ from, to }) => from < to);
}

/** @throws TickerlakeError KAFKA_UNAVAILABLE if the broker does not give them in time */
export async function readRecords(
  kafka: Kafka,
  topic: string,
  ranges: readonly OffsetRange[],
): Promise<readonly PartitionRecord[]> {
  if (ranges.length === 0) return [];
  const found: PartitionRecord[] = [];
  const open = new Map(ranges.map((range) => [range.partition, range]));
  const done = Promise.withResolvers<undefined>();
  // Nobody may be waiting for it yet.
  done.promise.catch(() => undefined);
  const consumer = kafka.consumer({
    groupId: `${CONSOLE_GROUPS}${randomUUID()}`,
    maxWaitTimeInMs: MAX_WAIT_MS,
    retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    done.reject(payload.error);
  });
  const timer = setTimeout(() => {
    done.reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
  }, TIMEOUT_MS);
  const begin = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: (payload) => {
        const { batch } = payload;
        const range = open.get(batch.partition);
        const last = Number(batch.lastOffset());
        // What comes before the seek takes effect lies before the range, or in it: offsets come in order.
        if (range !== undefined) {
          found.push(
            ...batch.messages
              .filter((message) => isWithin(message, range))
              .map((message) => ({ ...toRawRecord(message), partition: batch.partition })),
          );
          if (last >= range.to - 1) open.delete(batch.partition);
        }
        if (!open.has(batch.partition)) payload.pause();
        if (open.size === 0) done.resolve(undefined);
        return Promise.resolve();
      },
    });
    for (const { partition, from } of ranges) consumer.seek({ topic, partition, offset: String(from) });
  };
  const begun = begin();
  try {
    await Promise.race([begun, done.promise.then(() => begun)]);
    await done.promise;
  } catch (cause) {
    throw new TickerlakeError('KAFKA_UNAVAILABLE', `the broker does not give records of topic ${topic}`, {
      cause,
      hint: 'reload in a moment; the broker’s log is under Logs',
    });
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => undefined);
    // What was being begun still, after a time-out, must not go on by itself.
    void begun.catch(() => undefined).then(() => consumer.disconnect().catch(() => undefined));
  }
  return unique(found);
}

const isWithin = ({ offset }: KafkaMessage, { from, to }: OffsetRange): boolean =>
  Number(offset) >= from && Number(offset) < to;

/** Before and after the seek the same record may have come. */
function unique(records: readonly PartitionRecord[]): readonly PartitionRecord[] {
  return [...new Map(records.map((record) => [`${record.partition}:${record.offset}`, record])).values()];
}
