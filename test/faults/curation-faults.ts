/** Faults of what records hold, and of curation on its way from a raw object to its receipt. */
import assert from 'node:assert/strict';
import { outputOf } from '../../cli/lake/connection.ts';
import { poisonRecords } from '../../cli/produce/poison-records.ts';
import {
  curatedKey,
  locations,
  parseCuratedKey,
  parseReceiptKey,
  quarantineKey,
  type RawObjectId,
  receiptKey,
} from '../../core/layout.ts';
import type { Receipt } from '../../core/receipt.ts';
import { until } from '../helpers/until.ts';
import {
  ALL_PARTITIONS,
  countCodes,
  DEADLINE_MS,
  FunctionLines,
  hasKey,
  rawKeys,
  rawObjects,
  readRaw,
  readReceipt,
  readReceipts,
  requestOf,
  s3Error,
} from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand, ForeignRecord } from './stand.ts';

/** One record for every rule that a record can break, between good ones, in every partition. */
async function playPoisonMidBatch(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const nowMs = Date.now();
  const poison = poisonRecords(await stand.schemaVersionId(), nowMs);
  const records: ForeignRecord[] = [];
  for (const partition of ALL_PARTITIONS) {
    records.push(...(await stand.quotes(partition, 12)));
    records.push(...poison.map(({ key, value }) => ({ partition, key, value, timestampMs: nowMs })));
    records.push(...(await stand.quotes(partition, 12)));
  }
  await stand.produceForeign(records);
  await stand.settle();

  const objects = await rawObjects(stand, known);
  const receipts = await readReceipts(stand, objects);
  const eachOnce = poison.map(({ code }) => [code, ALL_PARTITIONS.length]);
  assert.deepEqual(countCodes(receipts), Object.fromEntries(eachOnce), 'quarantined by code');
  for (const [index, object] of objects.entries()) {
    await checkQuarantined(stand, object, receipts[index]?.quarantined ?? []);
  }
  const midBatch = receipts.filter(({ curated }) => curated.length > 0);
  return stand.report(midBatch.reduce((sum, { quarantined }) => sum + quarantined.length, 0));
}

/** Each quarantined record keeps the bytes that were delivered, under its own coordinates. */
async function checkQuarantined(
  stand: FaultStand,
  object: RawObjectId,
  quarantined: Receipt['quarantined'],
): Promise<void> {
  const bucket = outputOf(stand.lake, 'lake', 'RawBucketName');
  const records = new Map((await readRaw(stand, object)).records.map((record) => [record.offset, record]));
  for (const { offset, code } of quarantined) {
    const record = records.get(offset);
    assert.ok(record !== undefined, `the raw object holds the quarantined offset ${offset}`);
    const text = await stand.client.text(bucket, quarantineKey(object, offset));
    const kept = JSON.parse(text) as Record<string, unknown>;
    const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
    assert.deepEqual(
      { code: kept['code'], key: kept['key'], value: kept['value'] },
      { code, key: base64(record.key), value: base64(record.value) },
      `quarantined offset ${offset}`,
    );
  }
}

/** Days that no other quote is about, so that record k alone goes to a file of its own. */
const DAY_OF_OUTAGE = '2011-03-09';
const DAY_OF_REFUSAL = '2011-03-10';

/** S3 is out of order, and elsewhere refuses, exactly where record k of a batch is to be written. */
async function playEnvironmentErrorAtRecordK(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const log = new FunctionLines(stand, 'curate-quotes');
  const outage = stand.intercept(curatedPut(stand, DAY_OF_OUTAGE), ({ respond }) => {
    respond(s3Error(503, 'SlowDown'));
  });
  const refusal = stand.intercept(curatedPut(stand, DAY_OF_REFUSAL), ({ respond }) => {
    respond(s3Error(403, 'AccessDenied'));
  });
  for (const [partition, day] of [DAY_OF_OUTAGE, DAY_OF_REFUSAL].entries()) {
    const before = await stand.quotes(partition, 17);
    const recordK = await stand.quote(partition, { latestUpdate: noonOf(day) });
    await stand.produceForeign([...before, recordK, ...(await stand.quotes(partition, 12))]);
  }
  await log.until('curate-quotes to meet the outage', ({ code }) => code === 'STORE_UNAVAILABLE');
  await log.until('curate-quotes to be refused', ({ code }) => code === 'STORE_REFUSED');
  await checkUndecided(stand, await rawObjects(stand, known));
  outage.remove();
  refusal.remove();
  await stand.settle();
  const receipts = await readReceipts(stand, await rawObjects(stand, known));
  assert.deepEqual(countCodes(receipts), {}, 'no good record is quarantined for the environment');
  return stand.report(outage.fired + refusal.fired);
}

/** The raw object of record k has no receipt, and nothing is quarantined: the environment says nothing about records. */
async function checkUndecided(stand: FaultStand, objects: readonly RawObjectId[]): Promise<void> {
  const receipts = await Promise.all(objects.map((object) => readReceipt(stand, object)));
  assert.ok(receipts.includes(undefined), 'what could not be written has no receipt');
  const bucket = outputOf(stand.lake, 'lake', 'RawBucketName');
  const quarantined = await stand.client.keys(bucket, locations.quarantine(stand.topic));
  for (const object of objects) {
    const { records } = await readRaw(stand, object);
    const found = records.find(({ offset }) => quarantined.includes(quarantineKey(object, offset)));
    assert.equal(found, undefined, 'a good record is quarantined');
  }
}

/** Tombstones, and keys that lack or are empty, with headers and without, among good records. */
async function playTombstonesAndNullKeys(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const empty = Buffer.alloc(0);
  const headers = { trace: Buffer.from([0xff, 0x00]), empty };
  const records: ForeignRecord[] = [];
  for (const partition of ALL_PARTITIONS) {
    records.push(
      await stand.quote(partition),
      { ...(await stand.quote(partition)), key: null },
      { partition, key: Buffer.from('GONE'), value: null },
      { partition, key: null, value: null },
      { partition, key: null, value: null, headers },
      { ...(await stand.quote(partition)), key: empty, headers },
      { partition, key: empty, value: empty },
      await stand.quote(partition),
    );
  }
  await stand.produceForeign(records);
  await stand.settle();

  const objects = await rawObjects(stand, known);
  const files = await Promise.all(objects.map((object) => readRaw(stand, object)));
  const landed = files.flatMap((file) => file.records);
  const tombstones = landed.filter(({ value }) => value === null).length;
  const nullKeys = landed.filter(({ key }) => key === null).length;
  const emptyKeys = landed.filter(({ key }) => key?.length === 0).length;
  const withHeaders = landed.filter((record) => record.headers.length === Object.keys(headers).length).length;
  const times = ALL_PARTITIONS.length;
  assert.deepEqual(
    { tombstones, nullKeys, emptyKeys, withHeaders },
    { tombstones: 3 * times, nullKeys: 3 * times, emptyKeys: 2 * times, withHeaders: 2 * times },
    'the raw log tells null from empty',
  );
  const codes = countCodes(await readReceipts(stand, objects));
  assert.deepEqual(codes, { value_missing: 3 * times, framing_undecodable: times }, 'quarantined by code');
  return stand.report(tombstones + nullKeys);
}

/** The function dies when S3 has the first of a raw object's two Parquet files. */
async function playKilledAfterParquet(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const days = ['2011-04-05', '2011-04-06'] as const;
  let killed = 0;
  const rule = stand.intercept(curatedPut(stand, days[0]), async ({ forward, reset }) => {
    rule.remove();
    await forward();
    killed = killCurating(stand);
    reset();
  });
  const quotes = await Promise.all(days.map((day) => stand.quotes(0, 15, { latestUpdate: noonOf(day) })));
  await stand.produceForeign(quotes.flat());
  await until('curate-quotes to be killed', () => killed > 0, DEADLINE_MS);

  const [object] = await rawObjects(stand, known);
  assert.ok(object !== undefined, 'there is a raw object');
  const bucket = outputOf(stand.lake, 'lake', 'LakeBucketName');
  assert.ok(await hasKey(stand, bucket, curatedKey(object, days[0])), 'its first file is stored');
  assert.equal(await readReceipt(stand, object), undefined, 'it has no receipt when the function dies');
  return stand.report(killed);
}

const DAY_OF_RECEIPTS = '2011-04-07';

/**
 * The function dies with the receipts of two raw objects on their way: one that S3 never gets, and one that it stores without
 * the function hearing of it.
 */
async function playKilledBeforeReceipt(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  let stored = false;
  let killed = 0;
  const receiptPut = (partition: number) =>
    requestOf(stand, 'curate-quotes', ({ operation, key = '' }) => {
      const object = parseReceiptKey(key);
      return operation === 'PutObject' && object?.partition === partition;
    });
  const hears = stand.intercept(receiptPut(1), async ({ forward, reset }) => {
    hears.remove();
    await forward();
    stored = true;
    await until('the function to be killed', () => killed > 0, DEADLINE_MS);
    reset();
  });
  const dies = stand.intercept(receiptPut(0), async ({ reset }) => {
    dies.remove();
    await until('the other receipt to be stored', () => stored, DEADLINE_MS);
    killed = killCurating(stand);
    reset();
  });
  const latestUpdate = noonOf(DAY_OF_RECEIPTS);
  const quotes = await Promise.all([0, 1].map((partition) => stand.quotes(partition, 20, { latestUpdate })));
  await stand.produceForeign(quotes.flat());
  await until('curate-quotes to be killed', () => killed > 0, DEADLINE_MS);

  const objects = await rawObjects(stand, known);
  const bucket = outputOf(stand.lake, 'lake', 'LakeBucketName');
  for (const object of objects) {
    const file = curatedKey(object, DAY_OF_RECEIPTS);
    assert.ok(await hasKey(stand, bucket, file), `${file} is stored before the receipt is asked for`);
  }
  const receipts = await Promise.all(objects.map((object) => hasKey(stand, bucket, receiptKey(object))));
  assert.ok(receipts.includes(true) && receipts.includes(false), 'one receipt is stored, one is not');
  return stand.report(killed);
}

/** PUTs of curate-quotes of a day's files. */
function curatedPut(stand: FaultStand, day: string): ReturnType<typeof requestOf> {
  return requestOf(stand, 'curate-quotes', ({ operation, key = '' }) => {
    return operation === 'PutObject' && parseCuratedKey(key)?.dt === day;
  });
}

function killCurating({ lake }: FaultStand): number {
  return lake.functions.pool(outputOf(lake, 'pipeline', 'CurateQuotesFunctionName')).killInstances();
}

function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}

export const faults: readonly Fault[] = [
  { number: 10, name: 'poison mid-batch', lake: 'dev', run: playPoisonMidBatch },
  { number: 11, name: 'environment error at record k', lake: 'dev', run: playEnvironmentErrorAtRecordK },
  { number: 15, name: 'tombstone, null key', lake: 'dev', run: playTombstonesAndNullKeys },
  { number: 23, name: 'ETL killed after a Parquet PUT', lake: 'dev', run: playKilledAfterParquet },
  { number: 24, name: 'ETL killed before its receipt', lake: 'dev', run: playKilledBeforeReceipt },
];
