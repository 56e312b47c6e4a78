import { describe, expect, test } from '@jest/globals';
import type { Alarm } from '../../../console/api.ts';
import { sortAlarms, thresholdChart } from '../../../console/src/alarms/threshold-chart.ts';

function alarm(title: string, change: Partial<Alarm> = {}): Alarm {
  return {
    name: title,
    stack: 's',
    title,
    description: '',
    state: 'OK',
    reason: '',
    since: '2026-11-20T15:00:00.000Z',
    condition: '',
    threshold: 100,
    datapoints: [],
    isObserved: true,
    ...change,
  };
}

test('firing alarms stand first, and those that nothing emits last', () => {
  const alarms = [
    alarm('b ok'),
    alarm('unobserved', { isObserved: false, state: 'INSUFFICIENT_DATA' }),
    alarm('no data', { state: 'INSUFFICIENT_DATA' }),
    alarm('fires', { state: 'ALARM' }),
    alarm('a ok'),
  ];
  expect(sortAlarms(alarms).map(({ title }) => title)).toEqual([
    'fires',
    'no data',
    'a ok',
    'b ok',
    'unobserved',
  ]);
});

describe('thresholdChart', () => {
  const at = (minute: number) => `2026-11-20T15:0${minute}:00.000Z`;

  test('draws a value above the threshold above its line', () => {
    const { points, thresholdY } = thresholdChart(
      { threshold: 100, datapoints: [{ at: at(0), value: 200 }] },
      100,
      50,
    );
    expect(Number(points.split(',')[1])).toBeLessThan(thresholdY);
  });

  test('spreads datapoints over the width by their time', () => {
    const datapoints = [0, 1, 4].map((minute) => ({ at: at(minute), value: 0 }));
    const { points } = thresholdChart({ threshold: 1, datapoints }, 100, 50);
    expect(points).toBe('0,50 25,50 100,50');
  });

  test('has a place for a threshold and values of zero', () => {
    expect(thresholdChart({ threshold: 0, datapoints: [{ at: at(0), value: 0 }] }, 100, 50).thresholdY).toBe(
      50,
    );
  });
});
