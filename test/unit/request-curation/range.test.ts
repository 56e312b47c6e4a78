/** Replay of a range of offsets or days, and its resumption by what receipts say. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReplaySelection } from '../../../core/curation-request.ts';
import { curatedKey, type RawObjectId, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { LOG } from '../../helpers/records.ts';
import { chain, fill, MINUTE_MS, RequestStand } from './stand.ts';

const DAYS = ['2026-11-18', '2026-11-19', '2026-11-20'] as const;

let stand: RequestStand;
beforeEach(() => {
  stand = new RequestStand();
});

/** Lands an object and curates it to rows of some days. */
async function curate(object: RawObjectId, days: readonly string[]): Promise<void> {
  await stand.land(object);
  await stand.settle(object, 2, {
    curated: days.map((dt) => ({ key: curatedKey(object, dt), rows: 1 })),
    ...(days.length === 0 ? { quarantined: [{ offset: object.start, code: 'symbol_empty' }] } : {}),
  });
}

async function replay(choice: Omit<ReplaySelection, 'action'>): Promise<readonly string[]> {
  return (await stand.request({ action: 'replay', ...choice })).keys;
}

describe('of offsets', () => {
  beforeEach(async () => {
    await stand.land(chain(0), chain(10), chain(20), fill(3), fill(12), fill(25), chain(0, 1));
  });

  test.each<[string, Omit<ReplaySelection, 'action'>, RawObjectId[]]>([
    ['up to one', { toOffset: 9 }, [chain(0, 1), chain(0), fill(3)]],
    ['up to where an object starts', { partition: 3, toOffset: 10 }, [chain(0), chain(10), fill(3)]],
    ['in the middle', { partition: 3, fromOffset: 12, toOffset: 19 }, [chain(10), fill(12)]],
    ['one alone', { partition: 3, fromOffset: 12, toOffset: 12 }, [chain(10), fill(12)]],
    [
      'across objects',
      { partition: 3, fromOffset: 3, toOffset: 20 },
      [chain(0), chain(10), chain(20), fill(3), fill(12)],
    ],
  ])('%s requests the raw objects that may hold it', async (_, choice, wanted) => {
    expect(await replay(choice)).toEqual(wanted.map(rawObjectKey));
  });
});

describe('of days', () => {
  beforeEach(async () => {
    await curate(chain(0), ['2026-11-18']);
    await curate(chain(10), ['2026-11-18', '2026-11-19']);
    await curate(chain(20), ['2026-11-20']);
    await curate(fill(12), ['2026-11-19']);
    await curate(chain(0, 1), []);
    await stand.land(chain(30));
  });

  test.each<[string, Omit<ReplaySelection, 'action'>, RawObjectId[]]>([
    ['one', { fromDay: '2026-11-19', toDay: '2026-11-19' }, [chain(10), chain(30), fill(12)]],
    ['from one on', { fromDay: '2026-11-20' }, [chain(20), chain(30)]],
    ['up to one', { toDay: '2026-11-18' }, [chain(0), chain(10), chain(30)]],
    ['where nothing is', { fromDay: '2025-01-01', toDay: '2025-12-31' }, [chain(30)]],
    ['of a partition', { partition: 1, toDay: '2026-11-20' }, []],
  ])('%s requests what has rows of it, and what nobody curated', async (_, choice, wanted) => {
    expect(await replay(choice)).toEqual(wanted.map(rawObjectKey));
  });

  test('requests what has a receipt that is torn', async () => {
    const key = receiptKey(chain(20));
    await stand.lake.put(key, { body: Buffer.from('{'), contentType: 'x' });
    expect(await replay({ toDay: '2026-11-17' })).toContain(rawObjectKey(chain(20)));
  });

  test('counts all that it looked at', async () => {
    const choice = { action: 'replay', fromDay: '2026-11-20' } as const;
    expect(await stand.request(choice)).toMatchObject({ examined: 6, requested: 2 });
  });
});

test('what was curated since the request began is passed over when it is repeated', async () => {
  for (const start of [0, 10, 20]) await curate(chain(start), ['2026-11-20']);
  await stand.land(chain(30));
  stand.nowMs += MINUTE_MS;
  const curatedBefore = new Date(stand.nowMs).toISOString();
  await curate(chain(10), ['2026-11-18']);
  stand.nowMs += MINUTE_MS;
  await curate(chain(30), ['2026-11-20']);
  expect(await replay({ fromDay: '2026-11-20', curatedBefore })).toEqual(
    [chain(0), chain(20)].map(rawObjectKey),
  );
  expect(await replay({ fromOffset: 15, curatedBefore })).toEqual([chain(20)].map(rawObjectKey));
});

/** A chain object of ten offsets, or a fill, with the days of its rows; undefined where it has no receipt. */
interface Planned {
  readonly object: RawObjectId;
  readonly days: readonly string[] | undefined;
  readonly isRecent: boolean;
}

const planned: fc.Arbitrary<Planned> = fc.record({
  object: fc.oneof(
    fc.tuple(fc.nat(9), fc.nat(2)).map(([link, partition]) => chain(link * 10, partition)),
    fc.nat(99).map(fill),
  ),
  days: fc.option(fc.subarray([...DAYS]), { nil: undefined }),
  isRecent: fc.boolean(),
});
const natural = fc.nat(99);
const range: fc.Arbitrary<Omit<ReplaySelection, 'action'>> = fc.oneof(
  fc.tuple(natural, natural).map(([a, b]) => ({ fromOffset: Math.min(a, b), toOffset: Math.max(a, b) })),
  fc.tuple(fc.constantFrom(...DAYS), fc.constantFrom(...DAYS)).map(([a, b]) => ({
    fromDay: a < b ? a : b,
    toDay: a < b ? b : a,
  })),
);

test('any range, asked for in any number of calls, requests what a look at each raw object would', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(planned, { selector: ({ object }) => rawObjectKey(object), maxLength: 80 }),
      range,
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      async (objects, choice, isResumed, maxRequests) => {
        stand = new RequestStand();
        const startedMs = stand.nowMs;
        for (const { object, days, isRecent } of objects) {
          stand.nowMs = startedMs + (isRecent ? MINUTE_MS : -MINUTE_MS);
          if (days === undefined) await stand.land(object);
          else await curate(object, days);
        }
        const curatedBefore = isResumed ? { curatedBefore: new Date(startedMs).toISOString() } : {};
        const requested: string[] = [];
        let after: string | undefined;
        do {
          const more = after === undefined ? {} : { after };
          const event = { action: 'replay', ...choice, ...curatedBefore, ...more } as const;
          const answer = await stand.request(event, { maxRequests });
          requested.push(...answer.keys);
          after = answer.next;
        } while (after !== undefined);
        const wanted = objects.filter((each) => isWanted(each, objects, choice, isResumed));
        expect(requested.toSorted()).toEqual(wanted.map(({ object }) => rawObjectKey(object)).sort());
      },
    ),
    { numRuns: 150 },
  );
});

function isWanted(
  { object, days, isRecent }: Planned,
  objects: readonly Planned[],
  { fromOffset, toOffset, fromDay, toDay }: Omit<ReplaySelection, 'action'>,
  isResumed: boolean,
): boolean {
  if (isResumed && days !== undefined && isRecent) return false;
  if (fromDay !== undefined && toDay !== undefined) {
    return days === undefined || days.some((dt) => dt >= fromDay && dt <= toDay);
  }
  const [from = 0, to = 0] = [fromOffset, toOffset];
  if (object.kind === 'fill') return object.start >= from && object.start <= to;
  const starts = objects
    .filter(({ object: { kind, partition } }) => kind === 'chain' && partition === object.partition)
    .map(({ object: { start } }) => start)
    .sort((a, b) => a - b);
  // A link goes up to the next one's start; the last has no end that anybody knows.
  const end = (starts.find((start) => start > object.start) ?? Number.POSITIVE_INFINITY) - 1;
  return object.start <= to && end >= from;
}

test('a partition of another log is told apart', async () => {
  await curate({ ...chain(0), logId: 'other' }, ['2026-11-20']);
  await curate(chain(0), ['2026-11-20']);
  expect(await replay({ logId: LOG.logId, fromDay: '2026-11-20' })).toEqual([rawObjectKey(chain(0))]);
});
