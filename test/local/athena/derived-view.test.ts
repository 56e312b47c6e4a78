/** The view over a derived topic, in SQL: whatever was delivered how often, each record of the source topic is one row. */
import { UpdateTableCommand } from '@aws-sdk/client-glue';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createQuoteDecoder, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { curatedColumns, sourceTopicOf } from '../../../core/curated-columns.ts';
import { curate } from '../../../core/curation.ts';
import type { DeliveredRecord } from '../../../core/kafka-event.ts';
import { curatedKey, type RawObjectId, rawObjectKey } from '../../../core/layout.ts';
import { encodeRows } from '../../../core/parquet-file.ts';
import type { LakeColumn } from '../../../core/quote.ts';
import { decodeRawFile, encodeRawFile } from '../../../core/raw-file.ts';
import { type CutTerm, renderView, viewSql } from '../../../core/view.ts';
import { AthenaLake } from '../../helpers/athena-lake.ts';
import { allow } from '../../helpers/aws-endpoint.ts';
import { NOON_MS, quoteRecord, sourceRecordHeaders } from '../../helpers/records.ts';

const TOPIC = 'quotes_filtered';
const DAYS = ['2026-11-19', '2026-11-20', '2026-11-21'];
const DAY_MS = 86_400_000;
const PARTITIONS = 2;

/** A record of the source topic, and the partition offsets of the derived topic at which it stands. */
interface Case {
  /** Of each partition, the source records in the order in which they were produced: each any number of times. */
  readonly produced: readonly (readonly number[])[];
  /** Of each partition, how many of those the cluster before this one took: they lie in another log. */
  readonly beforeReplacement: readonly number[];
  /** Of each log and partition, how many records history holds. */
  readonly compacted: readonly number[];
  /** Of the copies below the cut, which one history keeps. */
  readonly kept: number;
}

/** @param copies that a partition has at most */
function casesOf({ sourceRecords, copies }: Record<'sourceRecords' | 'copies', number>): fc.Arbitrary<Case> {
  const each = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T[]> =>
    fc.array(arbitrary, { minLength: times, maxLength: times });
  const produced = fc.array(fc.nat(sourceRecords - 1), { maxLength: copies, size: 'max' });
  return fc.record({
    produced: each(produced, PARTITIONS),
    beforeReplacement: each(fc.nat(copies), PARTITIONS),
    compacted: each(fc.nat(copies), 2 * PARTITIONS),
    kept: fc.nat(copies),
  });
}

interface Copy {
  /** Log of the source record. */
  readonly name: string;
  readonly logId: string;
  readonly partition: number;
  readonly offset: number;
  /** Offset of the source record, whose partition is the same. */
  readonly source: number;
}

interface LaidOut {
  readonly copies: readonly Copy[];
  readonly history: readonly Copy[];
  readonly cut: readonly CutTerm[];
}

/** What stands where, what history holds, and the cut between them. */
function layOut(given: Case, name = 'log'): LaidOut {
  const [oldLog, newLog] = [`${name}-old`, `${name}-new`];
  const copies = given.produced.flatMap((sources, partition) => {
    const before = given.beforeReplacement[partition] ?? 0;
    return sources.map((source, index) =>
      index < before
        ? { name, logId: oldLog, partition, offset: index, source }
        : { name, logId: newLog, partition, offset: index - before, source },
    );
  });
  const cut = [oldLog, newLog]
    .flatMap((logId) => Array.from({ length: PARTITIONS }, (_, partition) => ({ logId, partition })))
    .map((log, index) => ({ ...log, offset: (given.compacted[index] ?? 0) - 1 }))
    .filter(({ offset }) => offset >= 0);
  const isBelowCut = (copy: Copy): boolean =>
    cut.some(
      ({ logId, partition, offset }) =>
        copy.logId === logId && copy.partition === partition && copy.offset <= offset,
    );
  const compacted = Map.groupBy(copies.filter(isBelowCut), identityOf);
  const history = [...compacted.values()].flatMap((same) => same[given.kept % same.length] ?? []);
  return { copies, history, cut };
}

const NAME =
  "source_log_id || '/' || CAST(source_partition AS varchar) || '@' || CAST(source_offset AS varchar)";
const identityOf = ({ name, partition, source }: Copy): string => `${name}/${partition}@${source}`;
const identitiesOf = (copies: readonly Copy[]): string[] => [...new Set(copies.map(identityOf))].sort();
/** Event times spread over days; that of a source record is its own, whichever copy is read. */
const dayOf = ({ partition, source }: Copy): string => DAYS[(partition + source) % DAYS.length] ?? '';

const viewOf = (cut: readonly CutTerm[], hasHistory: boolean): ReturnType<typeof renderView> =>
  renderView({ database: 'lake', viewName: TOPIC, cut, hasHistory });

describe('in memory', () => {
  const DUCKDB_TYPES = {
    string: 'VARCHAR',
    double: 'DOUBLE',
    timestamp: 'TIMESTAMP',
    int: 'INTEGER',
    bigint: 'BIGINT',
    date: 'DATE',
  } as const satisfies Record<LakeColumn['glueType'], string>;
  let instance: DuckDBInstance;
  let duckdb: DuckDBConnection;

  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:');
    duckdb = await instance.connect();
    const columns = curatedColumns(TOPIC).map(({ name, glueType }) => `${name} ${DUCKDB_TYPES[glueType]}`);
    await duckdb.run("ATTACH ':memory:' AS awsdatacatalog; CREATE SCHEMA awsdatacatalog.lake");
    for (const table of ['history', 'curated']) {
      await duckdb.run(
        `CREATE TABLE awsdatacatalog.lake.${TOPIC}_${table} (${columns.join(', ')}, dt VARCHAR)`,
      );
    }
  });
  afterAll(() => {
    duckdb.closeSync();
    instance.closeSync();
  });

  async function fill(table: string, copies: readonly Copy[]): Promise<void> {
    await duckdb.run(`DELETE FROM awsdatacatalog.lake.${TOPIC}_${table}`);
    if (copies.length === 0) return;
    const rows = copies.map(
      (copy) =>
        `('${copy.logId}', ${copy.partition}, ${copy.offset}, '${copy.name}', ${copy.partition}, ${copy.source}, '${dayOf(copy)}')`,
    );
    await duckdb.run(
      `INSERT INTO awsdatacatalog.lake.${TOPIC}_${table} ` +
        '(log_id, kafka_partition, kafka_offset, source_log_id, source_partition, source_offset, dt) ' +
        `VALUES ${rows.join(', ')}`,
    );
  }

  async function visible(cut: readonly CutTerm[], hasHistory: boolean, where = ''): Promise<string[]> {
    const sql = viewSql(viewOf(cut, hasHistory).ViewOriginalText);
    const found = await duckdb.runAndReadAll(`SELECT ${NAME} FROM (${sql}) ${where} ORDER BY 1`);
    return found.getRows().map(([name]) => String(name));
  }

  /** Several cases at once, each with logs of its own: a statement takes longer to plan than to run. */
  const CASES_AT_ONCE = 25;
  const batches = fc.array(casesOf({ sourceRecords: 5, copies: 8 }), {
    minLength: CASES_AT_ONCE,
    maxLength: CASES_AT_ONCE,
  });

  test('any deliveries, any cut: each record once, on its day', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const laidOut = batch.map((given, index) => layOut(given, `case-${index}`));
        const copies = laidOut.flatMap((each) => each.copies);
        const cut = laidOut.flatMap((each) => each.cut);
        await fill('curated', copies);
        await fill(
          'history',
          laidOut.flatMap(({ history }) => history),
        );
        expect(await visible([], false)).toEqual(identitiesOf(copies));
        expect(await visible(cut, true)).toEqual(identitiesOf(copies));
        const [day = ''] = DAYS;
        const ofDay = copies.filter((copy) => dayOf(copy) === day);
        expect(await visible(cut, true, `WHERE dt = '${day}'`)).toEqual(identitiesOf(ofDay));
      }),
      { numRuns: 80 },
    );
  }, 120_000);
});

describe('on the local engine, over files as curation writes them', () => {
  const [deliveries, ...others] = fc
    .sample(casesOf({ sourceRecords: 12, copies: 24 }), { numRuns: 24, seed: 5 })
    .map((given) => layOut(given));
  const copies = deliveries?.copies ?? [];
  const cuts = others.map(({ cut }) => cut);
  let lake: AthenaLake;

  beforeAll(async () => {
    lake = await AthenaLake.start();
    const types = Object.fromEntries(curatedColumns(TOPIC).map(({ name, glueType }) => [name, glueType]));
    // History with doubles, and with what lies above the cut: the view shows none of it.
    for (const table of ['history', 'curated']) {
      const location = `s3://lake/${table}/${TOPIC}/`;
      await lake.createTable(`${TOPIC}_${table}`, { columns: types, keys: { dt: 'string' }, location });
      await lake.register(
        `${TOPIC}_${table}`,
        Object.fromEntries(DAYS.map((dt) => [`${location}dt=${dt}/`, [dt]])),
      );
      for (const log of Map.groupBy(copies, ({ logId, partition }) => `${logId}/${partition}`).values()) {
        await putFiles(table, log.slice(0, log.length / 2));
        await putFiles(table, log.slice(log.length / 2));
      }
    }
    await lake.addTable(viewOf([], false));
  }, 60_000);
  afterAll(async () => {
    await lake.stop();
  });

  /** Lands and curates neighbouring copies as one raw object. */
  async function putFiles(table: string, some: readonly Copy[]): Promise<void> {
    const [first] = some;
    if (first === undefined) return;
    const { name, logId, partition, offset: start } = first;
    const object: RawObjectId = { kind: 'chain', topic: TOPIC, logId, partition, start };
    const key = rawObjectKey(object);
    const records = some.map((copy): DeliveredRecord => {
      const latestUpdate = NOON_MS + (DAYS.indexOf(dayOf(copy)) - 1) * DAY_MS;
      const source = { logId: name, topic: 'quotes', partition, offset: copy.source };
      return quoteRecord(
        copy.offset,
        { latestUpdate },
        { headers: sourceRecordHeaders(source), timestamp: NOON_MS },
      );
    });
    const decoder = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
    const { days } = curate(decodeRawFile(key, encodeRawFile(key, start, records).body).records, {
      decoderOf: () => decoder,
      lakeStartMs: 0,
      sourceTopic: sourceTopicOf(TOPIC),
    });
    for (const [dt, rows] of days) {
      await lake.put(curatedKey(object, dt).replace('curated/', `${table}/`), encodeRows(rows, object));
    }
  }

  const NAMES = `SELECT ${NAME} FROM ${TOPIC}`;
  const names = async (sql: string, options: Parameters<AthenaLake['rows']>[1] = {}): Promise<unknown[]> =>
    (await lake.rows(sql, options)).map(([name]) => name);

  test('there are doubles, within a day of curated files and beyond', async () => {
    const [[rows] = []] = await lake.rows(`SELECT count(*) FROM ${TOPIC}_curated`);
    expect(Number(rows)).toBe(copies.length);
    expect(copies.length).toBeGreaterThan(identitiesOf(copies).length * 1.5);
  }, 60_000);

  test('shows each record once, its columns in order, times as timestamps', async () => {
    const { columns, rows } = await lake.answer(`SELECT * FROM ${TOPIC}`);
    expect(rows).toHaveLength(identitiesOf(copies).length);
    expect(columns.slice(-5).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'trading_date date',
      'source_log_id varchar',
      'source_partition integer',
      'source_offset bigint',
      'dt varchar',
    ]);
    expect(columns.find(({ name }) => name === 'event_time')?.type).toBe('timestamp(3)');
  }, 60_000);

  test(`shows each record once at any of ${cuts.length} cuts`, async () => {
    for (const cut of cuts) {
      await lake.glue.send(new UpdateTableCommand({ DatabaseName: 'lake', TableInput: viewOf(cut, true) }));
      expect(await names(`${NAMES} ORDER BY 1`)).toEqual(identitiesOf(copies));
    }
  }, 120_000);

  test('a condition on dt reads the files of that day alone', async () => {
    const [, day = ''] = DAYS;
    const credentials = lake.role('of-one-day', [
      allow(['glue:GetTable', 'glue:GetPartitions'], '*'),
      allow('s3:ListBucket', 'arn:aws:s3:::lake'),
      allow('s3:GetObject', `arn:aws:s3:::lake/*/${TOPIC}/dt=${day}/*`),
    ]);
    const ofDay = copies.filter((copy) => dayOf(copy) === day);
    const found = await names(`${NAMES} WHERE dt = '${day}' ORDER BY 1`, { credentials });
    expect(found).toEqual(identitiesOf(ofDay));
    const bytes = async (sql: string): Promise<number> => (await lake.answer(sql)).scannedBytes;
    expect(await bytes(`${NAMES} WHERE dt = '${day}'`)).toBeLessThan((await bytes(NAMES)) / 2);
  }, 60_000);
});
