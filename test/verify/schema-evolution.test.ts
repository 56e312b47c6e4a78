/**
 * A field is added, in a copy of the checkout, as docs/adr/0007-a-field-is-appended.md tells it, and its lake runs: first with the
 * curation of this checkout, as between two stacks' updates, then with its own.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { parquetMetadata } from 'hyparquet';
import { findSchemaVersionId } from '../../adapters/schema-version.ts';
import { synthesize } from '../../cli/assembly/synthesize.ts';
import { parseCuratedKey } from '../../core/layout.ts';
import { CURATED_COLUMNS, DT_COLUMN } from '../../core/quote.ts';
import quotesV1 from '../../core/schemas/quotes-v1.ts';
import { encodeFrame } from '../../core/wire.ts';
import type { Lake } from '../../local/lake.ts';
import { countCodes, queryRows, rawKeys, rawObjects, readReceipts } from '../faults/evidence.ts';
import type { FaultStand, ForeignRecord } from '../faults/stand.ts';
import { CHECKOUT, changedCheckout, deployFunction, FIELD_ADDED } from '../helpers/changed-checkout.ts';
import { startTestLake, TestFolders } from '../helpers/local-lake.ts';

const PARTITIONS = [0, 1, 2, 3];
const PAIRS = 15;
const folders = new TestFolders();
let checkout: string;
let lake: Lake;
/** Of the changed checkout: it writes version 2, and reconciles 19 fields. */
let stand: FaultStand;

beforeAll(async () => {
  checkout = changedCheckout(folders, FIELD_ADDED);
  const { directory } = await synthesize({
    root: checkout,
    stage: 'dev',
    cacheDir: folders.create('assemblies'),
    env: process.env,
    signal: AbortSignal.timeout(120_000),
  });
  lake = await startTestLake(folders, 'dev', directory);
  const url = pathToFileURL(join(checkout, 'test/faults/stand.ts')).href;
  stand = new ((await import(url)) as typeof import('../faults/stand.ts')).FaultStand(lake);
}, 300_000);

afterAll(async () => {
  await ((stand as FaultStand | undefined) ?? (lake as Lake | undefined))?.stop();
  folders.remove();
}, 60_000);

/** Records of version 1, as an old producer frames them, alternate with those of version 2 in each partition. */
async function produceBoth(day: string): Promise<void> {
  const oldId = await findSchemaVersionId(stand.client.glue, {
    registryName: stand.client.output('stream', 'RegistryName'),
    schemaName: stand.client.output('stream', 'QuotesSchemaName'),
    definition: JSON.stringify(quotesV1),
  });
  const oldType = avsc.Type.forSchema(quotesV1 as unknown as avsc.Schema, { wrapUnions: false });
  const latestUpdate = Date.parse(`${day}T15:00:00Z`);
  const records: ForeignRecord[] = [];
  for (const partition of PARTITIONS) {
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const old = await stand.quote(partition, { latestUpdate, latestSource: 'old' });
      records.push({ ...old, value: encodeFrame(oldId, oldType.toBuffer(old.quote)) });
      const more = { currency: 'USD', latestSource: 'new' };
      records.push(await stand.quote(partition, { latestUpdate, ...more }));
    }
  }
  await stand.produceForeign(records);
  await stand.settle();
}

/** How many rows of a day the view shows, by what wrote them and what they hold. */
async function countRows(day: string): Promise<Record<string, string | null>> {
  const rows = await queryRows(
    stand,
    `SELECT latest_source || ' ' || COALESCE(currency, 'null'), CAST(COUNT(*) AS varchar) FROM quotes
     WHERE dt = '${day}' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(([what, count]) => [String(what), count ?? null] as const));
}

/** For each curated file of a day, whether it has the new column. */
async function filesWithColumn(day: string): Promise<boolean[]> {
  const Bucket = stand.client.output('lake', 'LakeBucketName');
  const keys = await stand.client.keys(Bucket, 'curated/quotes/');
  return Promise.all(
    keys
      .filter((key) => parseCuratedKey(key)?.dt === day)
      .map(async (Key) => {
        const { Body } = await stand.client.s3.send(new GetObjectCommand({ Bucket, Key }));
        const bytes = await Body?.transformToByteArray();
        const { schema } = parquetMetadata(Uint8Array.from(bytes ?? []).buffer);
        return schema.some(({ name }) => name === 'currency');
      }),
  );
}

async function columnsOf(Name: string): Promise<(string | undefined)[]> {
  const DatabaseName = stand.client.output('lake', 'DatabaseName');
  const { Table } = await stand.client.glue.send(new GetTableCommand({ DatabaseName, Name }));
  const columns = [...(Table?.StorageDescriptor?.Columns ?? []), ...(Table?.PartitionKeys ?? [])];
  return columns.map((column) => `${column.Name} ${column.Type}`);
}

const half = String(PARTITIONS.length * PAIRS);
const DAY = '2026-03-02';

test('the catalog’s table and view have the column, and agree on all others', async () => {
  const names = [...CURATED_COLUMNS, DT_COLUMN].map(({ name, glueType }) => `${name} ${glueType}`);
  const expected = names.toSpliced(names.indexOf('log_id string'), 0, 'currency string');
  expect(await columnsOf('quotes_curated')).toEqual(expected);
  expect(await columnsOf('quotes')).toEqual(expected);
});

describe('records of both versions', () => {
  test('are all rows to the code of before, which drops the field', async () => {
    await deployFunction(lake, 'curate-quotes', CHECKOUT);
    const known = await rawKeys(stand);
    await produceBoth(DAY);
    expect(countCodes(await readReceipts(stand, await rawObjects(stand, known)))).toEqual({});
    expect(new Set(await filesWithColumn(DAY))).toEqual(new Set([false]));
    expect(await countRows(DAY)).toEqual({ 'old null': half, 'new null': half });
  }, 180_000);

  test('show the field where their version has it, in a table of old and new files', async () => {
    await deployFunction(lake, 'curate-quotes', checkout);
    await produceBoth(DAY);
    expect(new Set(await filesWithColumn(DAY))).toEqual(new Set([false, true]));
    expect(await countRows(DAY)).toEqual({
      'old null': String(2 * Number(half)),
      'new null': half,
      'new USD': half,
    });
  }, 180_000);

  test('come by the field that was dropped with the next sweep, and agree with their producers', async () => {
    const name = stand.client.output('pipeline', 'RequestCurationFunctionName');
    await stand.client.invoke(name, { action: 'sweep', minimumAgeSeconds: 0 });
    await stand.settle();
    const all = String(2 * Number(half));
    expect(await countRows(DAY)).toEqual({ 'old null': all, 'new USD': all });
    expect(new Set(await filesWithColumn(DAY))).toEqual(new Set([true]));
    const { ok, totals } = await stand.reconcile();
    expect({ ok, lost: totals.lost, duplicated: totals.duplicated }).toEqual({
      ok: true,
      lost: 0,
      duplicated: 0,
    });
  }, 180_000);

  test('are produced by the new producer as version 2, beside those', async () => {
    await stand.control();
    const rows = await queryRows(stand, "SELECT COUNT(*) FROM quotes WHERE currency = 'USD'");
    expect(Number(rows[0]?.[0])).toBeGreaterThan(2 * Number(half));
    expect((await stand.reconcile()).ok).toBe(true);
  }, 180_000);
});
