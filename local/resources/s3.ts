/** Amazon S3: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_S3.html */
import type { JsonObject } from '../template/template.ts';
import { isObject } from '../template/template.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { policyDocument } from './role-book.ts';

/** Key that the bucket encrypts with by default, if it is a KMS key. */
function defaultKey(request: ResourceRequest, cloud: Cloud): string | undefined {
  const rules = request.within('BucketEncryption').objects('ServerSideEncryptionConfiguration');
  const encryption = rules.map((rule) => rule['ServerSideEncryptionByDefault']).find(isObject);
  if (encryption?.['SSEAlgorithm'] !== 'aws:kms') return undefined;
  const key = encryption['KMSMasterKeyID'];
  if (typeof key !== 'string') return undefined;
  return key.startsWith('arn:') ? key : `arn:aws:kms:${cloud.region}:${cloud.account}:key/${key}`;
}

/** `EventBridgeEnabled` may be left out: its presence turns it on unless it says false. */
function sendsEvents(request: ResourceRequest): boolean {
  const configuration = request.within('NotificationConfiguration');
  for (const other of ['LambdaConfigurations', 'QueueConfigurations', 'TopicConfigurations']) {
    if (configuration.list(other).length > 0) {
      throw request.error(
        `NotificationConfiguration.${other}`,
        'is not sent locally',
        'use EventBridgeConfiguration',
      );
    }
  }
  return (
    configuration.optionalObject('EventBridgeConfiguration') !== undefined &&
    configuration.within('EventBridgeConfiguration').flag('EventBridgeEnabled', true)
  );
}

async function putVersioning(bucket: string, request: ResourceRequest, cloud: Cloud): Promise<void> {
  const status = request.within('VersioningConfiguration').optionalText('Status');
  if (status === undefined) return;
  const body = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${status}</Status></VersioningConfiguration>`;
  await cloud.api.rest('s3', 'PUT', `/${bucket}?versioning`, body);
}

/** Lifecycle rules change nothing in the hours that a run lasts; their prefixes and days are checked. */
function checkLifecycle(request: ResourceRequest): void {
  const known = new Set([
    'AbortIncompleteMultipartUpload',
    'ExpirationInDays',
    'ExpiredObjectDeleteMarker',
    'Id',
    'NoncurrentVersionExpiration',
    'NoncurrentVersionTransitions',
    'ObjectSizeGreaterThan',
    'ObjectSizeLessThan',
    'Prefix',
    'Status',
    'TagFilters',
    'Transitions',
  ]);
  const rules = request.within('LifecycleConfiguration').objects('Rules');
  for (const [index, rule] of rules.entries()) {
    const unknown = Object.keys(rule).find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw request.error(
        `LifecycleConfiguration.Rules[${index}].${unknown}`,
        'is not known to the runner',
        'add it to local/resources/s3.ts',
      );
    }
  }
}

function bucketAttributes(bucket: string, cloud: Cloud): JsonObject {
  return {
    Arn: `arn:aws:s3:::${bucket}`,
    DomainName: `${bucket}.s3.amazonaws.com`,
    RegionalDomainName: `${bucket}.s3.${cloud.region}.amazonaws.com`,
    DualStackDomainName: `${bucket}.s3.dualstack.${cloud.region}.amazonaws.com`,
    WebsiteURL: `http://${bucket}.s3-website-${cloud.region}.amazonaws.com`,
  };
}

export const s3Types: readonly ResourceType[] = [
  {
    type: 'AWS::S3::Bucket',
    level: 'emulated',
    behind: 'moto; conditional writes, events to EventBridge and KMS permissions by the gateway',
    effective: ['BucketName', 'BucketEncryption', 'NotificationConfiguration', 'VersioningConfiguration'],
    inert: [
      'AccelerateConfiguration',
      'IntelligentTieringConfigurations',
      'InventoryConfigurations',
      'LifecycleConfiguration',
      'LoggingConfiguration',
      'MetricsConfigurations',
      'OwnershipControls',
      'PublicAccessBlockConfiguration',
      'Tags',
    ],
    provision: async (request, cloud) => {
      const bucket = request.physicalName('BucketName', 63).toLowerCase();
      checkLifecycle(request);
      const elsewhere = cloud.region !== 'us-east-1';
      const location = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${cloud.region}</LocationConstraint></CreateBucketConfiguration>`;
      await cloud.api.rest('s3', 'PUT', `/${bucket}`, elsewhere ? location : '');
      await putVersioning(bucket, request, cloud);
      const key = defaultKey(request, cloud);
      if (key !== undefined) cloud.gateway.setBucketKey(bucket, key);
      cloud.gateway.setBucketEventBridge(bucket, sendsEvents(request));
      return { ref: bucket, attributes: bucketAttributes(bucket, cloud) };
    },
  },
  {
    type: 'AWS::S3::BucketPolicy',
    level: 'run',
    behind: 'the gateway, for each call on the bucket',
    effective: ['Bucket', 'PolicyDocument'],
    provision: (request, cloud) => {
      const bucket = request.text('Bucket');
      cloud.gateway.putBucketPolicy(bucket, policyDocument(request.object('PolicyDocument')));
      return { ref: bucket };
    },
  },
];
