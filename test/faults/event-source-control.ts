/** Stops and starts the event source of a function, and rewinds its consumer group in between. */
import { outputOf } from '../../cli/lake/connection.ts';
import { createGroupAdmin, type GroupAdmin } from '../../cli/replay/consumer-group.ts';
import { EventSource } from '../../cli/replay/event-source.ts';
import { DEADLINE_MS } from './evidence.ts';
import { landQuotes } from './landing-probe.ts';
import type { FaultStand } from './stand.ts';

/** Disables a function's mapping, does the work while nobody polls for it, and enables it again. */
export async function whileNobodyPolls<T>(
  stand: FaultStand,
  work: () => Promise<T>,
  consumer = landQuotes(stand),
): Promise<T> {
  const clusterArn = outputOf(stand.lake, 'stream', 'ClusterArn');
  const source = await EventSource.find(stand.clients.lambda, consumer, clusterArn);
  await source.pause(AbortSignal.timeout(DEADLINE_MS));
  try {
    return await work();
  } finally {
    await source.resume(AbortSignal.timeout(DEADLINE_MS));
  }
}

/** Sets the group of land-quotes back to an offset, so that everything from there on comes again; the mapping must be disabled. */
export async function rewind(stand: FaultStand, partition: number, offset: number): Promise<void> {
  const group = await emptyGroup(stand, landQuotes(stand), stand.topic);
  const rewinds = await group.plan({ kind: 'offset', offset }, partition);
  if (rewinds.length !== 1) throw new Error(`the group has not read partition ${partition} beyond ${offset}`);
  await group.rewind(rewinds);
}

/** Sets a function's group back to the topic's first records. Returns how many come again; the mapping must be disabled. */
export async function rewindAll(stand: FaultStand, consumer: string, topic: string): Promise<number> {
  const group = await emptyGroup(stand, consumer, topic);
  const rewinds = await group.plan({ kind: 'all' }, undefined);
  await group.rewind(rewinds);
  return rewinds.reduce((sum, { from, to }) => sum + to - from, 0);
}

async function emptyGroup(stand: FaultStand, consumer: string, topic: string): Promise<GroupAdmin> {
  const group = createGroupAdmin(stand.kafka(), consumer, topic);
  await group.empty(AbortSignal.timeout(DEADLINE_MS));
  return group;
}
