import { expect, test } from '@jest/globals';
import { poisonRecords } from '../../../cli/produce/poison-records.ts';
import { BodyError, createQuoteDecoder, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { DEFAULT_LAKE_START, judge, QUALITY_RULES } from '../../../core/quality.ts';
import { decodeFrame, FramingError } from '../../../core/wire.ts';

const VERSION_ID = '6b86b273-ff34-4ce1-9d6b-804eff5a3f57';
const NOW_MS = Date.parse('2026-11-20T14:30:00Z');

/** What becomes of a value, by the rules of core/ in their order. */
function verdict(value: Buffer | null): string | undefined {
  if (value === null) return 'value_missing';
  try {
    const { schemaVersionId, body } = decodeFrame(value);
    if (schemaVersionId !== VERSION_ID) return 'schema_unknown';
    return judge(createQuoteDecoder(QUOTE_SCHEMA_TEXT)(body), NOW_MS, DEFAULT_LAKE_START);
  } catch (error) {
    if (error instanceof FramingError) return 'framing_undecodable';
    if (error instanceof BodyError) return error.code;
    throw error;
  }
}

test('there are ten, one for each quality rule of a topic that is not derived', () => {
  const codes = poisonRecords(VERSION_ID, NOW_MS).map(({ code }) => code);
  expect(codes).toHaveLength(10);
  expect([...codes, 'source_missing'].sort()).toEqual(Object.keys(QUALITY_RULES).sort());
});

test.each(poisonRecords(VERSION_ID, NOW_MS))('$code is what breaks', ({ code, value }) => {
  expect(verdict(value)).toBe(code);
});
