import { describe, expect, test } from '@jest/globals';
import type { ObjectToPut } from '../../../adapters/objects.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { playSchedule, type ScheduleOptions, type ScheduleResult } from '../../helpers/raw-log-schedule.ts';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 2000);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

const seedOf = (index: number): number => FIRST_SEED + index * 7919;

function faultOf({ lost, doubled, chainBreak }: ScheduleResult): string | undefined {
  if (lost.length === 0 && doubled.length === 0 && chainBreak === undefined) return undefined;
  return `lost ${lost.join()}; doubled ${doubled.join()}; chain ${chainBreak ?? 'whole'}`;
}

/** Seed of the first schedule that loses or doubles something. */
async function findFault(count: number, options?: ScheduleOptions): Promise<string | undefined> {
  for (let index = 0; index < count; index += 1) {
    const fault = faultOf(await playSchedule(seedOf(index), options));
    if (fault !== undefined) return `SEED=${seedOf(index)} SCHEDULES=1: ${fault}`;
  }
  return undefined;
}

describe('landing under random schedules', () => {
  test(`each offset is landed once, and the chain is whole, in ${SCHEDULES} schedules`, async () => {
    const injected = { crashes: 0, resets: 0, zombies: 0, diverted: 0, rewinds: 0 };
    for (let index = 0; index < SCHEDULES; index += 1) {
      const result = await playSchedule(seedOf(index));
      const fault = faultOf(result);
      if (fault !== undefined) throw new Error(`SEED=${seedOf(index)} SCHEDULES=1: ${fault}`);
      for (const kind of Object.keys(injected) as (keyof typeof injected)[])
        injected[kind] += result.injected[kind];
    }
    if (SCHEDULES > 100)
      for (const count of Object.values(injected)) expect(count).toBeGreaterThan(SCHEDULES / 10);
  }, 600_000);

  test('the schedules notice a store that overwrites in spite of the condition', async () => {
    class Overwriting extends MemoryObjectStore {
      override async putIfAbsent(key: string, object: ObjectToPut): Promise<'created' | 'exists'> {
        await this.put(key, object);
        return 'created';
      }

      override through(gate: ConstructorParameters<typeof MemoryObjectStore>[0] & object): MemoryObjectStore {
        const view = new Overwriting({ gate, pageKeys: 3 } as never);
        Object.assign(view, { objects: this.objects, calls: this.calls });
        return view;
      }
    }
    expect(await findFault(500, { makeStore: () => new Overwriting({ pageKeys: 3 }) })).toMatch(
      /lost|doubled/,
    );
  });
});
