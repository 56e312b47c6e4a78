/** AWS KMS, Secrets Manager, CloudTrail. */
import { listAt, ofType, type Resource, valueAt } from '../resources.ts';
import { readsByQueries, requestsPerMonth } from './storage.ts';
import { type Usage, use } from './usage.ts';

/**
 * With bucket keys S3 asks KMS once in a while for each requester; AWS says up to 99 % fewer requests.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
const BUCKET_KEY_SHARE = 0.01;

export const key: Usage = (each, model) => {
  const requests = requestsPerMonth(model, (bucket) => keyOf(bucket, each));
  const isSaved = ofType(model.resources, 'AWS::S3::Bucket')
    .filter((bucket) => keyOf(bucket, each))
    .every(hasBucketKey);
  return [use('kms.key', 1), use('kms.requests', requests * (isSaved ? BUCKET_KEY_SHARE : 1))];
};

/** Buckets of other stacks name it by that stack's output. */
function keyOf(bucket: Resource, each: Resource): boolean {
  const rules = JSON.stringify(listAt(bucket, 'BucketEncryption', 'ServerSideEncryptionConfiguration'));
  return rules.includes('aws:kms') && rules.includes(each.id);
}

function hasBucketKey(bucket: Resource): boolean {
  return JSON.stringify(valueAt(bucket, 'BucketEncryption') ?? {}).includes('"BucketKeyEnabled":true');
}

export const secret: Usage = () => [use('secrets.secret', 1)];

/** Requests to buckets; where the stage's own roles are left out, what Athena reads for analysts. */
export const trail: Usage = (each, model) => {
  const selectors = [...listAt(each, 'EventSelectors'), ...listAt(each, 'AdvancedEventSelectors')];
  if (selectors.length === 0) return [use('cloudtrail.data', 0)];
  const leavesOutOwnRoles = JSON.stringify(selectors).includes('"NotStartsWith"');
  return [use('cloudtrail.data', leavesOutOwnRoles ? readsByQueries(model) : requestsPerMonth(model))];
};
