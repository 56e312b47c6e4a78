import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CurationSelection } from '../../../core/curation-request.ts';
import { quarantineKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { LOG } from '../../helpers/records.ts';
import { chain, fill, MINUTE_MS, RequestStand } from './stand.ts';

let stand: RequestStand;

beforeEach(() => {
  stand = new RequestStand();
});

/** Calls again as long as there is more. Gives the keys requested by each call. */
async function requestAll(selection: CurationSelection, maxRequests: number): Promise<string[][]> {
  const calls: string[][] = [];
  let after: string | undefined;
  do {
    const more = after === undefined ? {} : { after };
    const { keys, next } = await stand.request(
      { ...selection, ...more },
      {
        maxRequests,
      },
    );
    calls.push([...keys]);
    after = next;
  } while (after !== undefined);
  return calls;
}

describe('redrive', () => {
  async function quarantine(object: RawObjectId, offset: number, code: string): Promise<void> {
    const body = Buffer.from(JSON.stringify({ code, raw_key: rawObjectKey(object), value: 'x' }));
    await stand.raw.put(quarantineKey(object, offset), { body, contentType: 'application/json' });
  }

  beforeEach(async () => {
    await quarantine(chain(0), 1, 'symbol_empty');
    await quarantine(chain(0), 2, 'schema_unknown');
    await quarantine(fill(3), 3, 'schema_unknown');
    await quarantine(chain(9, 1), 9, 'symbol_empty');
    await quarantine({ ...chain(4), logId: 'other' }, 4, 'symbol_empty');
  });

  test.each<[string, object, RawObjectId[]]>([
    [
      'everything, each raw object once',
      {},
      [chain(9, 1), chain(0), fill(3), { ...chain(4), logId: 'other' }],
    ],
    ['a code', { codes: ['schema_unknown'] }, [chain(0), fill(3)]],
    ['no code at all', { codes: [] }, []],
    ['a partition', { partition: 1 }, [chain(9, 1)]],
    ['a record', { partition: LOG.partition, offset: 3 }, [fill(3)]],
    ['a record that is not quarantined', { partition: LOG.partition, offset: 8 }, []],
    ['a log', { logId: 'other' }, [{ ...chain(4), logId: 'other' }]],
  ])('of %s requests what its records come from', async (_, choice, wanted) => {
    const { keys } = await stand.request({ action: 'redrive', ...choice });
    expect(keys).toEqual(wanted.map(rawObjectKey));
  });

  test('counts the records it looked at', async () => {
    expect(await stand.request({ action: 'redrive', codes: ['schema_unknown'] })).toMatchObject({
      examined: 5,
      requested: 2,
    });
  });

  test('passes over what is no quarantined record', async () => {
    await stand.raw.put(quarantineKey(LOG, 0), { body: Buffer.from('{'), contentType: 'x' });
    await stand.raw.put('quarantine/quotes/notes.txt', { body: Buffer.from('x'), contentType: 'x' });
    expect((await stand.request({ action: 'redrive', partition: LOG.partition })).requested).toBe(3);
  });

  test('goes on behind where it stopped, in other partitions too', async () => {
    for (let offset = 100; offset < 180; offset += 1) {
      await quarantine(chain(offset), offset, 'symbol_empty');
      await quarantine(chain(offset, 1), offset, 'symbol_empty');
    }
    const calls = await requestAll({ action: 'redrive' }, 10);
    expect(calls.length).toBeGreaterThan(3);
    const keys = calls.flat();
    expect(keys).toHaveLength(164);
    expect(new Set(keys).size).toBe(164);
  });
});

describe('replay', () => {
  beforeEach(async () => {
    await stand.land(chain(0), chain(10), chain(20), fill(12), fill(3), chain(0, 1));
  });

  test.each<[string, object, RawObjectId[]]>([
    ['everything', {}, [chain(0, 1), chain(0), chain(10), chain(20), fill(3), fill(12)]],
    ['from an offset in an object', { partition: 3, fromOffset: 12 }, [chain(10), chain(20), fill(12)]],
    ['from where an object starts', { partition: 3, fromOffset: 10 }, [chain(10), chain(20), fill(12)]],
    ['from behind all', { partition: 3, fromOffset: 99_999 }, [chain(20)]],
    ['of every partition', { fromOffset: 15 }, [chain(0, 1), chain(10), chain(20)]],
    ['of another log', { logId: 'other' }, []],
  ])('%s requests the raw objects that may hold it', async (_, choice, wanted) => {
    const { keys } = await stand.request({ action: 'replay', ...choice });
    expect(keys).toEqual(wanted.map(rawObjectKey));
  });

  test('from a time requests what was written then and since', async () => {
    stand.nowMs += MINUTE_MS;
    const fromTime = new Date(stand.nowMs).toISOString();
    await stand.land(chain(30));
    stand.nowMs += MINUTE_MS;
    await stand.land(fill(13));
    const { keys, examined } = await stand.request({ action: 'replay', fromTime });
    expect(keys).toEqual([chain(30), fill(13)].map(rawObjectKey));
    expect(examined).toBe(8);
  });

  test('goes on behind where it stopped', async () => {
    for (let start = 30; start < 110; start += 1) await stand.land(chain(start));
    const calls = await requestAll({ action: 'replay', fromOffset: 10 }, 10);
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.flat().filter((key) => key.includes('=0003/'))).toEqual(
      [chain(10), chain(20), ...Array.from({ length: 80 }, (_, index) => chain(30 + index)), fill(12)].map(
        rawObjectKey,
      ),
    );
  });

  test('stops when its time is up', async () => {
    const { next, requested } = await stand.request({ action: 'replay' }, { stopAtMs: stand.nowMs });
    expect(requested).toBe(6);
    expect(next).toBe(rawObjectKey(fill(12)));
  });
});
