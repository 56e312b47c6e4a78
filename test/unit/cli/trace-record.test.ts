import { beforeEach, describe, expect, test } from '@jest/globals';
import { describeTrace } from '../../../cli/reconcile/last-seen.ts';
import {
  findShowing,
  type PartitionPosition,
  type RecordTrace,
  type TracePorts,
  traceRecord,
} from '../../../cli/reconcile/trace-record.ts';
import { QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import {
  curatedKey,
  locations,
  quarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { formatReceipt, type Receipt } from '../../../core/receipt.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { CLUSTER_ARN, LOG, makeRecord, quoteRecord, SCHEMA_ID } from '../../helpers/records.ts';

const DAY = '2026-11-20';
const LINK: RawObjectId = { ...LOG, kind: 'chain', start: 10 };

let raw: MemoryObjectStore;
let lake: MemoryObjectStore;
let position: PartitionPosition | undefined;
let registered: Map<string, string>;
let ports: TracePorts;
beforeEach(() => {
  raw = new MemoryObjectStore();
  lake = new MemoryObjectStore();
  position = { startOffset: 0, endOffset: 100, committed: 50 };
  registered = new Map([[DAY, `s3://lake/${locations.curatedDay('quotes', DAY)}`]]);
  ports = {
    raw,
    lake,
    schemas: { load: () => Promise.resolve(new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]])) },
    landFunction: 'land-quotes',
    position: () => Promise.resolve(position),
    dayLocation: (dt) => Promise.resolve(registered.get(dt)),
    expectedLocation: (dt) => `s3://lake/${locations.curatedDay('quotes', dt)}`,
  };
});

async function put(store: MemoryObjectStore, key: string, body: string | Buffer): Promise<void> {
  await store.put(key, { body: Buffer.from(body), contentType: 'x' });
}

async function land(object: RawObjectId, ...records: DeliveredRecord[]): Promise<void> {
  const key = rawObjectKey(object);
  await put(raw, key, encodeRawFile(key, object.start, records).body);
}

async function writeReceipt(object: RawObjectId, parts: Partial<Receipt>): Promise<void> {
  const { curated = [], quarantined = [] } = parts;
  const records = curated.reduce((sum, { rows }) => sum + rows, 0) + quarantined.length;
  const about = { first: object.start, last: 20, curationVersion: 1, revision: 1 };
  await put(lake, receiptKey(object), formatReceipt({ ...about, records, curated, quarantined }));
}

async function divert(
  name: string,
  offsets: readonly number[],
  functionName = 'land-quotes',
): Promise<string> {
  const records = offsets.map((offset) => ({ ...makeRecord(offset), topic: 'quotes', partition: 3 }));
  const event = { eventSourceArn: CLUSTER_ARN, records: { 'quotes-3': records } };
  const key = `aws/lambda/mapping/${name}`;
  const document = {
    timestamp: `2026-11-20T10:00:0${name}Z`,
    requestContext: {
      condition: 'RetryAttemptsExhausted',
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    },
    payload: JSON.stringify(event),
  };
  await put(raw, key, JSON.stringify(document));
  return key;
}

const trace = (offset: number): Promise<RecordTrace> => traceRecord(ports, LOG, offset);

describe('traceRecord', () => {
  test('what no raw object holds is in the topic', async () => {
    await land(LINK, makeRecord(10), makeRecord(12));
    expect(await trace(11)).toEqual({ at: 'topic', position });
    expect(await trace(13)).toEqual({ at: 'topic', position });
    expect(await trace(9)).toEqual({ at: 'topic', position });
  });

  test('what another reader of the topic gave up is no reason why it is not landed', async () => {
    await land(LINK, makeRecord(10), makeRecord(12));
    await divert('1', [11], 'filter-quotes');
    expect(await trace(11)).toEqual({ at: 'topic', position });
  });

  test('what the chain passed over and a batch holds is diverted: the newest batch is named', async () => {
    await land(LINK, makeRecord(10), makeRecord(12));
    await divert('1', [11]);
    const key = await divert('2', [11, 12]);
    await divert('3', [13, 14]);
    expect(await trace(11)).toEqual({ at: 'diverted', key, condition: 'RetryAttemptsExhausted' });
  });

  test('what is landed without a receipt is in its raw object', async () => {
    await land({ ...LINK, start: 0 }, makeRecord(0));
    await land(LINK, makeRecord(10), makeRecord(11));
    expect(await trace(11)).toEqual({ at: 'raw', key: rawObjectKey(LINK) });
  });

  test('a fill is found where the chain passed over it', async () => {
    const fill: RawObjectId = { ...LOG, kind: 'fill', start: 11 };
    await land(LINK, makeRecord(10), makeRecord(12));
    await land(fill, makeRecord(11));
    expect(await trace(11)).toEqual({ at: 'raw', key: rawObjectKey(fill) });
  });

  test('what the receipt quarantines is told with its code', async () => {
    await land(LINK, makeRecord(10));
    await writeReceipt(LINK, { quarantined: [{ offset: 10, code: 'framing_undecodable' }] });
    expect(await trace(10)).toMatchObject({ at: 'quarantine', code: 'framing_undecodable' });
  });

  describe('of a curated record', () => {
    const file = curatedKey(LINK, DAY);
    beforeEach(async () => {
      const other = Date.parse('2026-11-19T15:00:00Z');
      await land(LINK, quoteRecord(10), quoteRecord(11, { latestUpdate: other }));
      await writeReceipt(LINK, {
        curated: [
          { key: curatedKey(LINK, '2026-11-19'), rows: 1 },
          { key: file, rows: 1 },
        ],
      });
    });

    test('the file of its own day is named', async () => {
      await put(lake, file, 'PAR1');
      expect(await trace(10)).toMatchObject({ at: 'curated', files: [file], state: 'there' });
    });

    test('a file that is gone is told', async () => {
      expect(await trace(10)).toMatchObject({ files: [file], state: 'file-gone' });
    });

    test('a day that the catalog does not have is told', async () => {
      await put(lake, file, 'PAR1');
      registered.clear();
      expect(await trace(10)).toMatchObject({ files: [file], state: 'day-unregistered' });
    });

    test('a day that the catalog has elsewhere is told', async () => {
      await put(lake, file, 'PAR1');
      registered.set(DAY, 's3://lake/somewhere/');
      expect(await trace(10)).toMatchObject({ files: [file], state: 'day-elsewhere' });
    });
  });
});

describe('findShowing names everything that shows a doubled record', () => {
  const days = [{ dt: DAY, prefix: locations.curatedDay('quotes', DAY) }];
  const fill: RawObjectId = { ...LOG, kind: 'fill', start: 10 };

  test('the files of its link and its fill, and not those of other objects', async () => {
    await land(LINK, makeRecord(10));
    const both = [curatedKey(LINK, DAY), curatedKey(fill, DAY)];
    for (const key of [
      ...both,
      curatedKey({ ...LINK, start: 21 }, DAY),
      curatedKey({ ...LINK, partition: 2 }, DAY),
      curatedKey({ ...LINK, logId: 'other' }, DAY),
      curatedKey({ ...fill, start: 11 }, DAY),
    ]) {
      await put(lake, key, 'PAR1');
    }
    expect([...(await findShowing(ports, LOG, 10, days))].sort()).toEqual(both.sort());
  });

  test('a file of a foreign name, and its object in quarantine', async () => {
    await land(LINK, makeRecord(10));
    const [file, copy] = [curatedKey(LINK, DAY), `${locations.curatedDay('quotes', DAY)}copy.parquet`];
    for (const key of [file, copy]) await put(lake, key, 'PAR1');
    await put(raw, quarantineKey(LOG, 10), '{}');
    expect(await findShowing(ports, LOG, 10, days)).toEqual([file, copy, quarantineKey(LOG, 10)]);
  });
});

describe('a trace says where it was seen', () => {
  const at = (committed: number | undefined, startOffset = 0): RecordTrace => ({
    at: 'topic',
    position: { startOffset, endOffset: 100, committed },
  });
  test.each([
    [at(60), 70, 'the topic: land-quotes stands at 60, before it'],
    [at(60), 59, 'the topic: land-quotes stands at 60, behind it, and did not land it'],
    [at(undefined), 3, 'the topic: land-quotes has not committed anything yet'],
    [at(60), 100, 'the topic, whose end is 100: nothing has this offset yet'],
    [at(60, 5), 4, 'the topic, which keeps offsets from 5 on: it is neither there nor in raw'],
    [{ at: 'topic', position: undefined }, 4, 'the topic: it is not in raw'],
    [{ at: 'diverted', key: 'aws/x', condition: 'C' }, 4, 'diverted batch aws/x (C)'],
    [{ at: 'raw', key: 'k.avro' }, 4, 'raw object k.avro, which has no receipt'],
    [
      { at: 'curated', receipt: 'r', files: ['f'], state: 'day-unregistered' },
      4,
      'receipt r: in f, whose day is not registered in the catalog',
    ],
  ] as const)('%j at %d', (found, offset, text) => {
    expect(describeTrace(found, offset)).toBe(text);
  });
});
