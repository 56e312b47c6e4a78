import { describe, expect, test } from '@jest/globals';
import type { TopicRecord } from '../../../console/api.ts';
import {
  fieldText,
  newerOffset,
  newestFirst,
  olderOffset,
} from '../../../console/src/topics/record-pages.ts';

function record(partition: number, offset: number, timestamp = '2026-11-20T15:00:00.000Z'): TopicRecord {
  return { partition, offset, timestamp, key: null, headers: [], valueBytes: 0 };
}

const PARTITION = { partition: 0, startOffset: 100, endOffset: 300 };

describe('newestFirst', () => {
  test('goes by offset within a partition, whatever the timestamps say', () => {
    const records = [record(0, 1, '2026-11-20T15:00:09.000Z'), record(0, 2, '2026-11-20T15:00:00.000Z')];
    expect(newestFirst(records).map(({ offset }) => offset)).toEqual([2, 1]);
  });

  test('goes by time across partitions', () => {
    const records = [record(0, 9, '2026-11-20T15:00:00.000Z'), record(1, 1, '2026-11-20T15:00:09.000Z')];
    expect(newestFirst(records).map(({ partition }) => partition)).toEqual([1, 0]);
  });
});

describe('paging', () => {
  test('asks for the fifty before the oldest shown', () => {
    expect(olderOffset([record(0, 299), record(0, 250)], PARTITION)).toBe(200);
  });

  test('does not ask for what the broker no longer holds', () => {
    expect(olderOffset([record(0, 130)], PARTITION)).toBe(100);
    expect(olderOffset([record(0, 100)], PARTITION)).toBeUndefined();
  });

  test('asks for those after the newest shown, while there are some', () => {
    expect(newerOffset([record(0, 250)], PARTITION)).toBe(251);
    expect(newerOffset([record(0, 299)], PARTITION)).toBeUndefined();
  });
});

describe('fieldText', () => {
  test('shows a time of epoch milliseconds as UTC', () => {
    expect(fieldText('latestUpdate', 0)).toBe('1970-01-01T00:00:00.000Z (0)');
  });

  test('shows a time that no calendar has as its number', () => {
    expect(fieldText('latestUpdate', 9e18)).toBe('9000000000000000000');
  });

  test('shows text of a field whose name ends like a time’s as it is', () => {
    expect(fieldText('latestTime', '10:00:00 AM')).toBe('10:00:00 AM');
  });
});
