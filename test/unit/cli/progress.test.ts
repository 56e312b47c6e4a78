import { expect, test } from '@jest/globals';
import { renderChart } from '../../../cli/terminal/chart.ts';
import { closest } from '../../../cli/terminal/closest.ts';
import { Progress } from '../../../cli/terminal/progress.ts';
import { recordTerminal } from './terminal-double.ts';

test('a log gets one line a step, with its seconds and without control codes', async () => {
  const { terminal, err, out } = recordTerminal();
  const progress = new Progress(terminal);
  await progress.step('produce', (report) => {
    report('7 acknowledged');
    return Promise.resolve();
  });
  expect(err()).toMatch(/^✓ produce +\d+\.\d s {2}7 acknowledged\n$/);
  expect(out()).toBe('');
  expect(progress.steps).toEqual([{ name: 'produce', seconds: expect.any(Number) }]);
});

test('a step that fails says so and passes its error on', async () => {
  const { terminal, err } = recordTerminal();
  const step = new Progress(terminal).step('start', () => Promise.reject(new Error('no')));
  await expect(step).rejects.toThrow('no');
  expect(err()).toMatch(/^✗ start/);
});

test('a terminal gets colours unless NO_COLOR says otherwise', () => {
  const styled = (env: NodeJS.ProcessEnv, tty: boolean): string =>
    recordTerminal({ tty, env }).terminal.styled('bold', 'x');
  expect(styled({}, true)).toBe('\u001b[1mx\u001b[22m');
  expect(styled({ NO_COLOR: '1' }, true)).toBe('x');
  expect(styled({}, false)).toBe('x');
  expect(styled({ FORCE_COLOR: '1' }, false)).toBe('\u001b[1mx\u001b[22m');
  expect(styled({ FORCE_COLOR: '0' }, true)).toBe('x');
});

test('a chart is as wide as the terminal allows and labelled at both ends', () => {
  const points = Array.from({ length: 500 }, (_, index) => ({
    label: `t${index}`,
    value: 100 + (index % 7),
  }));
  const lines = renderChart(points, 60).split('\n');
  expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(60);
  expect(lines.at(-1)).toMatch(/t0 +t499$/);
});

test('a chart of nothing or of one price does not fail', () => {
  expect(renderChart([], 60)).toBe('(no data)');
  expect(renderChart([{ label: 'now', value: 3 }], 60)).toContain('3.00');
});

test('the likeliest name comes first', () => {
  expect(closest('curat', ['land-quotes', 'curate-quotes'])).toEqual(['curate-quotes', 'land-quotes']);
});
