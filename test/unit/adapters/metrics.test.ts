import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createMetrics, type FunctionMetrics } from '../../../adapters/metrics.ts';

const lines: Record<string, unknown>[] = [];
let metrics: FunctionMetrics;

beforeEach(() => {
  lines.length = 0;
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)) as Record<string, unknown>);
    return true;
  });
  metrics = createMetrics('tickerlake-dev-land-quotes', 'quotes');
});

afterEach(() => {
  jest.restoreAllMocks();
});

const directive = (line: Record<string, unknown> | undefined): unknown =>
  (line?.['_aws'] as { CloudWatchMetrics: unknown[] } | undefined)?.CloudWatchMetrics[0];

describe('metrics of a function', () => {
  test('are one line with its name and topic as dimensions', () => {
    metrics.add('RecordsLanded', 12);
    metrics.add('BytesLanded', 3456);
    metrics.publish();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      service: 'tickerlake-dev-land-quotes',
      topic: 'quotes',
      RecordsLanded: 12,
      BytesLanded: 3456,
    });
    expect(directive(lines[0])).toMatchObject({
      Namespace: 'tickerlake',
      Dimensions: [['service', 'topic']],
      Metrics: [
        { Name: 'RecordsLanded', Unit: 'Count' },
        { Name: 'BytesLanded', Unit: 'Bytes' },
      ],
    });
  });

  test('of one name are samples of one metric', () => {
    metrics.add('EndToEndAge', 900);
    metrics.add('EndToEndAge', 100);
    metrics.publish();
    expect(lines[0]).toMatchObject({ EndToEndAge: [900, 100] });
  });

  test('never exceed the hundred values that CloudWatch takes in a line', () => {
    for (let value = 0; value < 150; value += 1) metrics.add('EndToEndAge', value);
    metrics.publish();
    const values = lines.map((line) => line['EndToEndAge'] as number[]);
    expect(values.flat()).toHaveLength(150);
    for (const some of values) expect(some.length).toBeLessThanOrEqual(100);
  });

  test('by code have that dimension too', () => {
    metrics.addByCode('RecordsQuarantined', 'symbol_empty', 3);
    expect(lines[0]).toMatchObject({ code: 'symbol_empty', topic: 'quotes', RecordsQuarantined: 3 });
    expect(directive(lines[0])).toMatchObject({ Dimensions: [['service', 'topic', 'code']] });
  });

  test('that are none write no line, and none is written twice', () => {
    metrics.publish();
    metrics.add('ObjectsSwept', 1);
    metrics.publish();
    metrics.publish();
    expect(lines).toHaveLength(1);
  });
});
