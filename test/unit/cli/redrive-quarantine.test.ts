import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseQuarantined } from '../../../cli/quarantine/quarantined-record.ts';
import { printRedriven } from '../../../cli/redrive/redrive.ts';
import {
  type Redriven,
  type RedriveRequest,
  redriveQuarantine,
} from '../../../cli/redrive/redrive-quarantine.ts';
import { parseRawKey, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import type { QualityCode } from '../../../core/quality.ts';
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

/** Three raw objects: two with poison of two kinds, one without. */
const OBJECTS: readonly PlannedObject[] = [
  {
    object: chainObject(0, 0),
    records: [{ offset: 0 }, { offset: 1, code: 'schema_unknown' }, { offset: 2, code: 'price_invalid' }],
  },
  { object: chainObject(0, 3), records: [{ offset: 3 }] },
  { object: chainObject(2, 0), records: [{ offset: 0, code: 'schema_unknown' }, { offset: 1 }] },
];

let lake: ScriptedLake;
/** Messages in the curation queue: keys of raw objects. */
let queue: string[];
beforeEach(async () => {
  lake = new ScriptedLake();
  queue = [];
  for (const planned of OBJECTS) await lake.curate(planned);
});

/** curate-quotes with code that reads what was an unknown schema. */
async function curateNewer(key: string): Promise<void> {
  const planned = OBJECTS.find(({ object }) => rawObjectKey(object) === key);
  if (planned === undefined) throw new Error(`no raw object ${key}`);
  await lake.curate({
    ...planned,
    records: planned.records.map(({ offset, code }) =>
      code === undefined || code === 'schema_unknown' ? { offset } : { offset, code },
    ),
  });
}

async function drain(): Promise<void> {
  for (const key of queue.splice(0)) await curateNewer(key);
}

/** request-curation, a page of one quarantined record at a time. */
function request(event: Readonly<Record<string, unknown>>): object {
  const {
    codes,
    partition,
    after = '',
  } = event as {
    codes?: readonly QualityCode[];
    partition?: number;
    after?: string;
  };
  const matching = lake.raw
    .keys()
    .filter((key) => key.startsWith('quarantine/'))
    .map((key) => parseQuarantined(key, lake.raw.objects.get(key)?.body.toString() ?? ''))
    .filter((record) => codes?.includes(record.code) ?? true)
    .filter((record) => partition === undefined || record.partition === partition);
  const keys = [...new Set(matching.map(({ rawKey }) => rawKey))].sort();
  const next = keys.find((key) => key > after);
  if (next === undefined) return { action: 'redrive', examined: 0, requested: 0 };
  queue.push(next);
  return { action: 'redrive', examined: 1, requested: 1, next };
}

interface Kill {
  readonly beforeEach?: Before;
  readonly filter?: RedriveRequest['filter'];
  readonly wait?: boolean;
}

async function redrive({ beforeEach, filter = {}, wait = true }: Kill = {}): Promise<Redriven> {
  // The queue is worked off before anybody looks at S3.
  const s3 = memoryS3(lake.buckets, async (command) => {
    await drain();
    beforeEach?.(command);
  });
  const lambda = scriptedLambda(request, beforeEach);
  return redriveQuarantine(
    { s3, lambda },
    {
      topic: TOPIC,
      rawBucket: 'raw',
      lakeBucket: 'lake',
      functionName: 'request-curation',
      filter,
      wait,
      readCut: cutUpTo(0),
      signal: AbortSignal.timeout(5000),
      progress: silentProgress(),
      standstillMs: 50,
    },
  );
}

function quarantined(): string[] {
  return lake.raw.keys().filter((key) => key.startsWith('quarantine/'));
}

describe('redriveQuarantine', () => {
  test('counts, by the code that records had, what is curated now and what is quarantined still', async () => {
    expect(await redrive()).toEqual({
      requested: 2,
      // Of both raw objects some offsets are shown from history.
      belowCut: 2,
      codes: [
        { code: 'schema_unknown', before: 2, curated: 2, quarantined: 0 },
        { code: 'price_invalid', before: 1, curated: 0, quarantined: 1 },
      ],
    });
  });

  test('asks only for the records that are meant', async () => {
    const { codes } = await redrive({ filter: { codes: ['schema_unknown'], partition: 2 } });
    expect(codes).toEqual([{ code: 'schema_unknown', before: 1, curated: 1, quarantined: 0 }]);
    expect(quarantined()).toHaveLength(2);
  });

  test('invokes nothing when nothing matches', async () => {
    const beforeEach = (command: string): void => {
      if (command === 'InvokeCommand') throw new Error('invoked');
    };
    expect(await redrive({ beforeEach, filter: { codes: ['symbol_empty'] } })).toEqual({
      requested: 0,
      codes: [],
      belowCut: 0,
    });
  });

  test('without waiting says only how much was requested', async () => {
    expect(await redrive({ wait: false })).toEqual({ requested: 2, codes: undefined, belowCut: 0 });
  });

  test('a standstill is an error that names how far it came', async () => {
    const stuck = redriveQuarantine(
      {
        s3: memoryS3(lake.buckets),
        lambda: scriptedLambda(request),
      },
      {
        topic: TOPIC,
        rawBucket: 'raw',
        lakeBucket: 'lake',
        functionName: 'request-curation',
        filter: {},
        wait: true,
        readCut: cutUpTo(-1),
        signal: AbortSignal.timeout(5000),
        progress: silentProgress(),
        standstillMs: 50,
      },
    );
    await expect(stuck).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      message: expect.stringContaining('0 of 2 raw objects'),
      hint: expect.stringContaining('tickerlake logs curate-quotes'),
    });
  });

  test('killed before any of its calls and run again, it ends the same', async () => {
    let calls = 0;
    await redrive({ beforeEach: () => (calls += 1) });
    const end = quarantined();
    expect(calls).toBeGreaterThan(8);
    for (let kill = 1; kill <= calls; kill++) {
      lake = new ScriptedLake();
      queue = [];
      for (const planned of OBJECTS) await lake.curate(planned);
      let call = 0;
      const beforeEach = (): void => {
        if (++call === kill) throw new Error('killed');
      };
      await expect(redrive({ beforeEach })).rejects.toThrow();
      await redrive();
      await drain();
      expect(quarantined()).toEqual(end);
      for (const { object, records } of OBJECTS) {
        const receipt = JSON.parse(lake.lake.objects.get(receiptKey(object))?.body.toString() ?? '{}') as {
          records: number;
        };
        expect(receipt.records).toBe(records.length);
      }
    }
  });
});

test('the raw objects that are watched are those that the records name', () => {
  const [key] = quarantined();
  const { rawKey } = parseQuarantined(key ?? '', lake.raw.objects.get(key ?? '')?.body.toString() ?? '');
  expect(parseRawKey(rawKey)).toEqual(chainObject(0, 0));
});

describe('printRedriven', () => {
  test.each([
    [{ requested: 0, codes: [], belowCut: 0 }, /^nothing to redrive/],
    [{ requested: 7, codes: undefined, belowCut: 0 }, /^7 raw objects will be curated again/],
    [
      {
        requested: 1,
        codes: [{ code: 'price_invalid', before: 3, curated: 1, quarantined: 2 }],
        belowCut: 1,
      },
      /price_invalid +3 +1 +2\n1 of the raw objects lies .*tickerlake compact --topic quotes\n/,
    ],
  ] as const)('%j', (redriven, text) => {
    const { terminal, out } = recordTerminal();
    printRedriven(terminal, redriven, TOPIC);
    expect(out()).toMatch(text);
  });
});
