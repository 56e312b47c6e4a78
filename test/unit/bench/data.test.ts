import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BENCH_DAYS, DATA_SHA256 } from '../../../bench/data/records.ts';

let found: Record<string, unknown>;

beforeAll(async () => {
  const program = join(import.meta.dirname, 'describe-data.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', program]);
  found = JSON.parse(stdout) as Record<string, unknown>;
}, 60_000);

describe("the bench's data", () => {
  test('is the same on every machine', () => {
    expect(found['sha256']).toBe(DATA_SHA256);
  });

  test('is of 3,000 listings, each with a name of its own, some 190 bytes a record', () => {
    expect(found).toMatchObject({ symbols: 3000, names: 3000 });
    expect(found['avroBytesPerRecord']).toBeCloseTo(189, 0);
  });

  test('is of every hour of two trading days', () => {
    // The first day's last tick is its close, at 21:00; the second day of so few has none.
    const hoursOf = (day: string, last: number): string[] =>
      Array.from({ length: last - 13 }, (_, hour) => `${day}T${hour + 14}`);
    expect(found['hours']).toEqual([...hoursOf(BENCH_DAYS[0], 21), ...hoursOf(BENCH_DAYS[1], 20)]);
  });

  test('is good by the rules of the lake, with prices in cents that walk on', () => {
    expect(found['goodQuotes']).toBe(50_000);
  });

  test('keeps a symbol in one of 1, 4 or 64 partitions, offsets without gaps', () => {
    expect(found).toMatchObject({ goodRecords: [10_000, 10_000, 10_000], partitions: 64 });
  });
});
