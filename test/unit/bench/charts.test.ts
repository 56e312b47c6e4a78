import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { drawBars } from '../../../bench/charts/bar-chart.ts';
import { drawCharts } from '../../../bench/charts/charts.ts';
import { drawTables, withTables } from '../../../bench/charts/tables.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/images/performance');

describe('the charts of docs/performance.md', () => {
  test.each([...drawCharts()])('%s is of the results; if not: npm run bench:charts', (name, svg) => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(svg);
  });
});

describe('the tables of', () => {
  test.each([...drawTables()])('docs/%s are of the results; if not: npm run bench:charts', (name, tables) => {
    const page = readFileSync(join(FOLDER, '../..', name), 'utf8');
    expect(withTables(page, tables)).toBe(page);
  });

  test('need their place', () => {
    expect(() => withTables('no marks', new Map([['rivals', '| |']]))).toThrow('no place for table rivals');
  });
});

describe('a chart of bars', () => {
  const widths = (svg: string): number[] =>
    [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  const bars = [1, 10, 100].map((value) => ({ label: `${value} & <b>`, value, text: String(value) }));

  test('is as long as the values say', () => {
    const [least = 0, , most = 0] = widths(drawBars({ title: 't', subtitle: 's', bars }));
    expect(most / least).toBeCloseTo(100, 0);
  });

  test('takes even steps for tenfold values where it is logarithmic', () => {
    const [, ten = 0, hundred = 0] = widths(
      drawBars({ title: 't', subtitle: 's', bars, isLogarithmic: true }),
    );
    expect(hundred / ten).toBeCloseTo(2, 1);
  });

  test('escapes what labels hold', () => {
    expect(drawBars({ title: 't', subtitle: 's', bars })).toContain('1 &amp; &lt;b>');
  });
});
