import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Metric, STATISTICS, statisticOf } from '../../../local/cloudwatch/metric.ts';
import { MetricStore, MINUTE_MS, RETENTION_MS } from '../../../local/cloudwatch/metric-store.ts';

const metric: Metric = { namespace: 'N', name: 'M', dimensions: { a: '1', b: '2' } };
const NOW = 1_000 * MINUTE_MS;

describe('the metric store', () => {
  test('gives of any window what its samples come to, in whatever order they came', () => {
    const samples = fc.array(
      fc.record({ agoMs: fc.nat({ max: RETENTION_MS }), value: fc.integer({ min: -99, max: 99 }) }),
      { maxLength: 40 },
    );
    const window = fc.record({ endAgo: fc.nat({ max: 100 }), minutes: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(samples, window, (given, { endAgo, minutes }) => {
        const store = new MetricStore(() => NOW);
        for (const { agoMs, value } of given) store.put(metric, value, NOW - agoMs);
        const toMs = NOW - endAgo * MINUTE_MS;
        const fromMs = toMs - minutes * MINUTE_MS;
        const inside = given
          .filter(({ agoMs }) => NOW - agoMs >= fromMs && NOW - agoMs < toMs)
          .map(({ value }) => value);
        const sum = inside.reduce((total, value) => total + value, 0);
        const found = store.between(metric, fromMs, toMs);
        expect(found).toEqual(
          inside.length === 0
            ? undefined
            : { count: inside.length, sum, minimum: Math.min(...inside), maximum: Math.max(...inside) },
        );
      }),
    );
  });

  test('takes metrics of other names, namespaces or dimensions apart, and dimensions in any order as one', () => {
    const store = new MetricStore(() => NOW);
    store.put(metric, 1);
    store.put({ ...metric, dimensions: { b: '2', a: '1' } }, 2);
    for (const other of [
      { ...metric, name: 'O' },
      { ...metric, namespace: 'O' },
      { ...metric, dimensions: { a: '1' } },
      { ...metric, dimensions: { a: '1', b: '2', c: '3' } },
    ])
      store.put(other, 100);
    expect(store.between(metric, NOW, NOW + MINUTE_MS)).toMatchObject({ count: 2, sum: 3 });
  });

  test('forgets what is older than it keeps, and takes nothing that old', () => {
    let now = NOW;
    const store = new MetricStore(() => now);
    store.put(metric, 1);
    now += RETENTION_MS + MINUTE_MS;
    store.put(metric, 2, NOW);
    store.put(metric, 3);
    expect(store.between(metric, NOW, NOW + MINUTE_MS)).toBeUndefined();
    expect(store.between(metric, NOW, now + MINUTE_MS)).toMatchObject({ count: 1, sum: 3 });
  });
});

test('statistics are of all samples of a window', () => {
  const samples = { count: 4, sum: 10, minimum: -1, maximum: 6 };
  const values = STATISTICS.map((statistic) => [statistic, statisticOf(samples, statistic)]);
  expect(Object.fromEntries(values)).toEqual({
    SampleCount: 4,
    Sum: 10,
    Average: 2.5,
    Minimum: -1,
    Maximum: 6,
  });
});
