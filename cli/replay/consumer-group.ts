import type { Kafka } from 'kafkajs';
import { TickerlakeError } from '../../core/errors.ts';
import { type PartitionOffsets, readCommitted, readTopicOffsets } from '../lake/topic-offsets.ts';
import { waitUntil } from '../wait-until.ts';

const STANDSTILL_MS = 90_000;
const POLL_MS = 300;

/** Where the topic is to be read from again. */
export type ReplayStart =
  | { readonly kind: 'all' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** Epoch ms of the record's timestamp. */
  | { readonly kind: 'time'; readonly timeMs: number };

/** A partition that is read again, from an offset up to where the group stood before. */
export interface Rewind {
  readonly partition: number;
  readonly from: number;
  /** First offset that the group had not read. */
  readonly to: number;
}

/**
 * Decides how far the group goes back in each partition. It never goes forward: what it has not read yet it would skip.
 * @param wanted offset to start at by partition; one without is left as it is
 */
export function planRewind(
  ends: readonly PartitionOffsets[],
  committed: ReadonlyMap<number, number>,
  wanted: ReadonlyMap<number, number>,
): readonly Rewind[] {
  return ends.flatMap(({ partition, startOffset, endOffset }) => {
    const to = committed.get(partition);
    const start = wanted.get(partition);
    // A group that never committed begins with the first record anyway.
    if (to === undefined || start === undefined) return [];
    const from = Math.min(Math.max(start, startOffset), endOffset);
    return from < to ? [{ partition, from, to }] : [];
  });
}

/** A group of consumers of one topic, as whoever administers it sees it. */
export interface GroupAdmin {
  plan(start: ReplayStart, partition: number | undefined): Promise<readonly Rewind[]>;
  /** Resolves when it has no members: only then its offsets can be set. */
  empty(signal: AbortSignal, report?: (text: string) => void): Promise<void>;
  rewind(rewinds: readonly Rewind[]): Promise<void>;
  /** Resolves when it has read up to the ends that the topic has now. */
  caughtUp(signal: AbortSignal, report?: (text: string) => void): Promise<void>;
}

export function createGroupAdmin(kafka: Kafka, groupId: string, topic: string): GroupAdmin {
  return {
    async plan(start, partition) {
      const [ends, committed] = await Promise.all([
        readTopicOffsets(kafka, topic),
        readCommitted(kafka, groupId, topic),
      ]);
      const chosen = ends.filter((each) => partition === undefined || each.partition === partition);
      if (chosen.length === 0) {
        throw new TickerlakeError('USAGE', `topic ${topic} has no partition ${partition ?? ''}`, {
          hint: `--partition 0 to ${ends.length - 1}`,
        });
      }
      return planRewind(chosen, committed, await startOffsets(kafka, topic, chosen, start));
    },

    async empty(signal, report) {
      await waitUntil<true>({
        signal,
        standstillMs: STANDSTILL_MS,
        pollMs: POLL_MS,
        ...(report === undefined ? {} : { report }),
        look: async () => {
          const members = await countMembers(kafka, groupId);
          if (members === 0) return { done: true, value: true };
          const waitingFor = `group ${groupId} has ${members} ${members === 1 ? 'member' : 'members'}`;
          return { done: false, mark: -members, waitingFor };
        },
        explain: (waitingFor) =>
          Promise.resolve({
            message: `${waitingFor} for ${STANDSTILL_MS / 1000} s, though its event source is paused`,
            hint: 'ending the other consumers of that group, then the same command again',
          }),
      });
    },

    async rewind(rewinds) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        await admin.setOffsets({
          groupId,
          topic,
          partitions: rewinds.map(({ partition, from }) => ({ partition, offset: String(from) })),
        });
      } catch (cause) {
        throw new TickerlakeError('KAFKA_UNAVAILABLE', `the offsets of group ${groupId} were not set back`, {
          cause,
          hint: 'the same command again: nothing was read in the meantime',
        });
      } finally {
        await admin.disconnect();
      }
    },

    async caughtUp(signal, report) {
      const ends = await readTopicOffsets(kafka, topic);
      const total = ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
      await waitUntil<true>({
        signal,
        standstillMs: STANDSTILL_MS,
        pollMs: POLL_MS,
        ...(report === undefined ? {} : { report }),
        look: async () => {
          const committed = await readCommitted(kafka, groupId, topic);
          const read = ends.reduce(
            (sum, { partition, endOffset }) => sum + Math.min(endOffset, committed.get(partition) ?? 0),
            0,
          );
          if (read >= total) return { done: true, value: true };
          const waitingFor = `${(total - read).toLocaleString('en')} records to be delivered again`;
          return { done: false, mark: read, waitingFor };
        },
        explain: (waitingFor) =>
          Promise.resolve({
            message: `no progress for ${STANDSTILL_MS / 1000} s: ${waitingFor}`,
            hint: `tickerlake logs ${groupId}; the event source delivers, so the rest follows by itself once it can`,
          }),
      });
    },
  };
}

async function startOffsets(
  kafka: Kafka,
  topic: string,
  chosen: readonly PartitionOffsets[],
  start: ReplayStart,
): Promise<ReadonlyMap<number, number>> {
  if (start.kind === 'all')
    return new Map(chosen.map(({ partition, startOffset }) => [partition, startOffset]));
  if (start.kind === 'offset') return new Map(chosen.map(({ partition }) => [partition, start.offset]));
  const admin = kafka.admin();
  try {
    await admin.connect();
    // Partitions without a record of that time or later come with their end.
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, start.timeMs);
    return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  } finally {
    await admin.disconnect();
  }
}

async function countMembers(kafka: Kafka, groupId: string): Promise<number> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    return groups.reduce((sum, { members }) => sum + members.length, 0);
  } finally {
    await admin.disconnect();
  }
}
