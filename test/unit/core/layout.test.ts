import { describe, expect, test } from '@jest/globals';
import {
  auditKey,
  curatedKey,
  logIdOfCluster,
  parseCuratedKey,
  parseLogFolder,
  parseQuarantineKey,
  parseRawKey,
  parseReceiptKey,
  quarantineKey,
  quarantinePrefix,
  type RawObjectId,
  rawFillPrefix,
  rawObjectKey,
  rawPrefix,
  receiptKey,
  receiptPrefix,
  sweepKey,
} from '../../../core/layout.ts';

const chain: RawObjectId = {
  topic: 'quotes',
  logId: '0a1b2c3d-9-1',
  partition: 3,
  kind: 'chain',
  start: 1234,
};
const fill: RawObjectId = { ...chain, kind: 'fill', start: 7 };

describe('keys', () => {
  test('are those of the design', () => {
    expect(rawObjectKey(chain)).toBe(
      'quotes/log_id=0a1b2c3d-9-1/kafka_partition=0003/00000000000000001234.avro',
    );
    expect(rawObjectKey(fill)).toBe(
      'quotes/log_id=0a1b2c3d-9-1/kafka_partition=0003/fill/00000000000000000007.avro',
    );
    expect(receiptKey(chain)).toBe(
      'receipts/quotes/log_id=0a1b2c3d-9-1/kafka_partition=0003/00000000000000001234.json',
    );
    expect(quarantineKey(chain, 1250)).toBe(
      'quarantine/quotes/log_id=0a1b2c3d-9-1/kafka_partition=0003/00000000000000001250.json',
    );
    expect(sweepKey(chain)).toBe('sweeps/quotes/log_id=0a1b2c3d-9-1/kafka_partition=0003.json');
    expect(auditKey('quotes')).toBe('sweeps/quotes/audit.json');
    expect(curatedKey(chain, '2026-11-20')).toBe(
      'curated/quotes/dt=2026-11-20/0a1b2c3d-9-1-0003-00000000000000001234.parquet',
    );
  });

  test.each([
    ['chain', chain],
    ['fill', fill],
    ['far', { ...chain, partition: 12345, start: Number.MAX_SAFE_INTEGER, logId: '_x-Y.z' }],
  ])('of a %s object are read back', (_, object) => {
    expect(parseRawKey(rawObjectKey(object))).toEqual(object);
    expect(parseReceiptKey(receiptKey(object))).toEqual(object);
    expect(parseCuratedKey(curatedKey(object, '2026-11-20'))).toEqual({ object, dt: '2026-11-20' });
    const { topic, logId, partition, start } = object;
    expect(parseQuarantineKey(quarantineKey(object, start))).toEqual({
      topic,
      logId,
      partition,
      offset: start,
    });
  });

  test('of a partition share a folder that says which it is', () => {
    const { topic, logId, partition } = chain;
    for (const folder of [rawPrefix(chain), receiptPrefix(chain), quarantinePrefix(chain)])
      expect(parseLogFolder(folder)).toEqual({ topic, logId, partition });
    expect(rawObjectKey(fill).startsWith(rawFillPrefix(fill))).toBe(true);
    for (const folder of [
      'quotes/',
      'quotes/log_id=a/',
      'curated/quotes/dt=2026-11-20/',
      `${rawPrefix(chain)}fill/`,
    ])
      expect(parseLogFolder(folder)).toBeUndefined();
  });

  test('of a chain and a fill at one offset differ everywhere', () => {
    const other = { ...chain, kind: 'fill' as const };
    expect(receiptKey(other)).not.toBe(receiptKey(chain));
    expect(curatedKey(other, '2026-11-20')).not.toBe(curatedKey(chain, '2026-11-20'));
  });

  test.each([
    '',
    'quotes/',
    'quarantine/quotes/log_id=a/kafka_partition=0003/00000000000000001250.json',
    'quotes/log_id=a/kafka_partition=0003/12.avro',
  ])('%j is no raw key', (key) => {
    expect(parseRawKey(key)).toBeUndefined();
  });

  test('sort as offsets do, fills behind the chain', () => {
    const keys = [0, 9, 10, 99_999, 10 ** 15].map((start) => rawObjectKey({ ...chain, start }));
    expect([rawObjectKey(fill), ...keys].sort()).toEqual([...keys, rawObjectKey(fill)]);
    expect(keys.every((key) => key.startsWith(rawPrefix(chain)))).toBe(true);
  });
});

test.each([
  ['arn:aws:kafka:us-east-1:123456789012:cluster/tickerlake-dev/0a1b2c3d-1', '0a1b2c3d-1'],
  ['arn:aws-cn:kafka:cn-north-1:123456789012:cluster/a/MkU3OEVBNTcwNTJENDM2Qk', 'MkU3OEVBNTcwNTJENDM2Qk'],
  ['arn:aws:sqs:us-east-1:123456789012:queue', undefined],
  ['', undefined],
])('the log of cluster %j is %j', (arn, logId) => {
  expect(logIdOfCluster(arn)).toBe(logId);
});
