/** Two tries of one raw object at once, one of which knows less: whichever receipt stands in the end is true of the files. */
import { beforeEach, expect, test } from '@jest/globals';
import { parquetMetadata } from 'hyparquet';
import { encodeQuote } from '../../../core/codec.ts';
import { type RawObjectId, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { encodeRawFile } from '../../../core/raw-file.ts';
import { parseReceipt } from '../../../core/receipt.ts';
import { encodeFrame } from '../../../core/wire.ts';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { FakePartitions, FakeSchemas } from '../../helpers/fake-catalog.ts';
import { MemoryObjectStore, type StoreGate } from '../../helpers/memory-object-store.ts';
import { LATE_SCHEMA_ID } from '../../helpers/pipeline/topic.ts';
import { base64, LOG, makeQuote, quoteRecord } from '../../helpers/records.ts';

const object: RawObjectId = { ...LOG, kind: 'chain', start: 0 };
const late = base64(encodeFrame(LATE_SCHEMA_ID, encodeQuote(makeQuote())));
let raw: MemoryObjectStore;
let lake: MemoryObjectStore;

beforeEach(async () => {
  [raw, lake] = [new MemoryObjectStore(), new MemoryObjectStore()];
  const key = rawObjectKey(object);
  const records = [quoteRecord(0), quoteRecord(1, {}, { value: late })];
  await raw.put(key, { contentType: 'application/avro', ...encodeRawFile(key, 0, records) });
});

function makeCurator(knowsLateSchema: boolean, gate: StoreGate = {}): ObjectCurator {
  const schemas = new FakeSchemas();
  const [known = ''] = schemas.versions.values();
  if (knowsLateSchema) schemas.versions.set(LATE_SCHEMA_ID, known);
  return new ObjectCurator(
    { raw, lake: lake.through(gate), partitions: new FakePartitions(), schemas },
    { lakeStartMs: 0 },
  );
}

/** Lets a try that knows less come as far as its receipt, one that knows more overtake it, and then the first go on. */
async function overtake(isRetry: boolean): Promise<void> {
  const held = Promise.withResolvers<undefined>();
  const reached = Promise.withResolvers<undefined>();
  let isHeld = false;
  const slow = makeCurator(false, {
    before: ({ action, key }) => {
      if (isHeld || key !== receiptKey(object) || !action.startsWith('put')) return;
      isHeld = true;
      reached.resolve(undefined);
      return held.promise;
    },
  }).curate(object, { isRetry });
  await reached.promise;
  await makeCurator(true).curate(object, { isRetry });
  held.resolve(undefined);
  await slow;
}

function expectTrueReceipt(revision: number): void {
  const receipt = parseReceipt('r', lake.objects.get(receiptKey(object))?.body.toString() ?? '');
  expect(receipt.revision).toBe(revision);
  for (const { key, rows } of receipt.curated) {
    const body = lake.objects.get(key)?.body ?? Buffer.alloc(0);
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
    expect(Number(parquetMetadata(file).num_rows)).toBe(rows);
  }
  const quarantined = raw.keys().filter((key) => key.startsWith('quarantine/'));
  expect(quarantined).toHaveLength(receipt.quarantined.length);
}

test('the first receipt never replaces one that came meanwhile', async () => {
  await overtake(false);
  expectTrueReceipt(2);
});

test('a receipt replaces only the one that was read', async () => {
  await makeCurator(false).curate(object);
  await overtake(true);
  expectTrueReceipt(3);
});
