import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countBack } from '../../../bench/rivals/count-back.ts';

let folder: string;

/** Three rows in two files, of volumes 0, 1 and 2. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-count-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [name, rows] of [
    ['a', 'range(2)'],
    ['b', 'range(2, 3)'],
  ]) {
    await connection.run(
      `COPY (SELECT range::DOUBLE AS "latestVolume" FROM ${rows}) TO '${join(folder, `${name}.parquet`)}'`,
    );
  }
  connection.closeSync();
  instance.closeSync();
});

afterAll(() => rm(folder, { recursive: true }));

const count = (records: number, volume: number, files = '*.parquet') =>
  countBack('Flink', { records, volume }, { files: join(folder, files), volumeColumn: 'latestVolume' });

describe('counting back', () => {
  test('says how many files and bytes hold the rows', async () => {
    const { files, bytes } = await count(3, 3);
    expect(files).toBe(2);
    expect(bytes).toBeGreaterThan(100);
  });

  test.each([
    ['a row too few', 4, 3],
    ['a row too many', 2, 3],
    ['another volume, as of a row twice and one lost', 3, 4],
  ])('refuses %s', async (_case, records, volume) => {
    await expect(count(records, volume)).rejects.toThrow(
      `Flink wrote 3 rows whose volumes add up to 3; the topic has ${records} and ${volume}`,
    );
  });

  test('refuses what is not there', async () => {
    await expect(count(3, 3, 'none/*.parquet')).rejects.toThrow('what Flink wrote cannot be read');
  });
});
