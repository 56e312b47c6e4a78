import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { StorageClass } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { COVERED_TAG, locations, SUPERSEDED_TAG } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';
import { TOPICS } from '../../../core/topics.ts';
import type { LakeConfig } from '../../config/stage-config.ts';
import { AccessLogBucket, DataBucket } from './data-bucket.ts';

export interface LakeStorageProps {
  readonly stage: Stage;
  readonly lake: LakeConfig;
}

/**
 * The lake's buckets and their keys, a key a zone: who may read what is curated can decrypt nothing that is raw. Nothing raw, curated
 * or receipted expires by age.
 */
export class LakeStorage extends Construct {
  /** Of what is raw, diverted or quarantined. */
  readonly rawKey: Key;
  /** Of what is curated, of history and reference data, and of the jobs' logs. */
  readonly key: Key;
  readonly accessLogs: AccessLogBucket;
  /** Raw log, quarantine, and batches that landing diverted. */
  readonly raw: DataBucket;
  /** Curated files, receipts, history, reference data and what is made of it. */
  readonly lake: DataBucket;

  constructor(scope: Construct, id: string, { stage, lake }: LakeStorageProps) {
    super(scope, id);
    this.rawKey = zoneKey(this, 'RawKey', stage, 'raw', 'Raw, diverted and quarantined records');
    this.key = zoneKey(this, 'Key', stage, 'lake', 'Curated files, history, reference data and job logs');
    this.key.addToResourcePolicy(encryptedGlueLogs(this));
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { retentionDays: lake.accessLogDays });
    const common = {
      accessLogs: this.accessLogs,
      noncurrentVersionDays: lake.noncurrentVersionDays,
    };
    this.raw = new DataBucket(this, 'Raw', {
      ...common,
      encryptionKey: this.rawKey,
      emitsEvents: true,
      lifecycleRules: archiving(lake.rawArchiveDays),
    });
    this.raw.addToResourcePolicy(unconditionalPuts(this.raw));
    const expiration = Duration.days(lake.coveredExpiryDays);
    this.lake = new DataBucket(this, 'Lake', {
      ...common,
      encryptionKey: this.key,
      // Files that people drop start what loads them.
      emitsEvents: true,
      lifecycleRules: [
        { id: 'expire-covered', prefix: 'curated/', tagFilters: COVERED_TAG, expiration },
        { id: 'expire-superseded', prefix: 'dimensions/', tagFilters: SUPERSEDED_TAG, expiration },
      ],
    });
  }
}

/** A key of its own for a zone, rotated each year. */
export function zoneKey(
  scope: Construct,
  id: string,
  stage: Stage,
  zone: 'raw' | 'lake' | 'results',
  what: string,
): Key {
  return new Key(scope, id, {
    alias: `${PROJECT}-${stage}-${zone}`,
    description: `${what} of stage ${stage}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

/** Only Glacier Instant Retrieval: Athena cannot read what lies in the other archive classes, and would skip it in silence. */
function archiving(afterDays: number): LifecycleRule[] {
  if (afterDays === 0) return [];
  const transitionAfter = Duration.days(afterDays);
  return Object.values(TOPICS).map(({ name }) => ({
    id: `archive-${name}`,
    prefix: locations.raw(name),
    transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter }],
  }));
}

/**
 * Logs of Glue's jobs and crawlers are encrypted by this key, which CloudWatch Logs then uses on its own:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function encryptedGlueLogs(scope: Construct): PolicyStatement {
  const { region } = Stack.of(scope);
  const logGroups = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '/aws-glue/*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({
    sid: 'GlueLogs',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
  });
}

/**
 * Raw is an append-only log: an object is put only where there is none. Diverted batches and quarantined records, in the same
 * bucket, are not part of the log. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function unconditionalPuts(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'RawPutsAreConditional',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: Object.values(TOPICS).map(({ name }) => bucket.arnForObjects(`${locations.raw(name)}*`)),
    // Parts of a multipart upload carry no condition; its completion does.
    conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  });
}
