import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planRewind, type Rewind } from '../../../cli/replay/consumer-group.ts';
import { type DeliverAgainRequest, deliverAgain } from '../../../cli/replay/deliver-again.ts';
import { printDiverted } from '../../../cli/replay/replay.ts';
import { fromOffset, type Replayed, replayRaw } from '../../../cli/replay/replay-raw.ts';
import { returnDiverted } from '../../../cli/replay/return-diverted.ts';
import { parseRawKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { CLUSTER_ARN, makeRecord } from '../../helpers/records.ts';
import {
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

describe('planRewind', () => {
  test('goes back to the offset that is wanted, within what the topic holds', () => {
    const ends = [
      { partition: 0, startOffset: 10, endOffset: 100 },
      { partition: 1, startOffset: 0, endOffset: 50 },
    ];
    const committed = new Map([
      [0, 100],
      [1, 50],
    ]);
    const wanted = new Map([
      [0, 5],
      [1, 20],
    ]);
    expect(planRewind(ends, committed, wanted)).toEqual([
      { partition: 0, from: 10, to: 100 },
      { partition: 1, from: 20, to: 50 },
    ]);
  });

  test('never goes forward, never leaves the topic, and starts nothing that never committed', () => {
    const offset = fc.nat(100);
    fc.assert(
      fc.property(
        offset,
        offset,
        fc.option(offset, { nil: undefined }),
        offset,
        (low, length, at, wantedOffset) => {
          const ends = [{ partition: 0, startOffset: low, endOffset: low + length }];
          const committed = new Map(at === undefined ? [] : [[0, at]]);
          const rewinds = planRewind(ends, committed, new Map([[0, wantedOffset]]));
          if (at === undefined) expect(rewinds).toEqual([]);
          for (const { from, to } of rewinds) {
            expect(to).toBe(at);
            expect(from).toBeLessThan(to);
            expect(from).toBeGreaterThanOrEqual(low);
            expect(from).toBeLessThanOrEqual(low + length);
          }
          // All that is wanted, held and read comes again.
          const first = Math.max(wantedOffset, low);
          if (at !== undefined && first < Math.min(at, low + length)) expect(rewinds[0]?.from).toBe(first);
        },
      ),
    );
  });
});

describe('deliverAgain', () => {
  const REWIND: Rewind = { partition: 1, from: 5, to: 9 };
  let events: string[];
  let isEnabled: boolean;
  let notes: string[];
  beforeEach(() => {
    events = [];
    notes = [];
    isEnabled = true;
  });

  /** A lake whose step `failing` fails, before it takes effect. */
  function request(failing?: string, controller = new AbortController()): DeliverAgainRequest {
    const step = (name: string, effect: () => void = () => undefined): Promise<void> => {
      if (name === failing) return Promise.reject(new Error(`${name} failed`));
      events.push(name);
      effect();
      return Promise.resolve();
    };
    const needsPause = (name: string): void => {
      if (isEnabled) throw new Error(`${name} while the event source polls`);
    };
    return {
      source: {
        resumeCommand: 'aws lambda update-event-source-mapping --uuid u --enabled',
        isEnabled: () => Promise.resolve(isEnabled),
        pause: () =>
          step('pause', () => {
            isEnabled = false;
          }),
        resume: () =>
          step('resume', () => {
            isEnabled = true;
          }),
      },
      group: {
        plan: () => Promise.resolve([REWIND]),
        empty: () =>
          step('empty', () => {
            needsPause('empty');
          }),
        rewind: () =>
          step('rewind', () => {
            needsPause('rewind');
          }),
        caughtUp: () => step('caughtUp'),
      },
      start: { kind: 'all' },
      partition: undefined,
      signal: controller.signal,
      progress: silentProgress(),
      note: (line) => notes.push(line),
    };
  }

  test('pauses, waits for the group to be empty, sets back, resumes, waits', async () => {
    expect(await deliverAgain(request())).toEqual([REWIND]);
    expect(events).toEqual(['pause', 'empty', 'rewind', 'resume', 'caughtUp']);
  });

  test('says how to resume before it pauses', async () => {
    const asked = request();
    const { pause } = asked.source;
    const told: string[] = [];
    const watched = {
      ...asked,
      source: {
        ...asked.source,
        pause: (signal: AbortSignal) => {
          told.push(...notes);
          return pause.call(asked.source, signal);
        },
      },
    };
    await deliverAgain(watched);
    expect(told.join('\n')).toContain('aws lambda update-event-source-mapping --uuid u --enabled');
  });

  test.each(['pause', 'empty', 'rewind'])('resumes when %s fails', async (failing) => {
    await expect(deliverAgain(request(failing))).rejects.toThrow(`${failing} failed`);
    expect(isEnabled).toBe(true);
    expect(events.at(-1)).toBe('resume');
  });

  test('resumes on Ctrl-C, and sets nothing back any more', async () => {
    const controller = new AbortController();
    const asked = request(undefined, controller);
    const interrupted = {
      ...asked,
      group: {
        ...asked.group,
        empty: () => {
          controller.abort();
          return Promise.resolve();
        },
      },
    };
    await expect(deliverAgain(interrupted)).rejects.toThrow(/abort/i);
    expect(events).toEqual(['pause', 'resume']);
  });

  test('when it cannot resume, the last line says how to', async () => {
    await expect(deliverAgain(request('resume'))).rejects.toThrow('resume failed');
    expect(notes.at(-1)).toMatch(/still paused.*aws lambda update-event-source-mapping --uuid u --enabled/);
  });

  test('resumes what a replay that died left paused, even with nothing to set back', async () => {
    isEnabled = false;
    const asked = request();
    const nothing = { ...asked, group: { ...asked.group, plan: () => Promise.resolve([]) } };
    expect(await deliverAgain(nothing)).toEqual([]);
    expect(isEnabled).toBe(true);
    expect(events).not.toContain('rewind');
    expect(notes[0]).toMatch(/paused already/);
  });

  test('pauses nothing when there is nothing to set back', async () => {
    const asked = request();
    await deliverAgain({ ...asked, group: { ...asked.group, plan: () => Promise.resolve([]) } });
    expect(events).toEqual([]);
  });
});

describe('returnDiverted', () => {
  let raw: MemoryObjectStore;
  let invoked: string[];
  let invokedFunctions: string[];
  beforeEach(async () => {
    raw = new MemoryObjectStore();
    invoked = [];
    invokedFunctions = [];
    await divert('b', '2026-11-20T10:00:01Z', [7, 8]);
    await divert('a', '2026-11-20T10:00:02Z', [9]);
    await divert('c', '2026-11-20T10:00:00Z', [5]);
    await put('aws/lambda/async/f/1', '{}');
  });

  async function put(key: string, text: string): Promise<void> {
    await raw.put(key, { body: Buffer.from(text), contentType: 'application/json' });
  }

  async function divert(
    name: string,
    timestamp: string,
    offsets: readonly number[],
    functionName = 'land-quotes',
  ): Promise<void> {
    const records = offsets.map((offset) => ({ ...makeRecord(offset), topic: 'quotes', partition: 3 }));
    const payload = JSON.stringify({ eventSourceArn: CLUSTER_ARN, records: { 'quotes-3': records } });
    const functionArn = `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`;
    const requestContext = { condition: 'RetryAttemptsExhausted', functionArn };
    await put(`aws/lambda/m/${name}`, JSON.stringify({ timestamp, requestContext, payload }));
  }

  /** land-quotes: `fail` may throw, or remove the document itself. */
  async function land(fail: (key: string) => unknown = () => undefined): ReturnType<typeof returnDiverted> {
    return returnDiverted({
      lambda: scriptedLambda(async (event, functionName) => {
        const { key } = event['divertedBatch'] as { key: string };
        invoked.push(key);
        invokedFunctions.push(functionName);
        await fail(key);
        await raw.delete(key);
        return { batchItemFailures: [] };
      }),
      functionNames: ['land-quotes', 'filter-quotes'],
      raw,
      signal: AbortSignal.timeout(5000),
    });
  }

  test('lands oldest first, and nothing that is no Kafka batch', async () => {
    const landed = await land();
    expect(invoked).toEqual(['aws/lambda/m/c', 'aws/lambda/m/b', 'aws/lambda/m/a']);
    expect(landed.every(({ isDone }) => isDone)).toBe(true);
    expect(landed[1]?.ranges).toMatchObject([{ partition: 3, first: 7, last: 8 }]);
    expect(raw.keys()).toEqual(['aws/lambda/async/f/1']);
  });

  test('goes on after one that fails, and says why it did', async () => {
    const landed = await land((key) => {
      if (key.endsWith('/b')) throw new Error('the record differs');
    });
    expect(landed.map(({ isDone }) => isDone)).toEqual([true, false, true]);
    expect(landed[1]?.problem).toContain('the record differs');
    expect(raw.keys()).toContain('aws/lambda/m/b');
  });

  test('one that somebody else landed meanwhile counts as landed', async () => {
    const landed = await land(async (key) => {
      if (!key.endsWith('/c')) return;
      await raw.delete(key);
      throw new Error('no such document');
    });
    expect(landed.map(({ isDone }) => isDone)).toEqual([true, true, true]);
  });

  test('each goes to the function that it was diverted from, and to no other', async () => {
    await divert('d', '2026-11-20T10:00:03Z', [5], 'filter-quotes');
    await divert('e', '2026-11-20T10:00:04Z', [6], 'somebody-else');
    const landed = await land();
    expect(invokedFunctions).toEqual(['land-quotes', 'land-quotes', 'land-quotes', 'filter-quotes']);
    expect(landed.at(-1)).toMatchObject({ isDone: false, problem: expect.stringContaining('somebody-else') });
    expect(raw.keys()).toContain('aws/lambda/m/e');
  });

  test('a document that cannot be read is tried and shown all the same', async () => {
    await put('aws/lambda/m/torn', '{"timestamp":"20');
    const landed = await land((key) => {
      if (key.endsWith('/torn')) throw new Error('it is not JSON');
    });
    const { terminal, out } = recordTerminal();
    printDiverted(terminal, landed);
    expect(out()).toMatch(/\? +\? +\? +unreadable +no: .*it is not JSON/);
    expect(out()).toMatch(/ 3 +7–8 +RetryAttemptsExhausted +yes/);
    expect(out()).toContain('still diverted: aws/lambda/m/torn');
  });
});

test('fromOffset keeps the link that covers the offset, all after it, and fills from it on', () => {
  const fill = (start: number): RawObjectId => ({ ...chainObject(0, start), kind: 'fill' });
  const objects = [chainObject(0, 0), chainObject(0, 10), chainObject(0, 20), fill(4), fill(15)];
  const other = chainObject(1, 0);
  expect(fromOffset([...objects, other], 15)).toEqual([objects[1], objects[2], objects[4], other]);
  expect(fromOffset(objects, 0)).toEqual(objects);
});

describe('replayRaw', () => {
  const OBJECTS: readonly PlannedObject[] = [0, 10, 20].map((start) => ({
    object: chainObject(0, start),
    records: [{ offset: start }, { offset: start + 1, code: 'price_invalid' }],
  }));
  let lake: ScriptedLake;
  beforeEach(async () => {
    lake = new ScriptedLake();
    for (const planned of OBJECTS) await lake.curate(planned);
  });

  async function replay(
    start: Parameters<typeof replayRaw>[1]['start'],
    answer: (event: Readonly<Record<string, unknown>>) => unknown,
  ): Promise<Replayed> {
    return replayRaw(
      { s3: memoryS3(lake.buckets), lambda: scriptedLambda(answer) },
      {
        topic: TOPIC,
        rawBucket: 'raw',
        lakeBucket: 'lake',
        functionName: 'request-curation',
        start,
        partition: 0,
        logId: undefined,
        wait: true,
        readCut: cutUpTo(10),
        signal: AbortSignal.timeout(5000),
        progress: silentProgress(),
        standstillMs: 50,
      },
    );
  }

  async function curateAgain(key: string): Promise<void> {
    const object = parseRawKey(key);
    const planned = OBJECTS.find((each) => each.object.start === object?.start);
    if (planned !== undefined) await lake.curate(planned);
  }

  test('waits for the receipts of what was requested, and sums them by partition', async () => {
    const events: unknown[] = [];
    const { requested, partitions, belowCut } = await replay(
      { kind: 'offset', offset: 11 },
      async (event) => {
        events.push(event);
        for (const { object } of OBJECTS.slice(1)) await curateAgain(rawObjectKey(object));
        return { action: 'replay', examined: 2, requested: 2 };
      },
    );
    expect(events).toEqual([{ action: 'replay', partition: 0, fromOffset: 11 }]);
    expect(requested).toBe(2);
    expect(partitions).toEqual([
      { logId: 'log-1', partition: 0, objects: 2, records: 4, curated: 2, quarantined: 2 },
    ]);
    // The one from offset 10 on is shown from history, the one from 20 on from its file.
    expect(belowCut).toBe(1);
  });

  test('a time goes to the function as ISO 8601', async () => {
    const timeMs = Date.parse('2026-11-20T14:30:00Z');
    const answer = (event: Readonly<Record<string, unknown>>): object => {
      expect(event['fromTime']).toBe('2026-11-20T14:30:00.000Z');
      return { action: 'replay', examined: 3, requested: 0 };
    };
    expect(await replay({ kind: 'time', timeMs }, answer)).toEqual({
      requested: 0,
      partitions: [],
      belowCut: 0,
    });
  });

  test('a function that does not get on is an error, not an endless loop', async () => {
    const answer = (): object => ({ action: 'replay', examined: 1, requested: 1, next: 'same' });
    await expect(replay({ kind: 'all' }, answer)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      hint: 'tickerlake logs request-curation',
    });
  });
});
