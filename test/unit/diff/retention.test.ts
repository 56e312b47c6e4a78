/** Data kept for less long, topics with fewer partitions, and changes that are neither. */
import { describe, expect, test } from '@jest/globals';
import { only, type Resources, told } from './compared.ts';

function resource(Type: string, Properties: Readonly<Record<string, unknown>>): Resources {
  return { Held: { Type, Properties } };
}

/** AWS calls a change of some databases' backups a conditional replacement, which is told beside. */
function dangers(before: Resources, after: Resources): readonly string[] {
  return told(before, after).filter((line) => line.startsWith('danger'));
}

describe('a span', () => {
  test.each<[string, string, (span: unknown) => Readonly<Record<string, unknown>>, unknown, unknown]>([
    ['log lines', 'AWS::Logs::LogGroup', (span) => ({ RetentionInDays: span }), 30, 7],
    [
      'log lines that were kept forever',
      'AWS::Logs::LogGroup',
      (span) => ({ RetentionInDays: span }),
      undefined,
      365,
    ],
    ['backups', 'AWS::RDS::DBInstance', (span) => ({ BackupRetentionPeriod: span }), 7, 1],
    ['messages', 'AWS::SQS::Queue', (span) => ({ MessageRetentionPeriod: span }), 1_209_600, undefined],
    ['a deleted key', 'AWS::KMS::Key', (span) => ({ PendingWindowInDays: span }), undefined, 7],
    [
      'snapshots of Iceberg',
      'AWS::Glue::Job',
      (span) => ({ DefaultArguments: { '--snapshot_days': span } }),
      '30',
      '5',
    ],
    [
      "a topic's records",
      'AWS::MSK::Topic',
      (span) => ({ Configs: btoa(`retention.ms=${String(span)}`) }),
      1000,
      999,
    ],
    [
      "a cluster's records",
      'AWS::MSK::Configuration',
      (span) => ({ ServerProperties: `a=b\nlog.retention.ms=${String(span)}` }),
      -1,
      604_800_000,
    ],
    [
      "a topic's records, by the function that makes topics",
      'Custom::KafkaTopics',
      (span) => ({ Topics: [{ name: 'quotes', partitions: 4, config: { 'retention.ms': span } }] }),
      '1000',
      '500',
    ],
  ])('of %s is lowered, or raised', (_case, type, properties, long, short) => {
    const [longer, shorter] = [resource(type, properties(long)), resource(type, properties(short))];
    expect(dangers(longer, shorter)).toEqual(['danger retention-lowered lake/Held']);
    expect(dangers(shorter, longer)).toEqual([]);
  });

  test('is told in words', () => {
    const logs = (days: number | undefined): Resources =>
      resource('AWS::Logs::LogGroup', { RetentionInDays: days });
    expect(only('retention-lowered', logs(undefined), logs(7)).details).toEqual([
      'Log lines are kept 7 days instead of forever.',
    ]);
  });
});

describe("a bucket's lifecycle", () => {
  const bucket = (...rules: Readonly<Record<string, unknown>>[]): Resources =>
    resource('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: rules.map((rule) => ({ Status: 'Enabled', ...rule })) },
    });

  test.each<[string, Resources, Resources, string]>([
    [
      'expires what was kept forever',
      bucket(),
      bucket({ Prefix: 'curated/', ExpirationInDays: 30 }),
      'Objects under curated/ expire after 30 days; before: forever.',
    ],
    [
      'expires earlier',
      bucket({ ExpirationInDays: 365 }),
      bucket({ ExpirationInDays: 90 }),
      'Objects expire after 90 days; before: 365 days.',
    ],
    [
      'expires what only a tag expired',
      bucket({ ExpirationInDays: 3, TagFilters: [{ Key: 'covered', Value: 'history' }] }),
      bucket({ ExpirationInDays: 3 }),
      'Objects expire after 3 days; before: forever.',
    ],
    [
      'keeps earlier versions for less long',
      bucket({ NoncurrentVersionExpiration: { NoncurrentDays: 90 } }),
      bucket({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
      'Earlier versions of objects expire after 30 days; before: 90 days.',
    ],
    [
      'has a rule switched on',
      bucket({ ExpirationInDays: 5, Status: 'Disabled' }),
      bucket({ ExpirationInDays: 5 }),
      'Objects expire after 5 days; before: forever.',
    ],
  ])('%s', (_case, before, after, detail) => {
    expect(only('retention-lowered', before, after).details).toEqual([detail]);
  });

  test.each<[string, Resources, Resources]>([
    ['expires later', bucket({ ExpirationInDays: 90 }), bucket({ ExpirationInDays: 365 })],
    ['expires nothing any more', bucket({ ExpirationInDays: 90 }), bucket()],
    [
      'has the same rule under another id',
      bucket({ Id: 'a', ExpirationInDays: 9 }),
      bucket({ Id: 'b', ExpirationInDays: 9 }),
    ],
    [
      'names a part of what expired anyway',
      bucket({ ExpirationInDays: 9 }),
      bucket({ ExpirationInDays: 9 }, { Prefix: 'a/', ExpirationInDays: 9 }),
    ],
    [
      'moves objects to a colder class',
      bucket(),
      bucket({ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }),
    ],
  ])('%s', (_case, before, after) => {
    expect(told(before, after)).toEqual([]);
  });
});

describe('partitions of a topic', () => {
  const topic = (count: number): Resources =>
    resource('AWS::MSK::Topic', { TopicName: 'quotes', PartitionCount: count });
  const listed = (...topics: readonly (readonly [string, number])[]): Resources =>
    resource('Custom::KafkaTopics', { Topics: topics.map(([name, partitions]) => ({ name, partitions })) });

  test.each<[string, Resources, Resources, string]>([
    ['are fewer', topic(12), topic(6), 'Topic quotes has 6 partitions instead of 12.'],
    [
      'are fewer in a list',
      listed(['quotes', 4]),
      listed(['quotes', 2]),
      'Topic quotes has 2 partitions instead of 4.',
    ],
    ['are gone with the topic', listed(['a', 4], ['b', 4]), listed(['a', 4]), 'Topic b is no longer listed.'],
  ])('%s', (_case, before, after, detail) => {
    expect(only('partitions-lowered', before, after)).toMatchObject({
      severity: 'danger',
      details: [detail],
    });
  });

  test('are more, or in another order', () => {
    expect(told(topic(6), topic(12))).toEqual([]);
    expect(told(listed(['a', 4], ['b', 4]), listed(['b', 8], ['a', 4]))).toEqual([]);
  });
});
