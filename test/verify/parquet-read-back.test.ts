/** What curate-quotes wrote in a local run, read back by DuckDB and pyarrow: the table's types, the producer's values, the same bytes again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LakeClients } from '../../cli/lake/clients.ts';
import { producePoison } from '../../cli/produce/produce-poison.ts';
import { HashSum, quoteHash } from '../../core/hash.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';
import { QUOTE_COLUMNS, QUOTE_FIELDS, type Quote } from '../../core/quote.ts';
import type { Lake } from '../../local/lake.ts';
import { testToolPaths } from '../../local/tools.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import { assemblyOf, startTestLake, TestFolders } from '../helpers/local-lake.ts';
import { runProgram } from '../helpers/run-program.ts';
import { until } from '../helpers/until.ts';

const RECORDS = 6000;
/** Over more than two days of trading, so that one raw object has rows of several. */
const SIMULATOR = { seed: 7, start: '2026-11-10T14:30:00Z', intervalMs: 2_400_000, fromTick: 0 };

/** How the types of the Glue table appear to each reader. */
const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  timestamp: 'TIMESTAMP',
  int: 'INTEGER',
  bigint: 'BIGINT',
  date: 'DATE',
};
const PYARROW_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  double: 'double',
  timestamp: 'timestamp[ms]',
  int: 'int32',
  bigint: 'int64',
  date: 'date32[day]',
};

const folders = new TestFolders();
let lake: Lake;
let client: LakeClient;
let rawBucket: string;
let lakeBucket: string;
let produced: ProduceResult;
let poison: ProduceResult;
/** Columns of the table as the catalog has them. */
let columns: readonly { readonly name: string; readonly type: string }[];
/** Folder with a copy of the curated files, under their keys. */
let folder: string;

beforeAll(async () => {
  lake = await startTestLake(folders, 'dev', await assemblyOf('dev'));
  client = new LakeClient(lake);
  rawBucket = client.output('lake', 'RawBucketName');
  lakeBucket = client.output('lake', 'LakeBucketName');
  const request = { source: 'simulator', simulator: { ...SIMULATOR, records: RECORDS } };
  const produce = client.output('pipeline', 'ProduceQuotesFunctionName');
  produced = (await client.invoke(produce, request)) as ProduceResult;
  const operator = new LakeClients(lake);
  poison = await producePoison(lake, operator);
  operator.close();
  const all = RECORDS + poison.produced;
  await until('a receipt for every record', async () => (await client.recordsWithReceipt()) === all, 60_000);
  columns = await tableColumns();
  folder = folders.create('curated');
  for (const [key, bytes] of await objects(lakeBucket, 'curated/quotes/')) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), bytes);
  }
}, 150_000);

afterAll(async () => {
  (client as LakeClient | undefined)?.close();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

async function tableColumns(): Promise<typeof columns> {
  const table = { DatabaseName: client.output('lake', 'DatabaseName'), Name: 'quotes_curated' };
  const { Table } = await client.glue.send(new GetTableCommand(table));
  return (Table?.StorageDescriptor?.Columns ?? []).map(({ Name = '', Type = '' }) => ({
    name: Name,
    type: Type,
  }));
}

/** Key -> bytes of every object under a prefix. */
async function objects(bucket: string, prefix: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const key of await client.keys(bucket, prefix)) {
    const { Body } = await client.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    found.set(key, Buffer.from((await Body?.transformToByteArray()) ?? []));
  }
  return found;
}

const typesBy = (types: Readonly<Record<string, string>>): Record<string, string | undefined> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, types[type]]));

const acknowledged = (): Record<string, { records: number; hash: string | undefined }> =>
  Object.fromEntries(
    produced.partitions.map(({ partition, records }) => [
      partition,
      { records, hash: produced.accepted.hashes[partition] },
    ]),
  );

test('the run was worth looking at: several days, partitions and quarantined records', async () => {
  const days = (await client.keys(lakeBucket, 'curated/quotes/')).map((key) => /dt=([\d-]+)/.exec(key)?.[1]);
  expect([...new Set(days)]).toEqual(['2026-11-10', '2026-11-11', '2026-11-12', '2026-11-13']);
  expect(produced.partitions).toHaveLength(4);
  expect(produced.accepted.records).toBe(RECORDS);
  expect(await client.keys(rawBucket, 'quarantine/quotes/')).toHaveLength(poison.produced);
});

describe('pyarrow', () => {
  let read: {
    types: Record<string, string>[];
    files: number;
    partitions: Record<string, { records: number; hash: string }>;
  };

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'clients/read_parquet.py');
    const names = QUOTE_COLUMNS.map(({ name }) => name);
    const { code, stdout, stderr } = await runProgram(testToolPaths().python, [script, folder, ...names]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    read = JSON.parse(stdout) as typeof read;
  }, 60_000);

  test('reads the columns and types of the Glue table in every file', async () => {
    expect(read.types).toEqual([typesBy(PYARROW_TYPES)]);
    expect(Object.keys(read.types[0] ?? {})).toEqual(columns.map(({ name }) => name));
    expect(read.files).toBe((await client.keys(lakeBucket, 'curated/quotes/')).length);
  });

  test('reads the values produced, in each partition', () => {
    expect(read.partitions).toEqual(acknowledged());
  });
});

describe('DuckDB', () => {
  let duckdb: DuckDBConnection;
  let files: string;

  beforeAll(async () => {
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    files = `read_parquet('${folder}/curated/quotes/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)`;
  });

  afterAll(() => {
    duckdb.closeSync();
  });

  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await duckdb.runAndReadAll(sql)).getRowObjects();

  test('reads the columns and types of the Glue table in every file', async () => {
    const described = await rows(`DESCRIBE SELECT * EXCLUDE (dt) FROM ${files}`);
    const types = described.map(({ column_name: name, column_type: type }) => [name, type]);
    expect(types).toEqual(Object.entries(typesBy(DUCKDB_TYPES)));
    // DESCRIBE looks at one file; all others have the same columns of the same physical and logical types.
    const schemas = await rows(
      `SELECT DISTINCT columns FROM (SELECT file_name, list((name, type, logical_type, repetition_type)) AS columns
       FROM parquet_schema('${folder}/curated/quotes/*/*.parquet') GROUP BY file_name)`,
    );
    expect(schemas).toHaveLength(1);
  });

  test('reads the values produced, in each partition', async () => {
    const names = QUOTE_COLUMNS.map(({ name, glueType }) =>
      glueType === 'timestamp' ? `epoch_ms(${name})` : name,
    );
    const found: Record<string, { records: number; sum: HashSum }> = {};
    const read = await duckdb.runAndReadAll(`SELECT kafka_partition, ${names.join(', ')} FROM ${files}`);
    for (const [partition, ...values] of read.getRows()) {
      const entries = QUOTE_FIELDS.map(({ name }, index) => {
        const value = values[index];
        return [name, typeof value === 'bigint' ? Number(value) : value];
      });
      const at = String(partition);
      found[at] ??= { records: 0, sum: new HashSum() };
      found[at].records += 1;
      found[at].sum.add(quoteHash(Object.fromEntries(entries) as Quote));
    }
    const sums = Object.entries(found).map(([at, { records, sum }]) => [
      at,
      { records, hash: sum.toString() },
    ]);
    expect(Object.fromEntries(sums)).toEqual(acknowledged());
  });

  test('finds each row once under its coordinates, and in the folder of its event time’s day', async () => {
    const [row] = await rows(
      `SELECT count(*) AS n, count(DISTINCT (log_id, kafka_partition, kafka_offset)) AS coordinates,
         count(*) FILTER (strftime(event_time, '%Y-%m-%d') <> dt) AS misplaced,
         count(*) FILTER (event_time <> coalesce(latest_update, kafka_timestamp)) AS mistimed
       FROM ${files}`,
    );
    expect(row).toEqual({
      n: BigInt(RECORDS),
      coordinates: BigInt(RECORDS),
      misplaced: 0n,
      mistimed: 0n,
    });
  });
});

describe('curating the same raw objects again, after all that they became is gone', () => {
  const made = async (): Promise<Map<string, Buffer>> =>
    new Map([
      ...(await objects(lakeBucket, 'curated/quotes/')),
      ...(await objects(lakeBucket, 'receipts/quotes/')),
      ...(await objects(rawBucket, 'quarantine/quotes/')),
    ]);

  test('makes the same keys with the same bytes', async () => {
    const before = await made();
    for (const key of before.keys()) {
      const bucket = key.startsWith('quarantine/quotes/') ? rawBucket : lakeBucket;
      await client.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    }
    expect((await made()).size).toBe(0);

    const Records = (await client.keys(rawBucket, 'quotes/')).map((key, index) => ({
      messageId: String(index),
      body: JSON.stringify({ detail: { bucket: { name: rawBucket }, object: { key } } }),
      // As the queue says it of a message that comes again: what this very instance did before counts for nothing.
      attributes: { ApproximateReceiveCount: '2' },
    }));
    const curate = client.output('pipeline', 'CurateQuotesFunctionName');
    expect(await client.invoke(curate, { Records })).toEqual({ batchItemFailures: [] });

    const after = await made();
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    const changed = [...after].filter(([key, bytes]) => before.get(key)?.equals(bytes) !== true);
    expect(changed.map(([key]) => key)).toEqual([]);
  }, 60_000);
});
