import { describe, expect, test } from '@jest/globals';
import { renderRuleset } from '../../../core/data-quality.ts';
import { TOPICS } from '../../../core/topics.ts';
import { dqdlFault } from '../../../lib/guardrails/dqdl.ts';

const ruleset = (rule: string): string => `Rules = [\n  ${rule}\n]\n`;

describe('DQDL takes', () => {
  // Examples of https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
  test.each([
    'IsComplete "order-id"',
    'IsComplete "a", IsUnique "b"',
    '(IsComplete "id") and (IsUnique "id")',
    '(RowCount > 1) or (IsComplete "a")',
    '((IsComplete "a") and (IsUnique "b")) or (RowCount > 3)',
    'ColumnValues "customer_id" between 1 and 2000',
    'ColumnValues "colA" not between 1 and 3',
    'ColumnValues "country" in ["US", "CA", "UK"]',
    'ColumnValues "country" not in ["US"]',
    'ColumnValues "name" matches "[a-z]*"',
    'ColumnValues "colA" in ["A", NULL, EMPTY, WHITESPACES_ONLY]',
    'ColumnValues "amount" between 1 and 2 with threshold > 0.9',
    'ColumnValues "status" = "ok" where "id > 10"',
    'ColumnValues "load_date" > (now() - 3 days)',
    'ColumnDataType "a" = "Date"',
    'DataFreshness "order_date" <= 24 hours',
    'DataFreshness "order_date" between 2 days and 5 days',
    'RowCount > avg(last(10))',
    'Completeness "first_name" > 0.95',
    'CustomSql "select count(*) from primary" between 10 and 20',
    'CustomSql "select id from primary where age < 100"',
    'ReferentialIntegrity "zipcode" "reference.zipcode" >= 0.9',
    'IsPrimaryKey "a" "b" "c"',
    'DetectAnomalies "ColumnLength" "id"',
    '# a comment\n IsComplete "a"',
  ])('%s', (rule) => {
    expect(dqdlFault(ruleset(rule))).toBeUndefined();
  });

  test.each(Object.values(TOPICS).map(({ name }) => name))('the rules of topic %s', (topic) => {
    expect(dqdlFault(renderRuleset(topic))).toBeUndefined();
  });
});

describe('DQDL refuses', () => {
  test.each([
    ['another name of the list', 'rules = [ IsComplete "a" ]', 'line 1: rules where DQDL has Rules'],
    ['no rule', 'Rules = [ ]', 'line 1: ] where DQDL has a rule type'],
    ['an unknown rule type', ruleset('IsCompleted "a"'), 'line 2: IsCompleted where DQDL has a rule type'],
    ['another case', ruleset('iscomplete "a"'), 'line 2: iscomplete where DQDL has a rule type'],
    ['no column', ruleset('IsComplete'), '1 quoted parameters for IsComplete, not 0'],
    ['two columns', ruleset('IsUnique "a" "b"'), '1 quoted parameters for IsUnique, not 2'],
    ['a column of the row count', ruleset('RowCount "a" > 1'), '0 quoted parameters for RowCount, not 1'],
    ['no quotes', ruleset('IsComplete symbol'), '1 quoted parameters for IsComplete, not 0'],
    ['a missing comma', ruleset('IsComplete "a"\n IsComplete "b"'), 'line 3: IsComplete where DQDL has ,'],
    ['a comma at the end', ruleset('IsComplete "a",'), 'line 3: ] where DQDL has a rule type'],
    ['a missing condition', ruleset('ColumnValues "a"'), 'a condition after ColumnValues'],
    ['a condition too many', ruleset('IsComplete "a" > 1'), 'no condition after IsComplete'],
    ['a double equals sign', ruleset('RowCount == 1'), 'line 2: = where DQDL has a value to compare with'],
    ['half a range', ruleset('RowCount between 1'), 'where DQDL has and'],
    ['a list without brackets', ruleset('ColumnValues "a" in "b"'), 'where DQDL has ['],
    ['a condition without quotes', ruleset('RowCount = 0 where a > 1'), 'a quoted SQL condition after where'],
    ['composite rules without brackets', ruleset('IsComplete "a" and IsUnique "a"'), 'where DQDL has ,'],
    ['an open quote', ruleset('IsComplete "a'), 'is not DQDL'],
    ['an open bracket', 'Rules = [ IsComplete "a"', 'the end where DQDL has ,'],
    ['more after the list', `${ruleset('IsComplete "a"')}]`, 'the end of the ruleset'],
    ['analyzers', `${ruleset('IsComplete "a"')}Analyzers = [ RowCount ]`, 'rules alone'],
  ])('%s', (_case, text, message) => {
    expect(dqdlFault(text)).toContain(message);
  });
});
