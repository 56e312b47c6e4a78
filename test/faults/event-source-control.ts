/** Stops and starts the event source of land-quotes, and rewinds its consumer group in between. */
import { outputOf } from '../../cli/lake/connection.ts';
import { createGroupAdmin } from '../../cli/replay/consumer-group.ts';
import { EventSource } from '../../cli/replay/event-source.ts';
import { DEADLINE_MS } from './evidence.ts';
import { landQuotes } from './landing-probe.ts';
import type { FaultStand } from './stand.ts';

/** Disables the mapping, does the work while nobody polls, and enables it again. */
export async function whileNobodyPolls(stand: FaultStand, work: () => Promise<void>): Promise<void> {
  const clusterArn = outputOf(stand.lake, 'stream', 'ClusterArn');
  const source = await EventSource.find(stand.clients.lambda, landQuotes(stand), clusterArn);
  await source.pause(AbortSignal.timeout(DEADLINE_MS));
  try {
    await work();
  } finally {
    await source.resume(AbortSignal.timeout(DEADLINE_MS));
  }
}

/** Sets the group back to an offset, so that everything from there on comes again; the mapping must be disabled. */
export async function rewind(stand: FaultStand, partition: number, offset: number): Promise<void> {
  const group = createGroupAdmin(stand.kafka(), landQuotes(stand), stand.topic);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await group.empty(signal);
  const rewinds = await group.plan({ kind: 'offset', offset }, partition);
  if (rewinds.length !== 1) throw new Error(`the group has not read partition ${partition} beyond ${offset}`);
  await group.rewind(rewinds);
}
