/**
 * Random schedules of landing: batches in changing boundaries, redelivery, diverted batches, resets to earlier offsets,
 * crashes, lost answers, and zombies whose calls reach the store after their successors'.
 */
import { parseRawKey } from '../../core/layout.ts';
import { decodeRawFile } from '../../core/raw-file.ts';
import { findChainBreak } from '../../core/raw-log.ts';
import { type Landing, landPartition } from '../../lambdas/land-quotes/land-partition.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { delivery } from './records.ts';
import { type Random, randomBelow, Stepped, settle } from './stepped.ts';

type Land = typeof landPartition;

export interface ScheduleResult {
  readonly lost: readonly number[];
  readonly doubled: readonly number[];
  readonly chainBreak: string | undefined;
  /** What was injected, so that a test can see that something was. */
  readonly injected: Record<'crashes' | 'resets' | 'zombies' | 'diverted' | 'rewinds', number>;
}

export interface ScheduleOptions {
  readonly makeStore?: () => MemoryObjectStore;
  readonly land?: Land;
}

/** Plays one schedule. The same seed plays the same one. */
export async function playSchedule(seed: number, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  const { makeStore = () => new MemoryObjectStore({ pageKeys: 3 }), land = landPartition } = options;
  const below = randomBelow(seed);
  const log = makeLog(below);
  const store = makeStore();
  const zombies: Stepped<Landing>[] = [];
  const diverted = new Set<number>();
  const injected = { crashes: 0, resets: 0, zombies: 0, diverted: 0, rewinds: 0 };
  const stepZombies = async (): Promise<void> => {
    for (const zombie of zombies) if (below(3) === 0) await zombie.step(below(16));
  };
  let position = 0;
  let hint: number | undefined;
  for (let guard = 0; position < log.length && guard < 2000; guard += 1) {
    const batch = log.slice(position, position + 1 + below(8));
    const known = below(2) === 0 ? undefined : hint;
    const writer = new Stepped((gate) => land(store.through(gate), delivery(batch), known));
    let isLeft = false;
    await settle();
    while (!writer.isOver && !isLeft) {
      await stepZombies();
      const fate = below(16);
      if (fate === 0) {
        injected.crashes += 1;
        isLeft = true;
      } else if (fate === 1) {
        injected.zombies += 1;
        zombies.push(writer);
        isLeft = true;
      } else if (fate === 2) {
        injected.resets += 1;
        await writer.step(below(16), new Error('connection reset'));
      } else {
        await writer.step(below(16));
      }
    }
    // Calls of a failed landing may still be on their way.
    if (writer.error !== undefined) zombies.push(writer);
    if (writer.result !== undefined) {
      hint = writer.result.end;
      position += batch.length;
    } else if (below(6) === 0) {
      injected.diverted += 1;
      for (const offset of batch) diverted.add(offset);
      position += batch.length;
    }
    if (injected.rewinds < 2 && below(40) === 0) {
      injected.rewinds += 1;
      position = below(position + 1);
      for (const offset of log.slice(position)) diverted.delete(offset);
    }
  }
  for (let round = 0; round < 60; round += 1) for (const zombie of zombies) await zombie.step(below(16));
  return { ...check(store, log, diverted), injected };
}

/** Offsets with gaps, as transactions and retention leave them. */
function makeLog(below: Random): number[] {
  const log: number[] = [];
  const length = 12 + below(30);
  for (let offset = below(3); log.length < length; offset += 1) {
    log.push(offset);
    if (below(6) === 0) offset += 1 + below(4);
  }
  return log;
}

function check(
  store: MemoryObjectStore,
  log: readonly number[],
  diverted: ReadonlySet<number>,
): Pick<ScheduleResult, 'lost' | 'doubled' | 'chainBreak'> {
  const held = new Map<number, number>();
  const extents: { start: number; last: number }[] = [];
  for (const key of store.keys()) {
    const object = parseRawKey(key);
    const file = decodeRawFile(key, store.objects.get(key)?.body ?? Buffer.alloc(0));
    if (object?.kind === 'chain') extents.push(file.header);
    for (const { offset } of file.records) held.set(offset, (held.get(offset) ?? 0) + 1);
  }
  const broken = findChainBreak(extents);
  return {
    lost: log.filter((offset) => !held.has(offset) && !diverted.has(offset)),
    doubled: log.filter((offset) => (held.get(offset) ?? 0) > 1),
    chainBreak: broken === undefined ? undefined : `${broken.kind} at ${broken.offset}`,
  };
}
