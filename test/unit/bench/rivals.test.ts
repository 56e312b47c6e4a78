import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../../bench/rivals/options.ts';
import { type Measured, renderStandings, standingOf } from '../../../bench/rivals/standings.ts';

const measured = (records: number, cpuSeconds: number): Measured => ({
  ...{ records, cpuSeconds, peakBytes: 200e6, wallSeconds: 1, files: 4, bytes: records * 22 },
});
const stamp = { measuredAt: '2026-11-22T00:00:00.000Z', commit: 'abc' };

/** Two seconds of start-up and so many for a million, twice. */
const standing = (name: string, perMillion: number) =>
  standingOf(
    { name, title: name, ...stamp },
    [0, 0.5].map(
      (noise) => [measured(500_000, 2 + perMillion / 2), measured(2e6, 2 + 2 * perMillion + noise)] as const,
    ),
  );

describe('standings', () => {
  test('take start-up out of the marginal cost', () => {
    const { sizes, marginalCpuSecondsPerMillion } = standing('flink', 4);
    expect(marginalCpuSecondsPerMillion).toEqual({ min: 4, median: 4.33, max: 4.33, runs: 2 });
    expect(sizes.map(({ cpuSecondsPerMillion: { min } }) => min)).toEqual([8, 5]);
    expect(sizes[1]).toMatchObject({ records: 2e6, bytesPerRow: 22 });
  });

  test('name the leanest first, with the ratio of each to ours', () => {
    const lines = renderStandings([standing('flink', 6), standing('ours', 3)]).split('\n');
    expect(lines[1]).toMatch(/^ours .* 1\.00 x +2$/);
    expect(lines[2]).toMatch(/^flink .* 1\.90 x +2$/);
  });
});

test('the poller is beside our figures, and added up on its own', () => {
  const tree = (cpuSeconds: number) => ({ cpuSeconds, peakBytes: 100e6, wallSeconds: 1 });
  const ours = (records: number): Measured => ({
    ...measured(records, 1 + (3 * records) / 1e6),
    parts: { land: tree(1), curate: tree(1), poller: tree(0.5 + (2 * records) / 1e6) },
  });
  const { sizes, marginalCpuSecondsPerMillion, marginalWithPoller } = standingOf(
    { name: 'ours', title: 'ours', ...stamp },
    [[ours(1e6), ours(2e6)]],
  );
  expect(marginalCpuSecondsPerMillion.median).toBe(3);
  expect(marginalWithPoller?.median).toBe(5);
  expect(sizes[1]?.cpuSecondsPerMillion.median).toBe(3.5);
  expect(sizes[1]?.withPoller).toMatchObject({
    cpuSecondsPerMillion: { median: 5.75 },
    peakMb: { median: 300 },
  });
});

describe('options', () => {
  test('are two sizes, all contenders and one run unless told otherwise', () => {
    expect(parseOptions([])).toMatchObject({ sizes: [500_000, 1_500_000], runs: 1, keep: false });
    expect(parseOptions([]).only).toEqual(['flink', 'spark', 'connect', 'python', 'ours']);
    expect(parseOptions(['--only', 'spark,ours', '--runs', '5'])).toMatchObject({
      only: ['spark', 'ours'],
      runs: 5,
    });
  });

  test.each([
    [['--records', '5000'], /--records takes two sizes/],
    [['--records', '6,2'], /the smaller first/],
    [['--only', 'storm'], /--only knows flink, .* not "storm"/],
    [['--runs', '0'], /--runs takes a whole number/],
    [['--rnus', '1'], /--rnus/],
  ])('%j are refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
