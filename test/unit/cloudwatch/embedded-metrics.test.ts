import { describe, expect, test } from '@jest/globals';
import { embeddedSamples } from '../../../local/cloudwatch/embedded-metrics.ts';

const directive = {
  Namespace: 'tickerlake',
  Dimensions: [['service', 'topic']],
  Metrics: [{ Name: 'RecordsCurated', Unit: 'Count' }, { Name: 'BytesCurated' }],
};
const line = (more: object = {}, about: object = {}): string =>
  JSON.stringify({
    _aws: { Timestamp: 1_795_339_113_023, CloudWatchMetrics: [{ ...directive, ...about }] },
    service: 'curate-quotes',
    topic: 'quotes',
    RecordsCurated: [978, 832],
    BytesCurated: 22_858,
    ...more,
  });
const dimensions = { service: 'curate-quotes', topic: 'quotes' };

describe('a log line in embedded metric format', () => {
  test('has a sample for each value, of the line’s own time', () => {
    const atMs = 1_795_339_113_023;
    const curated = { namespace: 'tickerlake', name: 'RecordsCurated', dimensions };
    expect(embeddedSamples(line())).toEqual([
      { metric: curated, value: 978, atMs },
      { metric: curated, value: 832, atMs },
      { metric: { ...curated, name: 'BytesCurated' }, value: 22_858, atMs },
    ]);
  });

  test('is a metric for each set of dimensions, the empty one too', () => {
    const samples = embeddedSamples(
      line({}, { Dimensions: [['service'], []], Metrics: [{ Name: 'BytesCurated' }] }),
    );
    expect(samples.map(({ metric }) => metric.dimensions)).toEqual([{ service: 'curate-quotes' }, {}]);
  });

  test.each([
    ['of a dimension that it does not say', line({ topic: undefined })],
    ['of a value that is no number', line({ RecordsCurated: 'many', BytesCurated: null })],
    ['without a time', line().replace('Timestamp', 'Time')],
    ['without a namespace', line({}, { Namespace: undefined })],
    ['that is cut off', line().slice(0, -1)],
    ['that is the message of a line', JSON.stringify({ message: line() })],
    ['that is text', `START ${line()}`],
  ])('%s holds none', (_what, text) => {
    expect(embeddedSamples(text)).toEqual([]);
  });
});
