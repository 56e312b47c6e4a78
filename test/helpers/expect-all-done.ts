/** What tests of the Kafka poller wait for. */
import { expect } from '@jest/globals';
import type { KafkaStand, ScriptedFunction } from './kafka-stand.ts';
import { until } from './until.ts';

/** So many offsets in order. */
export function upTo(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** Waits until everything is done and committed, each partition from 0 and in order. */
export async function expectAllDone(
  stand: KafkaStand,
  land: ScriptedFunction,
  topic: string,
  counts: readonly number[],
  deadlineMs: { readonly done: number; readonly committed: number },
): Promise<void> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  await until(`${total} records of ${topic}`, () => land.doneCount === total, deadlineMs.done);
  for (const [partition, count] of counts.entries())
    expect(land.done.get(partition) ?? []).toEqual(upTo(count));
  await until(
    'the commit',
    async () => String(await stand.committed(topic)) === String(counts),
    deadlineMs.committed,
  );
}
