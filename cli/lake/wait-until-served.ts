import type { Kafka } from 'kafkajs';
import { waitUntil } from '../wait-until.ts';
import { connectToTopic, type LakeClients } from './clients.ts';
import { type LakeConnection, outputOf } from './connection.ts';
import { stationsOf } from './stations.ts';
import { type PartitionOffsets, readCommitted, readTopicOffsets } from './topic-offsets.ts';
import { type QueryableOptions, STANDSTILL_MS, waitUntilQueryable } from './wait-until-queryable.ts';

/**
 * Waits until everything below the given ends of topic quotes is queryable, filtered, and what was kept of it is queryable and
 * served too: the filter first, since only then the derived topic's ends are known.
 */
export async function waitUntilServed(
  lake: LakeConnection,
  clients: LakeClients,
  ends: readonly PartitionOffsets[],
  options: QueryableOptions,
): Promise<void> {
  const kafka = await connectToTopic(lake, clients.msk);
  const filter = outputOf(lake, 'pipeline', 'FilterQuotesFunctionName');
  const serve = outputOf(lake, 'pipeline', 'ServeQuotesFunctionName');
  await waitUntilQueryable(lake, clients, ends, options);
  await waitUntilRead(kafka, filter, stationsOf(lake, 'quotes').topic, ends, options);
  const derived = await readTopicOffsets(kafka, stationsOf(lake, 'quotes_filtered').topic);
  await waitUntilRead(kafka, serve, stationsOf(lake, 'quotes_filtered').topic, derived, options);
  await waitUntilQueryable(lake, clients, derived, { ...options, topic: 'quotes_filtered' });
}

/** Waits until a function's consumer group, which bears its name, has committed up to the ends. */
async function waitUntilRead(
  kafka: Kafka,
  functionName: string,
  topic: string,
  ends: readonly PartitionOffsets[],
  { signal, report, standstillMs = STANDSTILL_MS }: QueryableOptions,
): Promise<void> {
  const total = ends.reduce((sum, { endOffset }) => sum + endOffset, 0);
  await waitUntil<true>({
    signal,
    standstillMs,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      const committed = await readCommitted(kafka, functionName, topic);
      const read = ends.reduce(
        (sum, { partition, endOffset }) => sum + Math.min(endOffset, committed.get(partition) ?? 0),
        0,
      );
      if (read === total) return { done: true, value: true };
      const count = (value: number): string => value.toLocaleString('en');
      return {
        done: false,
        mark: read,
        waitingFor: `${count(read)} of ${count(total)} records read by ${functionName}`,
      };
    },
    explain: (waitingFor) =>
      Promise.resolve({
        message: `no progress for ${Math.round(standstillMs / 1000)} s: ${waitingFor}`,
        hint: `tickerlake logs ${functionName}; tickerlake status says whether the database is up`,
      }),
  });
}
