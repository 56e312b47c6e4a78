import { describe, expect, test } from '@jest/globals';
import { describeWay, type RecordFacts } from '../../../../cli/console/records/record-way.ts';
import type { RecordTrace } from '../../../../cli/reconcile/trace-record.ts';

const log = { topic: 'quotes', logId: 'L1', partition: 2 };
const facts: RecordFacts = {
  log,
  offset: 7,
  position: { startOffset: 0, endOffset: 10, committed: 10 },
  isBelowCut: false,
  isVisible: false,
};
const RECEIPT = 'receipts/quotes/log_id=L1/kafka_partition=0002/00000000000000000005.json';
const RAW = 'quotes/log_id=L1/kafka_partition=0002/00000000000000000005.avro';
const curated: RecordTrace = {
  at: 'curated',
  receipt: RECEIPT,
  files: ['curated/quotes/dt=2026-11-20/f.parquet'],
  state: 'there',
};

function statesOf(trace: RecordTrace, more: Partial<RecordFacts> = {}): Readonly<Record<string, string>> {
  const { stations } = describeWay(trace, { ...facts, ...more });
  return Object.fromEntries(stations.map(({ name, state }) => [name, state]));
}

describe('a quarantined record', () => {
  const trace: RecordTrace = {
    at: 'quarantine',
    key: 'quarantine/quotes/x.json',
    code: 'price_invalid',
    receipt: RECEIPT,
  };

  test('is said with its reason, and how to have it judged again', () => {
    const way = describeWay(trace, { ...facts, reason: 'latestPrice is negative' });
    expect(way).toMatchObject({ outcome: 'quarantined', nextStep: 'npm run -s tickerlake -- redrive' });
    expect(way.summary).toBe('Record 2:7 of topic quotes is quarantined: latestPrice is negative.');
  });

  test('passed raw and receipt, and never reached the view', () => {
    expect(statesOf(trace)).toEqual({
      topic: 'passed',
      raw: 'passed',
      receipt: 'passed',
      curated: 'skipped',
      quarantine: 'here',
      view: 'skipped',
    });
  });

  test('names its raw object by its receipt', () => {
    const raw = describeWay(trace, facts).stations.find(({ name }) => name === 'raw');
    expect(raw?.details).toEqual([{ label: 'object', value: RAW }]);
  });
});

test('a good record is in the view', () => {
  expect(describeWay(curated, { ...facts, isVisible: true }).outcome).toBe('visible');
  expect(statesOf(curated, { isVisible: true })).toMatchObject({
    curated: 'passed',
    quarantine: 'skipped',
    view: 'here',
  });
});

test('one below the cut is shown from history', () => {
  const { summary } = describeWay(curated, { ...facts, isVisible: true, isBelowCut: true });
  expect(summary).toContain('quotes_history');
});

test.each([
  ['there', 'its day is registered'],
  ['file-gone', 'its file is gone'],
  ['day-unregistered', 'not registered'],
  ['day-elsewhere', 'another place'],
] as const)('one that is curated and hidden says why: %s', (state, words) => {
  const way = describeWay({ ...curated, state }, facts);
  expect(way.outcome).toBe('hidden');
  expect(way.summary).toContain(words);
  expect(statesOf({ ...curated, state })).toMatchObject({ view: 'failed' });
});

test('one that is landed waits for curation', () => {
  expect(describeWay({ at: 'raw', key: RAW }, facts)).toMatchObject({ outcome: 'waiting' });
  expect(statesOf({ at: 'raw', key: RAW })).toMatchObject({
    topic: 'passed',
    raw: 'here',
    receipt: 'not-reached',
  });
});

test('one whose batch was given up says how it comes back', () => {
  const way = describeWay(
    { at: 'diverted', key: 'diverted/x.json', condition: 'RetryAttemptsExhausted' },
    facts,
  );
  expect(way).toMatchObject({ outcome: 'diverted', nextStep: 'npm run -s tickerlake -- replay --diverted' });
});

describe('one that is not landed', () => {
  const trace: RecordTrace = { at: 'topic', position: undefined };

  test.each([
    [{ startOffset: 0, endOffset: 10, committed: 5 }, 'waits to be landed'],
    [{ startOffset: 0, endOffset: 7, committed: 7 }, 'does not exist yet'],
    [{ startOffset: 9, endOffset: 12, committed: 12 }, 'nor on the broker any more'],
    [undefined, 'the broker tells nothing of partition 2'],
    [{ startOffset: 0, endOffset: 10, committed: 8 }, 'went past it'],
  ])('with the broker at %j', (position, words) => {
    expect(describeWay(trace, { ...facts, position }).summary).toContain(words);
  });
});
