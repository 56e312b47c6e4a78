import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AlarmRule,
  type AlarmState,
  COMPARISONS,
  type Comparison,
  type Datapoint,
  evaluate,
  evaluationRange,
  MISSING_DATA_TREATMENTS,
  type MissingDataTreatment,
} from '../../../local/cloudwatch/evaluation.ts';

const THRESHOLD = 10;
type Range = readonly (Datapoint | undefined)[];

/** As AWS draws them, the newest on the right: 0 does not breach, X does, - is missing. */
const drawn = (picture: string): Range =>
  picture
    .split(' ')
    .toReversed()
    .map((sign, age) => (sign === '-' ? undefined : { atMs: -age, value: sign === 'X' ? THRESHOLD : 0 }));

const rule = (datapointsToAlarm: number, treatMissingData: MissingDataTreatment): AlarmRule => ({
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: THRESHOLD,
  evaluationPeriods: 3,
  datapointsToAlarm,
  treatMissingData,
});

/** What an alarm in each state becomes: one word where that does not matter, `kept` where it stays what it was. */
function outcome(of: AlarmRule, range: Range): string {
  const states: AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
  const after = states.map((state) => evaluate(of, range, state).state);
  if (after.every((state, index) => state === states[index])) return 'kept';
  expect(new Set(after).size).toBe(1);
  return after[0] ?? '';
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: its two tables, and what it says below them. */
describe('an alarm is evaluated as AWS’s page says', () => {
  type Row = [string, string, string, string, string];
  const expectRow = (datapointsToAlarm: number, [picture, ...expected]: Row): void => {
    const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
    const found = treatments.map((treatment) => outcome(rule(datapointsToAlarm, treatment), drawn(picture)));
    expect(found).toEqual(expected);
  };

  test.each<Row>([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'kept', 'ALARM', 'OK'],
  ])('3 out of 3: %s', (...row) => {
    expectRow(3, row);
  });

  test.each<Row>([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'kept', 'ALARM', 'OK'],
  ])('2 out of 3: %s', (...row) => {
    expectRow(2, row);
  });

  test.each(['- - - - X', '- - - X -', '- - X - 0'])('3 out of 3: %s is no alarm yet', (picture) => {
    expect(outcome(rule(3, 'missing'), drawn(picture))).toBe('OK');
  });
});

test.each<[Comparison, readonly boolean[]]>([
  ['GreaterThanOrEqualToThreshold', [false, true, true]],
  ['GreaterThanThreshold', [false, false, true]],
  ['LessThanOrEqualToThreshold', [true, true, false]],
  ['LessThanThreshold', [true, false, false]],
])('%s of a value below, at and above it', (comparison, expected) => {
  const of = { ...rule(1, 'missing'), comparison, evaluationPeriods: 1 };
  const states = [9, 10, 11].map((value) => evaluate(of, [{ atMs: 0, value }], 'OK').state);
  expect(states).toEqual(expected.map((breaches) => (breaches ? 'ALARM' : 'OK')));
});

describe('whatever the rule and the data', () => {
  const rules = fc
    .record({
      comparison: fc.constantFrom(...(Object.keys(COMPARISONS) as Comparison[])),
      threshold: fc.integer({ min: -2, max: 2 }),
      evaluationPeriods: fc.integer({ min: 1, max: 6 }),
      datapointsToAlarm: fc.integer({ min: 1, max: 6 }),
      treatMissingData: fc.constantFrom(...MISSING_DATA_TREATMENTS),
    })
    .map(
      (of): AlarmRule => ({
        ...of,
        datapointsToAlarm: Math.min(of.datapointsToAlarm, of.evaluationPeriods),
      }),
    );
  const values = fc.array(fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }), {
    minLength: 8,
    maxLength: 8,
  });
  const states = fc.constantFrom<AlarmState>('OK', 'ALARM', 'INSUFFICIENT_DATA');
  const rangeOf = (of: AlarmRule, found: readonly (number | undefined)[]): Range =>
    found
      .slice(0, evaluationRange(of))
      .map((value, age) => (value === undefined ? undefined : { atMs: -age, value }));
  const breaches = (of: AlarmRule, value: number): boolean => COMPARISONS[of.comparison](value, of.threshold);

  test('enough data decides alone: M of the newest N', () => {
    fc.assert(
      fc.property(rules, values, states, (of, found, current) => {
        const present = found.slice(0, evaluationRange(of)).filter((value) => value !== undefined);
        fc.pre(present.length >= of.evaluationPeriods);
        const bad = present.slice(0, of.evaluationPeriods).filter((value) => breaches(of, value)).length;
        const { state, missing } = evaluate(of, rangeOf(of, found), current);
        expect(missing).toBe(0);
        expect(state).toBe(bad >= of.datapointsToAlarm ? 'ALARM' : 'OK');
      }),
    );
  });

  test('no data means what the treatment says, and some data is never insufficient', () => {
    fc.assert(
      fc.property(rules, values, states, (of, found, current) => {
        const range = rangeOf(of, found);
        const { state } = evaluate(of, range, current);
        if (range.some((datapoint) => datapoint !== undefined)) {
          expect(state === 'INSUFFICIENT_DATA').toBe(
            current === 'INSUFFICIENT_DATA' && of.treatMissingData === 'ignore' && state === current,
          );
          return;
        }
        const expected = {
          breaching: 'ALARM',
          ignore: current,
          missing: 'INSUFFICIENT_DATA',
          notBreaching: 'OK',
        };
        expect(state).toBe(expected[of.treatMissingData]);
      }),
    );
  });

  test('treating gaps as breaching alarms wherever any other treatment does, not breaching only where all do', () => {
    fc.assert(
      fc.property(rules, values, (of, found) => {
        const stateFor = (treatMissingData: MissingDataTreatment): AlarmState =>
          evaluate({ ...of, treatMissingData }, rangeOf(of, found), 'OK').state;
        const alarms = MISSING_DATA_TREATMENTS.filter((treatment) => stateFor(treatment) === 'ALARM');
        if (alarms.length > 0) expect(alarms).toContain('breaching');
        if (alarms.includes('notBreaching')) expect(alarms).toEqual([...MISSING_DATA_TREATMENTS]);
      }),
    );
  });

  test('a worse datapoint never ends an alarm', () => {
    fc.assert(
      fc.property(rules, values, fc.nat({ max: 7 }), states, (of, found, age, current) => {
        const range = rangeOf(of, found);
        const datapoint = range[age];
        fc.pre(datapoint !== undefined && evaluate(of, range, current).state === 'ALARM');
        const worst = of.comparison.startsWith('Greater') ? 100 : -100;
        const worse = range.with(age, { ...datapoint, value: worst });
        expect(evaluate(of, worse, current).state).toBe('ALARM');
      }),
    );
  });
});
