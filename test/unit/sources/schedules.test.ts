import { expect, test } from '@jest/globals';
import type { Schedule } from '../../../local/sources/schedules.ts';
import { Schedules } from '../../../local/sources/schedules.ts';
import { until } from '../../helpers/until.ts';

const soon: Schedule = {
  name: 'often',
  text: 'every 5 ms',
  expression: { next: (afterMs) => afterMs + 5 },
  targetArn: 'arn:function',
  event: (atMs) => ({ atMs }),
};

test('one that is not of a function acts by itself', async () => {
  let acted = 0;
  const schedules = new Schedules(() => Promise.reject(new Error('no function')));
  const { name, text, expression } = soon;
  schedules.add({ name, text, expression, act: () => acted++ });
  schedules.start();
  await until('two acts', () => acted >= 2);
  schedules.stop();
});

test('a schedule fires again and again once started, and no more once stopped', async () => {
  const fired: { target: string; atMs: number }[] = [];
  const schedules = new Schedules(({ targetArn: target }, payload) => {
    fired.push({ target, ...(JSON.parse(payload.toString()) as { atMs: number }) });
    return Promise.resolve();
  });
  schedules.add(soon);
  expect(fired).toEqual([]);
  schedules.start();
  await until('three firings', () => fired.length >= 3);
  schedules.stop();
  const count = fired.length;
  expect(fired[0]?.target).toBe('arn:function');
  expect(fired.map(({ atMs }) => atMs)).toEqual(fired.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  schedules.add({ ...soon, name: 'late' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(fired).toHaveLength(count);
});
