/** A table that Spark made, committed to and evolved: the local engine reads of it what Spark reads. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sparkSettings } from '../../local/spark/spark-settings.ts';
import { sparkToolPaths } from '../../local/tools.ts';
import { AthenaLake } from '../helpers/athena-lake.ts';
import { REGION } from '../helpers/aws-endpoint.ts';

const CATALOG = 'spark.sql.catalog.glue_catalog';
const CONF = [
  'spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
  `${CATALOG}=org.apache.iceberg.spark.SparkCatalog`,
  `${CATALOG}.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog`,
  `${CATALOG}.io-impl=org.apache.iceberg.aws.s3.S3FileIO`,
  `${CATALOG}.s3.path-style-access=true`,
  `${CATALOG}.warehouse=s3://lake/history`,
].join(' --conf ');
const COLUMNS =
  'count(*), sum(k), sum(renamed), count(DISTINCT symbol), CAST(sum(x * 4) AS bigint), max(d), sum(amount), count(later)';

let lake: AthenaLake;
let scratch: string;
let bySpark: readonly { readonly where: string; readonly row: readonly string[] }[];
beforeAll(async () => {
  lake = await AthenaLake.start();
  scratch = await mkdtemp(join(tmpdir(), 'tickerlake-spark-'));
  const { python, javaHome, classpath } = sparkToolPaths();
  const { endpoint, operator } = lake.endpoint.gateway;
  const settings = sparkSettings(CONF, { classpath, endpoint, region: REGION, scratch });
  const client = spawn(python, [join(import.meta.dirname, 'clients/write_iceberg.py')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      JAVA_HOME: javaHome,
      SPARK_SETTINGS: JSON.stringify(Object.fromEntries(settings)),
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      AWS_SESSION_TOKEN: operator.sessionToken,
    },
  });
  const [output, errors, [code]] = await Promise.all([
    text(client.stdout),
    text(client.stderr),
    once(client, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(errors.slice(-2000));
  bySpark = output
    .split('\n')
    // The JVM may warn on the same stream.
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as (typeof bySpark)[number]);
}, 600_000);
afterAll(async () => {
  await lake.stop();
  await rm(scratch, { recursive: true, force: true });
});

test('rows, under any condition, are those that Spark reads', async () => {
  expect(bySpark).toHaveLength(3);
  for (const { where, row } of bySpark)
    expect(await lake.rows(`SELECT ${COLUMNS} FROM made WHERE ${where}`)).toEqual([row]);
}, 60_000);

test('types are those of its schema', async () => {
  const { columns } = await lake.answer('SELECT * FROM made LIMIT 1');
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'symbol varchar',
    'renamed bigint',
    'k bigint',
    'x double',
    'f real',
    'b boolean',
    'd date',
    't timestamp(3)',
    'tz timestamp(3) with time zone',
    'amount decimal(10,2)',
    'dt varchar',
    'later varchar',
  ]);
  expect((await lake.rows('DESCRIBE made')).map(([name]) => name)).not.toContain('gone');
}, 60_000);

test('one symbol of a sorted table costs a tenth at most', async () => {
  const bytes = async (where: string): Promise<number> =>
    (await lake.answer(`SELECT count(symbol), max(x) FROM made WHERE ${where}`)).scannedBytes;
  const one = await bytes("symbol = 'S007'");
  expect(one).toBeGreaterThan(0);
  expect(one).toBeLessThan((await bytes('true')) / 10);
}, 60_000);

test('its metadata tables tell of both commits', async () => {
  expect(await lake.rows('SELECT operation FROM "made$snapshots" ORDER BY committed_at')).toEqual([
    ['append'],
    ['overwrite'],
  ]);
  expect(await lake.rows('SELECT "partition".dt, record_count FROM "made$partitions" ORDER BY 1')).toEqual([
    ['2026-11-19', '10000'],
    ['2026-11-20', '10000'],
  ]);
}, 60_000);
