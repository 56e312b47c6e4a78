import { describe, expect, test } from '@jest/globals';
import { filterQuotes } from '../../../lambdas/filter-quotes/filter-quotes.ts';
import { type FilterScheduleResult, playFilterSchedule } from '../../helpers/filter-schedule.ts';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 300);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

const seedOf = (index: number): number => FIRST_SEED + index * 7919;

function faultOf({ missing, foreign, misplaced }: FilterScheduleResult): string | undefined {
  if (missing.length + foreign.length + misplaced.length === 0) return undefined;
  return `missing ${missing.join()}; foreign ${foreign.join()}; misplaced ${misplaced.join()}`;
}

/** The first fault that a filter makes. */
async function findFault(filter: typeof filterQuotes): Promise<string | undefined> {
  for (let index = 0; index < SCHEDULES; index += 1) {
    const fault = faultOf(await playFilterSchedule(seedOf(index), filter));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

describe('filtering under random schedules', () => {
  test(`puts every watched record into its partition at least once, and nothing else, in ${SCHEDULES} schedules`, async () => {
    const injected = { failed: 0, lostAcks: 0, killed: 0, diverted: 0, late: 0, doubled: 0 };
    for (let index = 0; index < SCHEDULES; index += 1) {
      const result = await playFilterSchedule(seedOf(index));
      const fault = faultOf(result);
      if (fault !== undefined) throw new Error(`SEED=${seedOf(index)} SCHEDULES=1: ${fault}`);
      for (const kind of Object.keys(injected) as (keyof typeof injected)[])
        injected[kind] += result.injected[kind];
    }
    if (SCHEDULES > 100)
      for (const count of Object.values(injected)) expect(count).toBeGreaterThan(SCHEDULES / 10);
  }, 60_000);

  test('the schedules notice a filter that takes what lies below its high-water mark for a double', async () => {
    const marks = new Map<string, number>();
    let run = '';
    const withMark: typeof filterQuotes = async (ports, delivered, options) => {
      const isNew = (partition: number, offset: number): boolean =>
        offset > (marks.get(`${run}${partition}`) ?? -1);
      const fresh = delivered.map((each) => ({
        ...each,
        records: each.records.filter(({ offset }) => isNew(each.partition, offset)),
      }));
      const filtering = await filterQuotes(ports, fresh, options);
      for (const { delivered: each, failure } of filtering.partitions) {
        const last = each.records.at(-1)?.offset;
        if (failure === undefined && last !== undefined) marks.set(`${run}${each.partition}`, last);
      }
      return filtering;
    };
    let fault: string | undefined;
    for (let index = 0; index < SCHEDULES && fault === undefined; index += 1) {
      run = `${index}:`;
      fault = faultOf(await playFilterSchedule(seedOf(index), withMark));
    }
    expect(fault).toMatch(/missing \d/);
  }, 60_000);

  test('the schedules notice a failed send that is taken for done', async () => {
    const careless: typeof filterQuotes = async (ports, delivered, options) => {
      const filtering = await filterQuotes(ports, delivered, options);
      return {
        ...filtering,
        partitions: filtering.partitions.map((each) => ({ delivered: each.delivered })),
      };
    };
    expect(await findFault(careless)).toMatch(/missing \d/);
  }, 60_000);
});
