import { beforeEach, describe, expect, test } from '@jest/globals';
import { encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { CURATION_VERSION } from '../../../core/curation-version.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import {
  curatedKey,
  quarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { parseReceipt, type Receipt } from '../../../core/receipt.ts';
import { encodeFrame } from '../../../core/wire.ts';
import {
  type CurateOptions,
  type CurateOutcome,
  ObjectCurator,
} from '../../../lambdas/curate-quotes/curate-object.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore, type StoreCall } from '../../helpers/memory-object-store.ts';
import { base64, LOG, makeQuote, makeRecord, NOON_MS, quoteRecord } from '../../helpers/records.ts';

const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const DAY_MS = 86_400_000;
const NEW_ID = 'd4735e3a-265e-46ee-a03f-59718b9b5d03';
const ofNewSchema = (offset: number): DeliveredRecord =>
  makeRecord(offset, { value: base64(encodeFrame(NEW_ID, encodeQuote(makeQuote()))) });

let raw: MemoryObjectStore;
let lake: MemoryObjectStore;
let partitions: FakePartitions;
let schemas: FakeSchemas;
/** Calls on both buckets and the catalog, in order. */
let order: string[];

beforeEach(() => {
  order = [];
  const note = ({ action, key }: StoreCall): void => {
    order.push(`${action} ${key.split('/')[0] ?? ''}`);
  };
  raw = new MemoryObjectStore({ gate: { before: note } });
  lake = new MemoryObjectStore({ gate: { before: note } });
  partitions = new FakePartitions();
  schemas = new FakeSchemas();
});

function makeCurator(options: Partial<CurateOptions> = {}): ObjectCurator {
  return new ObjectCurator({ raw, lake, partitions, schemas }, { lakeStartMs: 0, ...options });
}

async function landAndCurate(
  records: readonly DeliveredRecord[],
  options?: Partial<CurateOptions>,
): Promise<CurateOutcome> {
  const key = rawObjectKey(object);
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, records) });
  order.length = 0;
  return makeCurator(options).curate(object);
}

function readReceipt(): Receipt {
  const key = receiptKey(object);
  return parseReceipt(key, lake.objects.get(key)?.body.toString() ?? '');
}

describe('curating a raw object', () => {
  test('writes files, quarantine and partitions before the receipt', async () => {
    const outcome = await landAndCurate([
      quoteRecord(0),
      quoteRecord(1, { latestUpdate: NOON_MS + DAY_MS }),
      makeRecord(2, { value: null }),
    ]);
    expect(outcome.kind).toBe('curated');
    expect(readReceipt()).toEqual({
      first: 0,
      last: 2,
      records: 3,
      curationVersion: CURATION_VERSION,
      revision: 1,
      curated: [
        { key: curatedKey(object, '2026-11-20'), rows: 1 },
        { key: curatedKey(object, '2026-11-21'), rows: 1 },
      ],
      quarantined: [{ offset: 2, code: 'value_missing' }],
    });
    expect(raw.keys()).toContain(quarantineKey(object, 2));
    expect([...partitions.days]).toEqual(['2026-11-20', '2026-11-21']);
    expect(order.at(-1)).toBe('putIfAbsent receipts');
  });

  test('again gives the same keys and bytes', async () => {
    const records = [quoteRecord(0), quoteRecord(1, { symbol: '' })];
    await landAndCurate(records);
    const before = new Map(lake.objects);
    await makeCurator().curate(object);
    expect(readReceipt().revision).toBe(2);
    lake.objects.delete(receiptKey(object));
    before.delete(receiptKey(object));
    expect(lake.objects).toEqual(before);
  });

  test('done before, with nothing quarantined, writes nothing', async () => {
    await landAndCurate([quoteRecord(0)]);
    order.length = 0;
    expect(await makeCurator().curate(object)).toMatchObject({ kind: 'done-before' });
    expect(order.filter((call) => call.startsWith('put'))).toEqual([]);
  });

  test('again after a try that failed takes nothing for done', async () => {
    await landAndCurate([quoteRecord(0)]);
    const key = curatedKey(object, '2026-11-20');
    const before = lake.objects.get(key);
    await lake.put(key, { body: Buffer.from('of a try that died'), contentType: 'x' });
    expect(await makeCurator().curate(object, { isRetry: true })).toMatchObject({ kind: 'curated' });
    expect(lake.objects.get(key)).toEqual(before);
  });

  test('that is absent is told so and leaves nothing', async () => {
    expect(await makeCurator().curate({ ...object, start: 99 })).toEqual({ kind: 'absent' });
    expect(lake.objects.size).toBe(0);
  });

  test('of tombstones alone leaves a receipt and no file', async () => {
    await landAndCurate([makeRecord(0, { value: null })]);
    expect(readReceipt()).toMatchObject({ curated: [], quarantined: [{ offset: 0 }] });
    expect(lake.objects.size).toBe(1);
  });

  test('that is damaged fails, and no record is blamed', async () => {
    await raw.put(rawObjectKey(object), { body: Buffer.from('Obj'), contentType: 'application/avro' });
    await expect(makeCurator().curate(object)).rejects.toMatchObject({ code: 'RAW_OBJECT_MALFORMED' });
    expect([...raw.keys(), ...lake.keys()]).toEqual([rawObjectKey(object)]);
  });
});

describe('ages', () => {
  const agesOf = (outcome: CurateOutcome): unknown => (outcome.kind === 'curated' ? outcome.ages : 'none');

  test('are those of the rows of a first curation, whatever poison is stamped with', async () => {
    const nowMs = NOON_MS + 10_000;
    const poison = makeRecord(2, { value: null, timestamp: 0 });
    const outcome = await landAndCurate([quoteRecord(0), quoteRecord(1), poison], { now: () => nowMs });
    expect(agesOf(outcome)).toEqual({ oldestMs: 10_000, newestMs: 9999 });
    expect(agesOf(await makeCurator().curate(object, { isRetry: true }))).toBeUndefined();
  });
});

describe('a receipt that cannot be read', () => {
  test.each([
    ['torn', '{"first":0,'],
    ['of something else', '[]'],
  ])('because it is %s does not block its raw object, and is replaced', async (_, text) => {
    await landAndCurate([quoteRecord(0)]);
    const key = receiptKey(object);
    await lake.put(key, { body: Buffer.from(text), contentType: 'application/json' });
    await raw.put(quarantineKey(object, 0), { body: Buffer.from('{}'), contentType: 'application/json' });
    expect(await makeCurator().curate(object)).toMatchObject({ kind: 'curated', isReceiptLost: true });
    expect(readReceipt()).toMatchObject({ curated: [{ rows: 1 }], quarantined: [] });
    expect(raw.keys()).toEqual([rawObjectKey(object)]);
  });
});

describe('a stray', () => {
  test('is removed, unless it is an output now', async () => {
    await landAndCurate([quoteRecord(0)]);
    const [stray, output] = [curatedKey(object, '1999-12-31'), curatedKey(object, '2026-11-20')];
    await lake.put(stray, { body: Buffer.from('of an older version'), contentType: 'x' });
    await makeCurator().curate(object, { isRetry: true, strays: [stray, output] });
    expect(lake.keys()).toEqual([output, receiptKey(object)]);
  });
});

describe('an error of the environment', () => {
  test('of the registry quarantines nothing', async () => {
    schemas.failure = new TickerlakeError('REGISTRY_UNAVAILABLE', 'throttled');
    await expect(landAndCurate([quoteRecord(0)])).rejects.toBe(schemas.failure);
    expect(order.filter((call) => call.startsWith('put'))).toEqual([]);
  });

  test('of the catalog leaves no receipt, and the next try ends the work', async () => {
    partitions.failure = new TickerlakeError('CATALOG_UNAVAILABLE', 'throttled');
    await expect(landAndCurate([quoteRecord(0)])).rejects.toBe(partitions.failure);
    expect(lake.objects.has(receiptKey(object))).toBe(false);
    partitions.failure = undefined;
    expect(await makeCurator().curate(object)).toMatchObject({ kind: 'curated' });
  });

  test('of any write leaves no receipt, and the next try gives what a first one would have', async () => {
    const records = [
      quoteRecord(0),
      quoteRecord(1, { latestUpdate: NOON_MS + DAY_MS }),
      quoteRecord(2, { symbol: '' }),
    ];
    await landAndCurate(records);
    const { curated, quarantined } = readReceipt();
    lake.objects.delete(receiptKey(object));
    const expected = { raw: new Map(raw.objects), lake: new Map(lake.objects) };
    for (let failing = 0; failing < 4; failing += 1) {
      lake.objects.clear();
      raw.objects.delete(quarantineKey(object, 2));
      let writes = 0;
      const gate = {
        after: ({ action }: StoreCall): void => {
          if (action.startsWith('put') && writes++ === failing) throw new Error('killed');
        },
      };
      const ports = { raw: raw.through(gate), lake: lake.through(gate), partitions, schemas };
      await expect(new ObjectCurator(ports, { lakeStartMs: 0 }).curate(object)).rejects.toThrow('killed');
      await makeCurator().curate(object);
      expect(readReceipt()).toMatchObject({ curated, quarantined });
      lake.objects.delete(receiptKey(object));
      expect({ raw: raw.objects, lake: lake.objects }).toEqual(expected);
    }
  });
});

describe('the schemas', () => {
  test('are looked up once a process as long as none is new', async () => {
    const curator = makeCurator();
    await landAndCurate([quoteRecord(0)]);
    schemas.loads = 0;
    for (let time = 0; time < 3; time += 1) {
      lake.objects.clear();
      await curator.curate(object);
    }
    expect(schemas.loads).toBe(1);
  });

  test('are looked up once an object, however many ids it invents', async () => {
    const invented = Array.from({ length: 50 }, (_, offset) =>
      makeRecord(offset, {
        value: base64(
          encodeFrame(`00000000-0000-0000-0000-0000000000${String(offset).padStart(2, '0')}`, Buffer.of(1)),
        ),
      }),
    );
    await landAndCurate(invented);
    expect(schemas.loads).toBe(1);
    expect(readReceipt().quarantined.length).toBe(50);
  });

  test('that were registered since make good what was quarantined, under its own coordinates', async () => {
    await landAndCurate([quoteRecord(0), ofNewSchema(1)]);
    expect(readReceipt().quarantined).toEqual([{ offset: 1, code: 'schema_unknown' }]);
    schemas.versions.set(NEW_ID, QUOTE_SCHEMA_TEXT);
    await makeCurator().curate(object);
    expect(readReceipt()).toMatchObject({ curated: [{ rows: 2 }], quarantined: [] });
    expect(raw.keys()).toEqual([rawObjectKey(object)]);
  });

  test('that the current one cannot read count as unknown', async () => {
    schemas.versions.set(NEW_ID, '{"type":"record","name":"Trade","namespace":"tickerlake","fields":[]}');
    await landAndCurate([ofNewSchema(0)]);
    expect(readReceipt().quarantined).toEqual([{ offset: 0, code: 'schema_unknown' }]);
  });
});

describe('a newer curation version', () => {
  const stale = curatedKey(object, '2020-01-01');

  async function curateByOldVersion(): Promise<void> {
    await landAndCurate([quoteRecord(0), makeRecord(1, { value: null })]);
    const receipt = {
      ...readReceipt(),
      curationVersion: 1,
      revision: 1,
      curated: [{ key: stale, rows: 1 }],
      quarantined: [{ offset: 1, code: 'price_invalid' }],
    };
    await lake.put(receiptKey(object), {
      body: Buffer.from(JSON.stringify(receipt)),
      contentType: 'application/json',
    });
    await lake.put(stale, { body: Buffer.from('old'), contentType: 'x' });
    await lake.delete(curatedKey(object, '2026-11-20'));
  }

  test('replaces the old receipt and removes what it named and the new one lacks, before the new receipt', async () => {
    await curateByOldVersion();
    order.length = 0;
    await makeCurator({ curationVersion: 2 }).curate(object);
    expect(lake.keys()).toEqual([curatedKey(object, '2026-11-20'), receiptKey(object)].sort());
    expect(readReceipt()).toMatchObject({ curationVersion: 2, curated: [{ rows: 1 }] });
    expect(order.slice(-2)).toEqual(['delete curated', 'putIfUnchanged receipts']);
  });

  test('dying before its receipt leaves work that the next try ends', async () => {
    await curateByOldVersion();
    const gate = {
      before: ({ action, key }: StoreCall): void => {
        if (action.startsWith('put') && key.startsWith('receipts')) throw new Error('killed');
      },
    };
    const dying = new ObjectCurator(
      { raw, lake: lake.through(gate), partitions, schemas },
      { lakeStartMs: 0, curationVersion: 2 },
    );
    await expect(dying.curate(object)).rejects.toThrow('killed');
    await makeCurator({ curationVersion: 2 }).curate(object);
    expect(lake.keys()).not.toContain(stale);
  });

  test('is not undone by an older one that is still running', async () => {
    await landAndCurate([quoteRecord(0)], { curationVersion: 2 });
    expect(await makeCurator({ curationVersion: 1 }).curate(object)).toMatchObject({ kind: 'done-before' });
  });
});
