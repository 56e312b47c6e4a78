import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { CloudWatch } from '../../../local/cloudwatch/cloudwatch.ts';
import { embeddedMetrics, putInvocation } from '../../../local/cloudwatch/function-metrics.ts';
import type { Metric } from '../../../local/cloudwatch/metric.ts';

const NOW = 1_795_339_113_023;
const folder = mkdtempSync(join(tmpdir(), 'function-metrics-'));

/** What is put, as `name dimension value @seconds ago`. */
function book(): { readonly puts: string[]; readonly cloudwatch: CloudWatch } {
  const puts: string[] = [];
  const put = ({ namespace, name, dimensions }: Metric, value: number, atMs: number): void => {
    const of = Object.values(dimensions).join(',');
    puts.push(`${namespace} ${name} ${of} ${String(value)} @${String((NOW - atMs) / 1000)}`);
  };
  return { puts, cloudwatch: { now: () => NOW, put } as unknown as CloudWatch };
}

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('of an invocation', () => {
  test.each([
    ['succeeded', 0],
    ['failed', 1],
  ] as const)('that %s, error and time count from its begin', (outcome, errors) => {
    const { puts, cloudwatch } = book();
    putInvocation(cloudwatch, { functionName: 'f', outcome, durationMs: 2000 });
    expect(puts).toEqual([
      'AWS/Lambda Throttles f 0 @2',
      'AWS/Lambda Invocations f 1 @2',
      `AWS/Lambda Errors f ${String(errors)} @2`,
      'AWS/Lambda Duration f 2000 @2',
    ]);
  });

  test('that was throttled, nothing else counts', () => {
    const { puts, cloudwatch } = book();
    putInvocation(cloudwatch, { functionName: 'f', outcome: 'throttled', durationMs: 0 });
    expect(puts).toEqual(['AWS/Lambda Throttles f 1 @0']);
  });
});

test('what functions write of metrics to their logs is put once, of functions that come later as well', () => {
  const { puts, cloudwatch } = book();
  const log = (name: string): string => join(folder, `${name}.log`);
  const say = (name: string, value: number): void => {
    const CloudWatchMetrics = [{ Namespace: 'n', Dimensions: [['of']], Metrics: [{ Name: 'M' }] }];
    const line = { _aws: { Timestamp: NOW - 1000, CloudWatchMetrics }, of: name, M: value };
    appendFileSync(log(name), `START\n${JSON.stringify(line)}\n`);
  };
  const files = [log('a')];
  const read = embeddedMetrics(cloudwatch, () => files);
  read();
  say('a', 1);
  read();
  read();
  files.push(log('b'));
  say('a', 2);
  say('b', 3);
  read();
  expect(puts).toEqual(['n M a 1 @1', 'n M a 2 @1', 'n M b 3 @1']);
});
