import type { LogPartition } from '../../core/layout.ts';
import { lastSeen } from '../reconcile/last-seen.ts';
import { ReceiptReader } from '../reconcile/receipts.ts';
import { waitUntil } from '../wait-until.ts';
import type { LakeClients } from './clients.ts';
import { type LakeConnection, logIdOf, outputOf } from './connection.ts';
import { stationsOf, type TopicName } from './stations.ts';
import type { PartitionOffsets } from './topic-offsets.ts';

export interface QueryableOptions {
  /** @default 'quotes' */
  readonly topic?: TopicName;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
  /** @default 90 s: longer than a batching window and a retry, shorter than patience */
  readonly standstillMs?: number;
}

export const STANDSTILL_MS = 90_000;

/**
 * Waits until the receipts of curate-quotes cover the log up to the given ends: everything below is then in a curated
 * file of a registered partition, or in quarantine. A standstill names the partition, how far its next record came,
 * and the log to read.
 */
export async function waitUntilQueryable(
  lake: LakeConnection,
  clients: LakeClients,
  ends: readonly PartitionOffsets[],
  { topic: name, signal, report, standstillMs = STANDSTILL_MS }: QueryableOptions,
): Promise<void> {
  const { topic, landFunction, curateFunction } = stationsOf(lake, name);
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const logId = logIdOf(lake);
  const total = ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
  const waits = ends.map(({ partition, endOffset }) => {
    const log: LogPartition = { topic, logId, partition };
    return { partition, endOffset, reader: new ReceiptReader(clients.s3, bucket, log), coveredTo: 0 };
  });
  await waitUntil<true>({
    signal,
    standstillMs,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      await Promise.all(
        waits.map(async (wait) => {
          if (wait.coveredTo >= wait.endOffset) return;
          wait.coveredTo = Math.min(wait.endOffset, (await wait.reader.read()).coveredTo);
        }),
      );
      const covered = waits.reduce((sum, { coveredTo }) => sum + coveredTo, 0);
      if (covered === total) return { done: true, value: true };
      const waitingFor = `${covered.toLocaleString('en')} of ${total.toLocaleString('en')} records of ${topic} queryable`;
      return { done: false, mark: covered, waitingFor };
    },
    explain: async (waitingFor) => {
      const stuck = waits.find(({ coveredTo, endOffset }) => coveredTo < endOffset);
      const { partition = 0, coveredTo = 0, endOffset = 0 } = stuck ?? {};
      const at = { kind: 'missing', logId, partition, offset: coveredTo } as const;
      const seen = (await lastSeen(lake, clients, at, name)) ?? 'nowhere';
      const part =
        seen.startsWith('the topic') || seen.startsWith('diverted') ? landFunction : curateFunction;
      const seconds = Math.round(standstillMs / 1000);
      return {
        message: `no progress for ${seconds} s: ${waitingFor}; partition ${partition} stands at offset ${coveredTo} of ${endOffset}, last seen in ${seen}`,
        hint: `tickerlake logs ${part} (the files are in ${lake.logsDir})`,
      };
    },
  });
}
