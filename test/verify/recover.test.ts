import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTableCommand, GetTablesCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { LakeClients } from '../../cli/lake/clients.ts';
import { type LakeConnection, outputOf } from '../../cli/lake/connection.ts';
import { openRunningLake } from '../../cli/lake/running-lake.ts';
import { producePoison } from '../../cli/produce/produce-poison.ts';
import { QUALITY_RULES } from '../../core/quality.ts';
import { CommandLine, type Finished } from '../helpers/command-line.ts';
import { until } from '../helpers/until.ts';

const START_MS = 120_000;
const CODES = Object.keys(QUALITY_RULES).filter((code) => code !== 'source_missing');
const RECONCILED =
  /^reconcile: produced 310 = curated 300 \+ quarantined 10; queryable 300; lost 0; duplicated 0; served [1-9]\d*; served lost 0; served duplicated 0$/m;
const commandLine = new CommandLine();
let lake: LakeConnection;
let clients: LakeClients;

beforeAll(async () => {
  await commandLine.prepare();
  // Counts are exact below: in market hours a schedule would add quotes each minute.
  const up = commandLine.start('up', '--no-schedules');
  const isUp = (): boolean => up.out().includes('its schedules are off');
  await until('the lake without schedules', () => isUp() || up.process.exitCode !== null, START_MS);
  expect(up.err()).not.toContain('error:');
  lake = openRunningLake({ TICKERLAKE_HOME: commandLine.home });
  clients = new LakeClients(lake);
  await commandLine.run('produce', '--records', '300');
  await producePoison(lake, clients);
  expect((await commandLine.run('reconcile')).out).toMatch(RECONCILED);
}, START_MS * 2);
afterAll(async () => {
  clients.close();
  await commandLine.remove();
}, 60_000);

interface Listed {
  readonly total: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly records: readonly {
    readonly partition: number;
    readonly offset: number;
    readonly code: string;
  }[];
}

async function list(...args: string[]): Promise<Listed> {
  const { out } = await commandLine.run('quarantine', 'list', '--json', ...args);
  return JSON.parse(out) as Listed;
}

/** Coordinates of the record that breaks a rule. */
async function placeOf(code: string): Promise<string> {
  const [record] = (await list('--code', code)).records;
  return `${record?.partition ?? '?'}:${record?.offset ?? '?'}`;
}

async function expectReconciled(): Promise<void> {
  const { code, out } = await commandLine.run('reconcile');
  expect(out).toMatch(RECONCILED);
  expect(code).toBe(0);
}

test('quarantine list names each poison record with its code, and counts by code', async () => {
  expect(await list()).toMatchObject({
    total: CODES.length,
    codes: Object.fromEntries(CODES.map((code) => [code, 1])),
  });
  const { out } = await commandLine.run('quarantine', 'list', '--code', 'price_invalid');
  expect(out).toMatch(/ price_invalid +a price is negative or not finite\n/);
}, 60_000);

test('quarantine show says what the bytes decode to, and writes them out as they came', async () => {
  const file = join(commandLine.home, 'poison.bin');
  const [decoded, unframed] = await Promise.all([
    commandLine.run('quarantine', 'show', await placeOf('price_invalid')),
    commandLine.run('quarantine', 'show', await placeOf('framing_undecodable'), '--raw', file),
  ]);
  expect(decoded.out).toMatch(/decodes to +a quote\n/);
  expect(decoded.out).toMatch(/latestPrice +-1\n/);
  expect(unframed.out).toMatch(/decodes to +nothing\nstopped by +not in the wire format/);
  expect(readFileSync(file, 'utf8')).toBe('{"symbol":"POISON","latestPrice":1}');
}, 60_000);

test('quarantine show of a curated record says that it is, and in which file', async () => {
  const { out } = await commandLine.run(
    'query',
    'SELECT kafka_partition, kafka_offset FROM quotes LIMIT 1',
    '--format',
    'json',
  );
  const [row] = JSON.parse(out) as { kafka_partition: number; kafka_offset: number }[];
  const place = `${row?.kafka_partition ?? '?'}:${row?.kafka_offset ?? '?'}`;
  const { code, err } = await commandLine.run('quarantine', 'show', place);
  expect(err).toMatch(
    /is not quarantined: it is curated; last seen in receipt receipts\/\S+: in curated\/\S+\.parquet, which is there/,
  );
  expect(code).toBe(2);
  const beyond = await commandLine.run('quarantine', 'show', '0:999999');
  expect(beyond.err).toMatch(/it is not landed; last seen in the topic, whose end is \d+/);
}, 60_000);

test('redrive judges again: by the same code, the same records stay', async () => {
  const { code, out } = await commandLine.run('redrive', '--json');
  const { codes } = JSON.parse(out) as { codes: object[] };
  expect(codes).toHaveLength(CODES.length);
  for (const each of codes) expect(each).toMatchObject({ before: 1, curated: 0, quarantined: 1 });
  expect(code).toBe(0);
  expect((await commandLine.run('redrive', '--code', 'symbol_empty')).out).toMatch(/symbol_empty +1 +0 +1/);
  await expectReconciled();
}, 120_000);

test('redrive --dead-letters has curated what had been given up', async () => {
  const { out: none } = await commandLine.run('redrive', '--dead-letters');
  expect(none).toBe('nothing to redrive: there are no dead letters\n');
  // A letter about an object that is gone: curation is done with it at once.
  const key = `quotes/log_id=gone/kafka_partition=0000/${'0'.repeat(20)}.avro`;
  const detail = { bucket: { name: outputOf(lake, 'lake', 'RawBucketName') }, object: { key } };
  await clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: outputOf(lake, 'pipeline', 'CurateQuotesDeadLetterQueueUrl'),
      MessageBody: JSON.stringify({ source: 'aws.s3', detail }),
    }),
  );
  expect((await commandLine.run('status')).out).toContain(
    '1 dead letters: tickerlake redrive --dead-letters',
  );
  const { code, out } = await commandLine.run('redrive', '--dead-letters');
  expect(out).toBe('1 letter moved back, all worked off\n');
  expect(code).toBe(0);
}, 120_000);

test.each([
  [['--all'], /\d+ raw objects curated again\n$/],
  [['--from-offset', '5', '--partition', '1'], /\d+ raw objects curated again\n$/],
  [['--from-time', '1h'], /\d+ raw objects curated again\n$/],
  [['--all', '--land'], /everything of it was in raw already\n$/],
  [['--from-time', '1h', '--land', '--partition', '2'], /everything of it was in raw already\n$/],
  [['--all', '--filter'], /delivered again; what was there already is there once\n$/],
  [['--all', '--serve'], /delivered again; what was there already is there once\n$/],
  [['--all', '--topic', 'quotes_filtered', '--land'], /everything of it was in raw already\n$/],
  [['--diverted'], /^nothing to give back: no batch was diverted\n$/],
])(
  'replay %j leaves each row once',
  async (args, said) => {
    const { code, out, err }: Finished = await commandLine.run('replay', ...args);
    expect(err).not.toContain('error:');
    expect(out).toMatch(said);
    expect(code).toBe(0);
    await expectReconciled();
  },
  180_000,
);

test('Ctrl-C in a replay from the topic leaves the event source polling', async () => {
  const replay = commandLine.start('replay', '--land', '--all');
  await until('the pause', () => replay.err().includes('pausing the event source'), 30_000);
  replay.process.kill('SIGINT');
  const { code, err } = await replay.finished;
  expect(code).toBe(130);
  expect(err).toContain('resume delivery');
  await commandLine.run('produce', '--records', '10');
  const { out } = await commandLine.run('reconcile');
  expect(out).toMatch(
    /produced 320 = curated 310 .*; lost 0; duplicated 0; served \d+; served lost 0; served duplicated 0\n$/,
  );
}, 180_000);

const NOTHING_LOST =
  /^reconcile: produced (\d+) = curated \d+ \+ quarantined 10; queryable \d+; lost 0; duplicated 0; served \d+; served lost 0; served duplicated 0$/m;

/** Deletes the objects under the prefixes, all of them or so many. @returns how many there were */
async function deleteObjects(
  bucket: string,
  prefixes: readonly string[],
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let deleted = 0;
  for (const prefix of prefixes) {
    for await (const key of createS3ObjectStore(bucket, clients.s3).list(prefix)) {
      if (deleted >= most) return deleted;
      await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      deleted += 1;
    }
  }
  return deleted;
}

test('rebuild finds nothing to do in a lake that is whole', async () => {
  const { code, out } = await commandLine.run('rebuild', '--yes');
  expect(out).toBe(
    'nothing to rebuild: catalog, curated files, receipts and quarantined records are whole; ' +
      'no history yet of quotes, quotes_filtered\n',
  );
  expect(code).toBe(0);
}, 60_000);

test('rebuild makes again the one curated file and the one receipt that are gone', async () => {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  await deleteObjects(bucket, ['curated/quotes/'], 1);
  await deleteObjects(bucket, ['receipts/quotes_filtered/'], 1);
  const { out: said } = await commandLine.run('rebuild', '--json');
  expect(JSON.parse(said)).toMatchObject({
    isWell: false,
    isDone: false,
    topics: [
      { topic: 'quotes', tables: [], curate: { objects: 1, reasons: { 'curated file gone': 1 } }, days: [] },
      { topic: 'quotes_filtered', curate: { objects: 1, reasons: { 'no receipt': 1 } } },
    ],
  });
  const { code, out, err } = await commandLine.run('rebuild', '--yes');
  expect(err).not.toContain('error:');
  expect(out).toMatch(/\nrebuilt in \d+ s; to prove it: tickerlake reconcile\n$/);
  expect(code).toBe(0);
  expect((await commandLine.run('reconcile')).out).toMatch(NOTHING_LOST);
}, 120_000);

test('the drill: catalog, curated files, receipts and quarantine are gone, and nothing leads to history; rebuild makes all from raw', async () => {
  const compacted = await commandLine.run('compact', '--topic', 'quotes');
  expect(compacted.code).toBe(0);
  await commandLine.run('produce', '--records', '50');
  expect((await commandLine.run('reconcile')).out).toMatch(NOTHING_LOST);

  const [lakeBucket, rawBucket] = [
    outputOf(lake, 'lake', 'LakeBucketName'),
    outputOf(lake, 'lake', 'RawBucketName'),
  ];
  expect(await deleteObjects(lakeBucket, ['curated/', 'receipts/'])).toBeGreaterThan(20);
  expect(await deleteObjects(rawBucket, ['quarantine/'])).toBe(10);
  const DatabaseName = outputOf(lake, 'lake', 'DatabaseName');
  const { TableList: tables = [] } = await clients.glue.send(new GetTablesCommand({ DatabaseName }));
  expect(tables.length).toBeGreaterThanOrEqual(9);
  for (const { Name } of tables) await clients.glue.send(new DeleteTableCommand({ DatabaseName, Name }));

  const dry = await commandLine.run('rebuild');
  expect(dry.out).toMatch(
    /quotes +catalog +quotes_raw, quotes_quarantine, quotes_curated +create as the template has them\n/,
  );
  expect(dry.out).toMatch(/quotes +curated +\d+ no receipt +curate \d+ raw objects again\n/);
  expect(dry.out).toMatch(/quotes +history +table or files +compact anew\n/);
  expect(dry.out).toMatch(/\nnothing was changed; to do it: tickerlake rebuild --yes\n$/);
  expect((await clients.glue.send(new GetTablesCommand({ DatabaseName }))).TableList).toEqual([]);

  const rebuilt = await commandLine.run('rebuild', '--yes');
  expect(rebuilt.err).not.toContain('error:');
  expect(rebuilt.code).toBe(0);
  expect((await commandLine.run('reconcile')).out).toMatch(NOTHING_LOST);
  expect((await commandLine.run('rebuild')).out).toMatch(/^nothing to rebuild/);
}, 600_000);

test('history is lost alone: the view reads curated files again, and history is made anew', async () => {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  expect(await deleteObjects(bucket, ['history/quotes/'])).toBeGreaterThan(0);
  const { code, out, err } = await commandLine.run('rebuild', '--yes');
  expect(err).not.toContain('error:');
  expect(out).toMatch(/quotes +view +what its cut leads to +have it read curated files\n/);
  expect(out).toMatch(/quotes +history +table or files +compact anew\n/);
  expect(code).toBe(0);
  expect((await commandLine.run('reconcile')).out).toMatch(NOTHING_LOST);
  const status = JSON.parse((await commandLine.run('status', '--json')).out) as {
    batch: { topic: string; history?: { rows: number } }[];
  };
  expect(status.batch.find(({ topic }) => topic === 'quotes')?.history?.rows).toBeGreaterThan(300);
}, 600_000);
