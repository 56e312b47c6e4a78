import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { AlarmDefinition, AlarmStatus } from '../../../local/cloudwatch/alarm.ts';
import { CloudWatch } from '../../../local/cloudwatch/cloudwatch.ts';
import { MINUTE_MS } from '../../../local/cloudwatch/metric-store.ts';

const BEGIN = Date.parse('2026-11-20T12:00:30Z');
const metric = { namespace: 'tickerlake', name: 'RecordsQuarantined', dimensions: { topic: 'quotes' } };
const definition: AlarmDefinition = {
  name: 's-QuotesCurationQuarantined7E21963F-0123456789ab',
  stack: 's',
  logicalId: 'QuotesCurationQuarantined7E21963F',
  description: 'Many records are quarantined. Runbook: docs/runbook.md#quarantined-records',
  metric: { ...metric, statistic: 'Sum', periodSeconds: 300 },
  threshold: 100,
  comparison: 'GreaterThanOrEqualToThreshold',
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  treatMissingData: 'notBreaching',
};

let now: number;
let warnings: string[];
let cloudwatch: CloudWatch;

beforeEach(() => {
  now = BEGIN;
  warnings = [];
  cloudwatch = new CloudWatch({ now: () => now, warn: (line) => warnings.push(line) });
});

const pass = (minutes: number): void => void (now += minutes * MINUTE_MS);
function theAlarm(): AlarmStatus {
  const [alarm] = cloudwatch.all();
  if (alarm === undefined) throw new Error('there is no alarm');
  return alarm;
}

describe('an alarm', () => {
  beforeEach(() => {
    cloudwatch.add(definition);
  });

  test('sees a minute once it is over', () => {
    cloudwatch.put(metric, 100);
    expect(theAlarm().state).toBe('OK');
    pass(1);
    expect(theAlarm().state).toBe('ALARM');
  });

  test('adds up a period of the last whole minutes, however the clock’s five minutes lie', () => {
    cloudwatch.put(metric, 60);
    pass(4);
    cloudwatch.put(metric, 60);
    pass(1);
    expect(theAlarm()).toMatchObject({ state: 'ALARM', datapoints: [{ value: 120 }] });
  });

  test('does not add up what lies further apart', () => {
    cloudwatch.put(metric, 60);
    pass(5);
    cloudwatch.put(metric, 60);
    pass(1);
    expect(theAlarm().state).toBe('OK');
  });

  test('goes on with the last datapoint while that is in its evaluation range, then is well again', () => {
    cloudwatch.put(metric, 100);
    pass(15);
    expect(theAlarm().state).toBe('ALARM');
    pass(1);
    expect(theAlarm().state).toBe('OK');
  });

  test('that gets better data is well as soon as that is in', () => {
    cloudwatch.put(metric, 100);
    pass(6);
    cloudwatch.put(metric, 1);
    expect(theAlarm().state).toBe('ALARM');
    pass(1);
    expect(theAlarm().state).toBe('OK');
  });

  test('says why, and since when', () => {
    cloudwatch.put(metric, 120);
    pass(1);
    const since = new Date(now);
    expect(theAlarm()).toMatchObject({
      since,
      reason: 'Sum of RecordsQuarantined in 5 min: 120 at 11:56; 1 of 1 at or above 100',
    });
    pass(2);
    expect(theAlarm().since).toEqual(since);
    pass(20);
    expect(theAlarm()).toMatchObject({
      since: new Date(now),
      reason: 'Sum of RecordsQuarantined in 5 min: no data in 3 periods, treated as notBreaching',
    });
  });

  test('is told in a line when it comes into ALARM, and only then', () => {
    cloudwatch.all();
    cloudwatch.put(metric, 120);
    pass(1);
    cloudwatch.all();
    cloudwatch.all();
    pass(20);
    cloudwatch.all();
    expect(warnings).toEqual([
      'alarm QuotesCurationQuarantined: ALARM — Sum of RecordsQuarantined in 5 min: 120 at 11:56; 1 of 1 at or above 100; docs/runbook.md#quarantined-records',
    ]);
  });

  test('tells listeners of each change until they go', () => {
    const heard: string[] = [];
    const stop = cloudwatch.onChange(({ state }) => heard.push(state));
    cloudwatch.all();
    cloudwatch.put(metric, 120);
    pass(1);
    cloudwatch.all();
    cloudwatch.all();
    stop();
    pass(20);
    cloudwatch.all();
    expect(heard).toEqual(['OK', 'ALARM']);
  });

  test('shows the last dozen periods that have data, oldest first', () => {
    for (let period = 0; period < 20; period++) {
      if (period !== 15) cloudwatch.put(metric, period);
      pass(5);
    }
    expect(theAlarm().datapoints.map(({ value }) => value)).toEqual([
      7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19,
    ]);
    expect(theAlarm().datapoints.at(-1)?.at).toEqual(new Date('2026-11-20T13:35:00Z'));
  });

  test('reads what is there to be read before it is evaluated', () => {
    let unread = 100;
    cloudwatch.addReader(() => {
      if (unread > 0) cloudwatch.put(metric, unread, BEGIN);
      unread = 0;
    });
    pass(1);
    expect(theAlarm()).toMatchObject({ state: 'ALARM', datapoints: [{ value: 100 }] });
  });
});

describe('an alarm that takes missing data for breaching', () => {
  const silent: AlarmDefinition = {
    ...definition,
    comparison: 'LessThanOrEqualToThreshold',
    threshold: 0,
    evaluationPeriods: 6,
    datapointsToAlarm: 6,
    treatMissingData: 'breaching',
  };

  test('is well in a run where nothing has to happen by itself, young or old', () => {
    cloudwatch.add(silent);
    expect(theAlarm().state).toBe('OK');
    pass(24 * 60);
    expect(theAlarm()).toMatchObject({
      state: 'OK',
      reason: expect.stringContaining('no data in 8 periods, treated as notBreaching') as unknown,
    });
    cloudwatch.put(metric, 1);
    pass(5);
    expect(theAlarm().state).toBe('OK');
    pass(24 * 60);
    expect(theAlarm().state).toBe('OK');
    expect(warnings).toEqual([]);
  });

  test('goes off at silence where something has to, and is well again at the first datapoint', () => {
    cloudwatch = new CloudWatch({
      now: () => now,
      warn: (line) => warnings.push(line),
      silenceBreaches: () => true,
    });
    cloudwatch.add(silent);
    cloudwatch.put(metric, 1);
    pass(5);
    expect(theAlarm().state).toBe('OK');
    pass(40);
    expect(theAlarm().state).toBe('ALARM');
    cloudwatch.put(metric, 1);
    pass(1);
    expect(theAlarm().state).toBe('OK');
    expect(warnings).toHaveLength(1);
  });

  test('goes off in any run at data that breaches', () => {
    cloudwatch.add(silent);
    for (let period = 0; period < 6; period++) {
      cloudwatch.put(metric, 0);
      pass(5);
    }
    expect(theAlarm().state).toBe('ALARM');
  });
});

test('an alarm on what nothing emits says so and stays without data', () => {
  const unseen = { namespace: 'AWS/RDS', name: 'CPUUtilization', dimensions: { DBInstanceIdentifier: 'd' } };
  cloudwatch.add({
    ...definition,
    metric: { ...definition.metric, ...unseen },
    treatMissingData: 'breaching',
  });
  pass(60);
  expect(theAlarm()).toMatchObject({
    isObserved: false,
    state: 'INSUFFICIENT_DATA',
    reason: 'nothing emits AWS/RDS CPUUtilization by DBInstanceIdentifier locally',
    since: new Date(BEGIN),
  });
  expect(warnings).toEqual([]);
});

test('a metric of a service by dimensions that it is not emitted by is not observed either', () => {
  const other = { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'f', Resource: 'f' } };
  cloudwatch.add({ ...definition, metric: { ...definition.metric, ...other } });
  expect(theAlarm().isObserved).toBe(false);
});

test('alarms are listed by stack and logical id', () => {
  for (const [stack, logicalId] of [
    ['b', 'A'],
    ['a', 'Z'],
    ['a', 'B'],
  ] as const)
    cloudwatch.add({ ...definition, stack, logicalId });
  expect(cloudwatch.all().map(({ stack, logicalId }) => stack + logicalId)).toEqual(['aB', 'aZ', 'bA']);
});

describe('while it runs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    cloudwatch.add(definition);
    cloudwatch.start();
  });

  afterEach(() => {
    cloudwatch.stop();
    jest.useRealTimers();
  });

  const tick = (): Promise<void> => jest.advanceTimersByTimeAsync(5000);

  test('metrics are asked for and alarms evaluated every few seconds, until it is stopped', async () => {
    cloudwatch.addCollector(() => {
      cloudwatch.put(metric, 60);
      return Promise.resolve();
    });
    await tick();
    await tick();
    expect(warnings).toEqual([]);
    pass(1);
    await tick();
    expect(warnings).toEqual([expect.stringContaining('120 at 11:56')]);
    cloudwatch.stop();
    pass(20);
    await tick();
    cloudwatch.put(metric, 100);
    pass(1);
    await tick();
    expect(warnings).toHaveLength(1);
  });

  test('one that cannot be asked keeps nothing else from being evaluated', async () => {
    cloudwatch.addCollector(() => Promise.reject(new Error('the broker is gone')));
    cloudwatch.put(metric, 100);
    pass(1);
    await tick();
    expect(warnings).toHaveLength(1);
  });

  test('one that has not answered is not asked again, and the next time goes on without it', async () => {
    let asked = 0;
    cloudwatch.addCollector(() => {
      asked++;
      return new Promise(() => undefined);
    });
    cloudwatch.put(metric, 100);
    pass(1);
    await tick();
    expect(warnings).toEqual([]);
    await tick();
    expect(asked).toBe(1);
    expect(warnings).toHaveLength(1);
  });

  test('what is asked when it stops is not evaluated any more', async () => {
    const answer = Promise.withResolvers<undefined>();
    cloudwatch.addCollector(() => answer.promise);
    cloudwatch.put(metric, 100);
    pass(1);
    await tick();
    cloudwatch.stop();
    answer.resolve(undefined);
    await tick();
    expect(warnings).toEqual([]);
  });
});
