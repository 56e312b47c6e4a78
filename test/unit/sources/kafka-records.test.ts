import { expect, test } from '@jest/globals';
import { encodeEvent, encodeRecord } from '../../../local/sources/kafka-records.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
test('an event has the form of the Lambda developer guide', () => {
  const record = (
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
  ): ReturnType<typeof encodeRecord> =>
    encodeRecord({
      topic: 'quotes',
      partition,
      offset: 15,
      timestampMs: 1_545_084_650_987,
      key,
      value,
      headers: [['trace', Buffer.from([1, 2])]],
    });
  const source = { clusterArn: 'arn:cluster', bootstrapServers: 'b-1:9098', topic: 'quotes' };
  const records = [record(0, Buffer.from('AAPL'), Buffer.from('v')), record(1, null, null)];
  const shared = {
    topic: 'quotes',
    offset: 15,
    timestamp: 1_545_084_650_987,
    timestampType: 'CREATE_TIME',
    headers: [{ trace: [1, 2] }],
  };
  expect(JSON.parse(encodeEvent(source, records).toString())).toEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:cluster',
    bootstrapServers: 'b-1:9098',
    records: {
      'quotes-0': [{ ...shared, partition: 0, key: 'QUFQTA==', value: 'dg==' }],
      'quotes-1': [{ ...shared, partition: 1 }],
    },
  });
});
