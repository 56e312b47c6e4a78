/** docs/scale.md says what the program says. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { checkLoad, failuresOf, LOADS } from '../../../../bench/scale/checks.ts';
import { readChecks, SCALE_DOCS_FILE, withScaleTables } from '../../../../bench/scale/docs.ts';
import { readFigures } from '../../../../bench/scale/figures.ts';
import { LIMITS } from '../../../../bench/scale/limits.ts';
import { scaleTables } from '../../../../bench/scale/tables.ts';
import { resourcesOf } from '../../../../cli/cost/resources.ts';
import { stackName } from '../../../../core/names.ts';
import { parseTemplate } from '../../../../local/template/template.ts';
import { synthesize } from '../../../templates/synthesize.ts';

const checks = readChecks();

test('its tables are those of today; if not: npm run bench:scale -- --docs', () => {
  const { stacks } = synthesize('prod');
  const prod = resourcesOf(
    Object.entries(stacks).map(([part, template]) => ({
      name: stackName('prod', part as keyof typeof stacks),
      template: parseTemplate(template.toJSON()),
    })),
  );
  const document = readFileSync(SCALE_DOCS_FILE, 'utf8');
  expect(document).toBe(withScaleTables(document, scaleTables(prod, readFigures(), checks)));
});

test.each(LOADS.filter((load) => load < 1_000_000))(
  'the recorded simulation of %i quotes/s is that of today; if not: npm run bench:scale -- --docs',
  (load) => {
    const recorded = checks.find(({ sizing }) => sizing.quotesPerSecond === load);
    expect(JSON.parse(JSON.stringify(checkLoad(load, readFigures())))).toEqual(recorded);
  },
);

test('each recorded size keeps up, and nothing smaller does', () => {
  expect(checks.map(({ sizing }) => sizing.quotesPerSecond)).toEqual([...LOADS]);
  expect(checks.flatMap(failuresOf)).toEqual([]);
});

test('each limit has a page of AWS', () => {
  const pages = Object.values(LIMITS).map(({ page }) => new URL(page).hostname);
  expect(new Set(pages)).toEqual(new Set(['docs.aws.amazon.com', 'aws.amazon.com']));
});

test('a document without a place for a table is refused, and the lines are named', () => {
  expect(() => withScaleTables('# Scale', { sizes: '| |' })).toThrow(/no place for the table sizes/);
});
