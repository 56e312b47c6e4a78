import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printBackfilled, resumeCommand } from '../../../cli/backfill/backfill.ts';
import {
  type BackfilledCurated,
  type BackfillRange,
  backfillCurated,
} from '../../../cli/backfill/backfill-curated.ts';
import { mergeRanges } from '../../../cli/backfill/merge-ranges.ts';
import type { CuratedObject } from '../../../cli/curation/receipt-watch.ts';
import { parseCurationSelection } from '../../../core/curation-request.ts';
import { rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { parseReceipt } from '../../../core/receipt.ts';
import { requestCuration } from '../../../lambdas/request-curation/request-curation.ts';
import {
  type Before,
  chainObject,
  cutUpTo,
  memoryS3,
  type PlannedObject,
  ScriptedLake,
  scriptedLambda,
  silentProgress,
  TOPIC,
} from './scripted-lake.ts';
import { recordTerminal } from './terminal-double.ts';

const MINUTE_MS = 60_000;
const OBJECTS: readonly PlannedObject[] = [
  { object: chainObject(0, 0), records: [{ offset: 0 }, { offset: 9 }], dt: '2026-11-18' },
  { object: chainObject(0, 10), records: [{ offset: 10 }, { offset: 19 }], dt: '2026-11-19' },
  { object: chainObject(0, 20), records: [{ offset: 20 }, { offset: 29 }], dt: '2026-11-20' },
  {
    object: chainObject(1, 0),
    records: [{ offset: 0 }, { offset: 4, code: 'price_invalid' }],
    dt: '2026-11-20',
  },
];

let lake: ScriptedLake;
let since: string;
/** Raw keys that wait in the queue. */
let queue: string[];
/** How many objects each key was curated more often than once. */
let curatedAgain: string[];

beforeEach(async () => {
  lake = new ScriptedLake();
  queue = [];
  curatedAgain = [];
  for (const planned of OBJECTS) await lake.curate(planned);
  lake.nowMs += MINUTE_MS;
  since = new Date(lake.nowMs).toISOString();
});

/** request-curation as it is, on the scripted buckets. */
const request = (event: Readonly<Record<string, unknown>>): Promise<unknown> =>
  requestCuration(
    {
      raw: lake.raw,
      lake: lake.lake,
      now: () => lake.nowMs,
      queue: {
        count: () => Promise.resolve(queue.length),
        send: (bodies) => {
          for (const body of bodies) {
            queue.push((JSON.parse(body) as { detail: { object: { key: string } } }).detail.object.key);
          }
          return Promise.resolve();
        },
      },
    },
    parseCurationSelection(event),
    { rawBucket: 'raw', topic: TOPIC, stopAtMs: Number.POSITIVE_INFINITY, maxRequests: 2 },
  );

/** curate-quotes takes so many objects off its queue. */
async function drain(most = Number.POSITIVE_INFINITY): Promise<void> {
  for (const key of queue.splice(0, most)) {
    const planned = OBJECTS.find(({ object }) => rawObjectKey(object) === key);
    if (planned === undefined) continue;
    curatedAgain.push(key);
    await lake.curate(planned);
  }
}

async function backfill(
  range: BackfillRange,
  beforeS3: Before = () => drain(),
  beforeInvoke?: Before,
): Promise<BackfilledCurated> {
  return backfillCurated(
    { s3: memoryS3(lake.buckets, beforeS3), lambda: scriptedLambda(request, beforeInvoke) },
    {
      topic: TOPIC,
      rawBucket: 'raw',
      lakeBucket: 'lake',
      functionName: 'request-curation',
      range,
      since,
      readCut: cutUpTo(10),
      signal: AbortSignal.timeout(5000),
      progress: silentProgress(),
      standstillMs: 300,
    },
  );
}

function revisions(): readonly number[] {
  return OBJECTS.map(({ object }) => {
    const key = receiptKey(object);
    return parseReceipt(key, lake.lake.objects.get(key)?.body.toString() ?? '').revision;
  });
}

describe('backfillCurated', () => {
  test('curates the raw objects of a day again, and those alone', async () => {
    const { requested, alreadyDone, objects } = await backfill({
      fromDay: '2026-11-20',
      toDay: '2026-11-20',
    });
    expect([requested, alreadyDone]).toEqual([2, 0]);
    expect(objects.map(({ object }) => object)).toEqual([chainObject(0, 20), chainObject(1, 0)]);
    expect(revisions()).toEqual([1, 1, 2, 2]);
  });

  test('curates the raw objects of a range of offsets again, and says which history shows', async () => {
    const { requested, belowCut } = await backfill({ partition: 0, fromOffset: 15, toOffset: 20 });
    expect([requested, belowCut]).toEqual([2, 1]);
    expect(revisions()).toEqual([1, 2, 2, 1]);
  });

  test('asks the function again until it says that there is no more', async () => {
    expect(await backfill({ fromOffset: 0 })).toMatchObject({ requested: 4 });
    expect(revisions()).toEqual([2, 2, 2, 2]);
  });

  test('a range that holds nothing is no error', async () => {
    expect(await backfill({ toDay: '2020-01-01' })).toMatchObject({ requested: 0, objects: [] });
  });

  test('a standstill names how far it came', async () => {
    await expect(backfill({ fromOffset: 0 }, () => undefined)).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      message: expect.stringContaining('0 of 4 raw objects curated again'),
    });
  });

  test('killed anywhere and gone on with, it curates each once, and ends with all of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }), async (kills) => {
        lake = new ScriptedLake();
        [queue, curatedAgain] = [[], []];
        for (const planned of OBJECTS) await lake.curate(planned);
        lake.nowMs += MINUTE_MS;
        since = new Date(lake.nowMs).toISOString();
        const wanted = { fromDay: '2026-11-19' };
        for (const calls of kills) {
          let left = calls;
          const dies = async (): Promise<void> => {
            left -= 1;
            if (left < 0) throw new Error('killed');
            await drain(1);
          };
          await backfill(wanted, dies, dies).catch(() => undefined);
          // What is in the queue is worked off meanwhile.
          await drain();
        }
        const { objects } = await backfill(wanted);
        expect(objects.map(({ object }) => object.start)).toHaveLength(3);
        expect(revisions()).toEqual([1, 2, 2, 2]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('mergeRanges', () => {
  const curated = (partition: number, first: number, last: number): CuratedObject => ({
    object: chainObject(partition, first),
    receipt: { first, last, records: 0, curationVersion: 1, revision: 1, curated: [], quarantined: [] },
  });

  test('joins what touches or overlaps, a partition at a time', () => {
    const objects = [
      curated(0, 10, 19),
      curated(1, 20, 29),
      curated(0, 0, 9),
      curated(0, 5, 5),
      curated(0, 40, 49),
    ];
    expect(mergeRanges(objects)).toEqual([
      { log_id: 'log-1', kafka_partition: 0, from_offset: 0, to_offset: 19 },
      { log_id: 'log-1', kafka_partition: 0, from_offset: 40, to_offset: 49 },
      { log_id: 'log-1', kafka_partition: 1, from_offset: 20, to_offset: 29 },
    ]);
  });

  test('is one range a partition where there would be too many', () => {
    expect(mergeRanges([curated(0, 0, 1), curated(0, 5, 6), curated(0, 9, 9)], 2)).toEqual([
      { log_id: 'log-1', kafka_partition: 0, from_offset: 0, to_offset: 9 },
    ]);
  });

  test('covers exactly what it is given', () => {
    const objects = fc.array(
      fc
        .tuple(fc.nat(2), fc.nat(60), fc.nat(8))
        .map(([p, first, length]) => curated(p, first, first + length)),
    );
    fc.assert(
      fc.property(objects, (given) => {
        const covered = new Set(
          given.flatMap(({ object, receipt }) => offsets(object.partition, receipt.first, receipt.last)),
        );
        const merged = mergeRanges(given).flatMap((range) =>
          offsets(range.kafka_partition, range.from_offset, range.to_offset),
        );
        // No offset twice.
        expect(merged.toSorted()).toEqual([...covered].sort());
      }),
    );
  });

  function offsets(partition: number, first: number, last: number): string[] {
    return Array.from({ length: last - first + 1 }, (_, index) => `${partition}:${first + index}`);
  }
});

test('the command to go on with has all that was asked for', () => {
  const range = { fromDay: '2026-11-19', partition: 0 };
  const options = { target: 'history', topic: 'quotes', range, sinceMs: undefined, json: false } as const;
  expect(resumeCommand(options, '2026-11-21T10:00:00.000Z')).toBe(
    'tickerlake backfill --target history --topic quotes --from-day 2026-11-19 --partition 0 --since 2026-11-21T10:00:00.000Z',
  );
});

test('what is below the cut is said, where it was not compacted', async () => {
  const { terminal, out } = recordTerminal();
  printBackfilled(terminal, 'quotes', await backfill({ fromOffset: 0 }), undefined);
  expect(out()).toMatch(
    /log-1 +1 +1 +2 +1 +1\n4 raw objects curated again\n3 of the raw objects lie at or below/,
  );
});
