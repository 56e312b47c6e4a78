import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { viewColumns } from '../../../core/curated-columns.ts';
import { RULES_OF_CODES, renderRuleset, requiredColumns } from '../../../core/data-quality.ts';
import { QUALITY_RULES } from '../../../core/quality.ts';
import { QUOTE_FIELDS, snakeCase } from '../../../core/quote.ts';
import { TOPICS } from '../../../core/topics.ts';

const START = '1990-01-01';

/** The rules of a ruleset, one a line as it is rendered. */
function rulesOf(ruleset: string): string[] {
  return ruleset
    .split('\n')
    .slice(1, -2)
    .map((line) => line.trim().replace(/,$/, ''));
}

/** Columns whose range some rule of a code states. */
function columnsOf(code: keyof typeof RULES_OF_CODES): string[] {
  const rule = RULES_OF_CODES[code];
  if (typeof rule === 'string') throw new Error(`${code} has no rule on rows`);
  const names = viewColumns('quotes').map(({ name }) => name);
  return names.filter((name) => rule(START).some((text) => new RegExp(String.raw`\b${name}\b`).test(text)));
}

describe('a ruleset', () => {
  // pytest judges rows by these files.
  test.each(Object.values(TOPICS))('of $name is what the tests of the jobs use', ({ name }) => {
    const file = new URL(`../../../glue-scripts/tests/fixtures/${name}.dqdl`, import.meta.url);
    expect(renderRuleset(name)).toBe(readFileSync(file, 'utf8'));
  });

  test.each(Object.values(TOPICS))('of $name names every column, each rule once', ({ name }) => {
    const rules = rulesOf(renderRuleset(name));
    expect(rules).toEqual(
      expect.arrayContaining(viewColumns(name).map((column) => `ColumnExists "${column.name}"`)),
    );
    expect(new Set(rules).size).toBe(rules.length);
  });

  test('takes the start of the lake from configuration', () => {
    expect(renderRuleset('quotes', '2019-06-01')).toContain("event_time < timestamp '2019-06-01 00:00:00'");
  });

  test.each(["1990-01-01' or true or '", '1990-02-30', ''])('refuses %j as the start of the lake', (day) => {
    expect(() => renderRuleset('quotes', day)).toThrow('give a day as yyyy-mm-dd');
  });
});

describe('a column', () => {
  test('of the quote is required where the contract says so', () => {
    const nullable = QUOTE_FIELDS.filter((field) => field.nullable).map(({ name }) => snakeCase(name));
    expect(requiredColumns('quotes').filter((name) => nullable.includes(name))).toEqual([]);
    expect(requiredColumns('quotes')).toContain('symbol');
  });

  test('that says where a row came from is required, of derived topics too', () => {
    const required = requiredColumns('quotes_filtered');
    expect(required).toEqual(
      expect.arrayContaining(['log_id', 'kafka_offset', 'event_time', 'source_offset', 'dt']),
    );
  });
});

describe('a reason to quarantine a record', () => {
  test.each(Object.keys(QUALITY_RULES))('%s has its rules on rows, or a word on why none', (code) => {
    const rule = RULES_OF_CODES[code as keyof typeof RULES_OF_CODES];
    if (typeof rule === 'string') expect(rule).not.toBe('');
    else expect(rulesOf(renderRuleset('quotes'))).toEqual(expect.arrayContaining([...rule(START)]));
  });

  test('looks at the columns that curation looks at', () => {
    const doubles = QUOTE_FIELDS.filter((field) => field.kind === 'double').map(({ name }) =>
      snakeCase(name),
    );
    expect([...columnsOf('price_invalid'), ...columnsOf('volume_invalid')].sort()).toEqual(doubles.sort());
    const times = QUOTE_FIELDS.filter((field) => field.kind === 'time').map(({ name }) => snakeCase(name));
    expect(columnsOf('time_out_of_range')).toEqual(times);
    expect(columnsOf('symbol_empty')).toEqual(['symbol']);
    expect(columnsOf('event_time_out_of_range')).toEqual(['kafka_timestamp', 'event_time']);
  });
});
