import { describe, expect, test } from '@jest/globals';
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { CLUSTER_ARN, LOG_ID } from '../../helpers/records.ts';

const record = {
  topic: 'quotes',
  partition: 0,
  offset: 15,
  timestamp: 1545084650987,
  timestampType: 'CREATE_TIME',
};

function eventWith(entry: unknown, name = 'quotes-0'): unknown {
  return { eventSource: 'aws:kafka', eventSourceArn: CLUSTER_ARN, records: { [name]: [entry] } };
}

describe('a Kafka event', () => {
  test('becomes delivered partitions of the cluster’s log', () => {
    const entry = {
      ...record,
      key: 'YWJj',
      value: 'SGVsbG8=',
      headers: [{ trace: [104, -1] }, { none: null }],
    };
    expect(parseKafkaEvent(eventWith(entry))).toEqual([
      {
        topic: 'quotes',
        logId: LOG_ID,
        partition: 0,
        records: [
          {
            offset: 15,
            timestamp: 1545084650987,
            timestampType: 'CREATE_TIME',
            key: 'YWJj',
            value: 'SGVsbG8=',
            headers: [
              { name: 'trace', value: Uint8Array.of(104, 255) },
              { name: 'none', value: null },
            ],
          },
        ],
      },
    ]);
  });

  test.each([[{}], [{ key: null, value: null, headers: null }]])(
    'keeps a tombstone, written as %j',
    (fields) => {
      expect(parseKafkaEvent(eventWith({ ...record, ...fields }))[0]?.records[0]).toMatchObject({
        key: null,
        value: null,
        headers: [],
      });
    },
  );

  test('of a topic whose name holds hyphens is read from the right', () => {
    const entry = { ...record, topic: 'my-topic-1', partition: 2 };
    expect(parseKafkaEvent(eventWith(entry, 'my-topic-1-2'))[0]).toMatchObject({
      topic: 'my-topic-1',
      partition: 2,
    });
  });

  test('holds a timestamp as near as JSON has it, for nothing in a record may stop landing', () => {
    const [partition] = parseKafkaEvent(eventWith({ ...record, timestamp: 2 ** 63 }));
    expect(partition?.records[0]?.timestamp).toBe(2 ** 52 - 1);
  });

  test.each([
    ['nothing', null, /not an object/],
    ['no ARN', { records: {} }, /eventSourceArn/],
    ['another ARN', { eventSourceArn: 'arn:aws:sqs:us-east-1:1:q', records: {} }, /eventSourceArn/],
    ['no records', { eventSourceArn: CLUSTER_ARN }, /records is not an object/],
    ['a bad name', eventWith(record, 'quotes'), /the name "quotes"/],
    ['no list', { eventSourceArn: CLUSTER_ARN, records: { 'quotes-0': 7 } }, /quotes-0 is not a list/],
    ['a null entry', eventWith(null), /quotes-0\[0\] is not an object/],
    ['another partition', eventWith({ ...record, partition: 1 }), /names another topic or partition/],
    ['no offset', eventWith({ ...record, offset: undefined }), /offset is not a whole number/],
    ['a negative offset', eventWith({ ...record, offset: -1 }), /offset is not a whole number/],
    ['an offset as text', eventWith({ ...record, offset: '15' }), /offset is not a whole number/],
    ['no timestamp', eventWith({ ...record, timestamp: null }), /timestamp is not a whole number/],
    ['a numeric value', eventWith({ ...record, value: 5 }), /value is not base64/],
    ['headers as an object', eventWith({ ...record, headers: {} }), /headers is not a list/],
    [
      'a header of text',
      eventWith({ ...record, headers: [{ a: 'b' }] }),
      /the value of "a" is not a list of bytes/,
    ],
  ])('with %s is refused, and the place is named', (_, event, message) => {
    expect(() => parseKafkaEvent(event)).toThrow(expect.objectContaining({ code: 'EVENT_MALFORMED' }));
    expect(() => parseKafkaEvent(event)).toThrow(message);
  });

  test('whose offsets do not rise is refused', () => {
    const event = {
      eventSourceArn: CLUSTER_ARN,
      records: { 'quotes-0': [record, { ...record, offset: 15 }] },
    };
    expect(() => parseKafkaEvent(event)).toThrow(/quotes-0\[1\] has offset 15, not above 15/);
  });
});
