import { describe, expect, test } from '@jest/globals';
import { describeRecord } from '../../../../cli/console/records/describe-record.ts';
import type { PartitionRecord } from '../../../../cli/console/records/raw-record.ts';
import { createQuoteDecoder, encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../../core/codec.ts';
import type { CurationRules } from '../../../../core/curation.ts';
import type { Quote } from '../../../../core/quote.ts';
import { encodeFrame } from '../../../../core/wire.ts';
import { makeQuote, NOON_MS, SCHEMA_ID } from '../../../helpers/records.ts';

const decode = createQuoteDecoder(QUOTE_SCHEMA_TEXT);
const rules: CurationRules = {
  decoderOf: (id) => (id === SCHEMA_ID ? decode : undefined),
  lakeStartMs: Date.parse('1990-01-01'),
};

const RECORD: PartitionRecord = {
  partition: 1,
  offset: 7,
  timestamp: NOON_MS,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('AAPL'),
  value: null,
  headers: [],
};

const describeValue = (value: Buffer | null) => describeRecord({ ...RECORD, value }, rules);

const framed = (fields: Partial<Quote>): Buffer => encodeFrame(SCHEMA_ID, encodeQuote(makeQuote(fields)));

test('a good record has its quote and no problem', () => {
  const described = describeValue(framed({ latestPrice: 101.5 }));
  expect(described).toMatchObject({
    partition: 1,
    offset: 7,
    key: 'AAPL',
    quote: { symbol: 'AAPL', latestPrice: 101.5 },
  });
  expect(described.problem).toBeUndefined();
});

describe('a record that breaks a rule names it', () => {
  test.each([
    ['price_invalid', { latestPrice: -1, open: 10 }, '(latestPrice)'],
    ['price_invalid', { high: Number.NaN, low: Number.NEGATIVE_INFINITY }, '(high, low)'],
    ['volume_invalid', { latestVolume: -5 }, '(latestVolume)'],
    ['symbol_empty', { symbol: '' }, '(symbol)'],
    ['event_time_out_of_range', { latestUpdate: 0 }, '(latestUpdate)'],
  ])('%s of %j', (code, fields, named) => {
    const { problem } = describeValue(framed(fields));
    expect(problem).toMatch(new RegExp(`^${code}: `));
    expect(problem).toContain(named);
  });

  test.each([
    ['value_missing', null],
    ['framing_undecodable', Buffer.from('not framed at all, that is')],
    ['schema_unknown', encodeFrame('00000000-0000-4000-8000-000000000000', Buffer.from([1]))],
    ['body_undecodable', encodeFrame(SCHEMA_ID, Buffer.from([2]))],
    ['body_trailing_bytes', Buffer.concat([framed({}), Buffer.from([0])])],
  ])('%s, as far as it decodes', (code, value) => {
    expect(describeValue(value).problem).toMatch(new RegExp(`^${code}: `));
  });
});

test('numbers that JSON lacks are text', () => {
  expect(describeValue(framed({ high: Number.NaN, low: Number.POSITIVE_INFINITY })).quote).toMatchObject({
    high: 'NaN',
    low: 'Infinity',
  });
});

test('a key that is no text is base64, so that nothing of it is shown as it is', () => {
  expect(describeRecord({ ...RECORD, key: Buffer.from([0xff, 0xfe]) }, rules).key).toBe('base64://4=');
  expect(describeRecord({ ...RECORD, key: Buffer.from('\u001b[31m') }, rules).key).toMatch(/^base64:/);
  expect(describeRecord({ ...RECORD, key: null }, rules).key).toBeNull();
});

test('a timestamp that is no date is shown as the number it is', () => {
  expect(describeRecord({ ...RECORD, timestamp: 9e15 }, rules).timestamp).toBe('9000000000000000');
});

test('a record of a derived topic whose headers name no source is said to break that rule', () => {
  const record = { ...RECORD, value: framed({}) };
  const { problem, quote } = describeRecord(record, { ...rules, sourceTopic: 'quotes' });
  expect(problem).toMatch(/^source_missing: /);
  expect(quote).toMatchObject({ symbol: 'AAPL' });
});
