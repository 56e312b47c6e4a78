/**
 * Permissions of S3 operations:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
import type { S3Request } from '../s3/operation.ts';
import type { ApiCall, Permission, PermissionContext, Surroundings } from './call.ts';

/** Operations whose action has another name, or that take nothing but the action of the same name on the bucket. */
const BUCKET_ACTIONS: Readonly<Record<string, string>> = {
  CreateBucket: 's3:CreateBucket',
  DeleteBucket: 's3:DeleteBucket',
  HeadBucket: 's3:ListBucket',
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  GetBucketLocation: 's3:GetBucketLocation',
  GetBucketAcl: 's3:GetBucketAcl',
  PutBucketAcl: 's3:PutBucketAcl',
  GetBucketCors: 's3:GetBucketCORS',
  PutBucketCors: 's3:PutBucketCORS',
  DeleteBucketCors: 's3:PutBucketCORS',
  GetBucketEncryption: 's3:GetEncryptionConfiguration',
  PutBucketEncryption: 's3:PutEncryptionConfiguration',
  DeleteBucketEncryption: 's3:PutEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 's3:PutLifecycleConfiguration',
  DeleteBucketLifecycle: 's3:PutLifecycleConfiguration',
  GetBucketLogging: 's3:GetBucketLogging',
  PutBucketLogging: 's3:PutBucketLogging',
  GetBucketNotificationConfiguration: 's3:GetBucketNotification',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 's3:PutBucketObjectLockConfiguration',
  GetBucketOwnershipControls: 's3:GetBucketOwnershipControls',
  PutBucketOwnershipControls: 's3:PutBucketOwnershipControls',
  DeleteBucketOwnershipControls: 's3:PutBucketOwnershipControls',
  GetBucketPolicy: 's3:GetBucketPolicy',
  PutBucketPolicy: 's3:PutBucketPolicy',
  DeleteBucketPolicy: 's3:DeleteBucketPolicy',
  GetBucketPolicyStatus: 's3:GetBucketPolicyStatus',
  GetPublicAccessBlock: 's3:GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 's3:PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 's3:PutBucketPublicAccessBlock',
  GetBucketTagging: 's3:GetBucketTagging',
  PutBucketTagging: 's3:PutBucketTagging',
  DeleteBucketTagging: 's3:PutBucketTagging',
  GetBucketVersioning: 's3:GetBucketVersioning',
  PutBucketVersioning: 's3:PutBucketVersioning',
};

/** Object operations: [action, action when a version is named]. */
const OBJECT_ACTIONS: Readonly<Record<string, readonly [string, string?]>> = {
  GetObject: ['s3:GetObject', 's3:GetObjectVersion'],
  HeadObject: ['s3:GetObject', 's3:GetObjectVersion'],
  GetObjectAttributes: ['s3:GetObjectAttributes', 's3:GetObjectVersionAttributes'],
  GetObjectAcl: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  PutObjectAcl: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  GetObjectTagging: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
  PutObjectTagging: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
  DeleteObjectTagging: ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'],
  PutObject: ['s3:PutObject'],
  CopyObject: ['s3:PutObject'],
  UploadPart: ['s3:PutObject'],
  UploadPartCopy: ['s3:PutObject'],
  CreateMultipartUpload: ['s3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  ListParts: ['s3:ListMultipartUploadParts'],
  DeleteObject: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
};

/** Operations after which there is an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
const CREATES_OBJECT = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/**
 * KMS actions for objects under SSE-KMS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html and, for
 * uploads in parts, https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
const KMS_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GetObject: ['kms:Decrypt'],
  HeadObject: ['kms:Decrypt'],
  GetObjectAttributes: ['kms:Decrypt'],
  PutObject: ['kms:GenerateDataKey'],
  CopyObject: ['kms:GenerateDataKey', 'kms:Decrypt'],
  CreateMultipartUpload: ['kms:GenerateDataKey'],
  UploadPart: ['kms:GenerateDataKey', 'kms:Decrypt'],
  UploadPartCopy: ['kms:GenerateDataKey', 'kms:Decrypt'],
  CompleteMultipartUpload: ['kms:Decrypt'],
};

/** Request headers and query parameters that are condition keys under their own name. */
const CONTEXT_HEADERS = [
  'if-match',
  'if-none-match',
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-storage-class',
];
const CONTEXT_QUERY = ['delimiter', 'max-keys', 'prefix'];

export const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;

/** Permissions of any operation but DeleteObjects, whose objects are in its body; undefined when it is not in the tables. */
export function deriveS3(
  call: ApiCall,
  { bucket, key }: S3Request,
  around: Surroundings,
): Permission[] | undefined {
  const context = s3Context(call, around);
  if (call.operation === 'ListBuckets') return [{ action: 's3:ListAllMyBuckets', resource: '*', context }];
  const bucketAction = BUCKET_ACTIONS[call.operation];
  if (bucketAction !== undefined) return [{ action: bucketAction, resource: bucketArn(bucket), context }];
  const [action, versioned] = OBJECT_ACTIONS[call.operation] ?? [];
  if (action === undefined) return undefined;
  const resource = objectArn(bucket, key);
  const named = call.query.has('versionId') ? (versioned ?? action) : action;
  const permissions: Permission[] = [{ action: named, resource, context }];
  if (action === 's3:PutObject') {
    if (call.headers['x-amz-acl'] !== undefined)
      permissions.push({ action: 's3:PutObjectAcl', resource, context });
    if (call.headers['x-amz-tagging'] !== undefined)
      permissions.push({ action: 's3:PutObjectTagging', resource, context });
  }
  const source = copySource(call);
  if (source !== undefined) {
    permissions.push({ action: 's3:GetObject', resource: objectArn(source.bucket, source.key), context });
    const sourceKey = around.bucketKey(source.bucket);
    if (sourceKey !== undefined)
      permissions.push(kmsPermission('kms:Decrypt', sourceKey, source.bucket, source.key, around));
  }
  const key_ = encryptionKey(call, bucket, around);
  if (key_ !== undefined)
    for (const kms of KMS_ACTIONS[call.operation] ?? [])
      permissions.push(kmsPermission(kms, key_, bucket, key, around));
  return permissions;
}

/** Permissions to delete one of the objects of a DeleteObjects request. */
export function deriveDelete(
  call: ApiCall,
  bucket: string,
  key: string,
  versionId: string | undefined,
  around: Surroundings,
): Permission {
  return {
    action: versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
    resource: objectArn(bucket, key),
    context: s3Context(call, around),
  };
}

/** Bucket and key that an object is copied from. */
export function copySource(call: ApiCall): { readonly bucket: string; readonly key: string } | undefined {
  const header = call.headers['x-amz-copy-source'];
  if (typeof header !== 'string') return undefined;
  const path = decodeURIComponent(header.split('?')[0] ?? '').replace(/^\//, '');
  const slash = path.indexOf('/');
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** The key that the request or else the bucket encrypts with; none for SSE-S3. */
function encryptionKey(call: ApiCall, bucket: string, around: Surroundings): string | undefined {
  const algorithm = call.headers['x-amz-server-side-encryption'];
  if (algorithm === 'AES256') return undefined;
  const asked = call.headers['x-amz-server-side-encryption-aws-kms-key-id'];
  if (typeof asked !== 'string') return around.bucketKey(bucket);
  return asked.startsWith('arn:') ? asked : `arn:aws:kms:${around.region}:${around.account}:key/${asked}`;
}

function kmsPermission(
  action: string,
  keyArn: string,
  bucket: string,
  key: string,
  around: Surroundings,
): Permission {
  return {
    action,
    resource: keyArn,
    context: {
      'kms:CallerAccount': around.account,
      'kms:ViaService': `s3.${around.region}.amazonaws.com`,
      // With an S3 Bucket Key, as the lake's buckets have it, the context is the bucket's ARN and not the object's:
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
      'kms:EncryptionContext:aws:s3:arn': [bucketArn(bucket), objectArn(bucket, key)],
    },
  };
}

function s3Context(call: ApiCall, around: Surroundings): PermissionContext {
  const context: Record<string, string | undefined> = {
    's3:ResourceAccount': around.account,
    's3:authType': call.headers.authorization === undefined ? 'REST-QUERY-STRING' : 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:TlsVersion': '1.3',
    's3:VersionId': call.query.get('versionId') ?? undefined,
  };
  for (const name of CONTEXT_HEADERS) {
    const value = call.headers[name];
    if (typeof value === 'string') context[`s3:${name}`] = value;
  }
  for (const name of CONTEXT_QUERY) context[`s3:${name}`] = call.query.get(name) ?? undefined;
  if (OBJECT_ACTIONS[call.operation]?.[0] === 's3:PutObject')
    context['s3:ObjectCreationOperation'] = String(CREATES_OBJECT.has(call.operation));
  for (const [tag, value] of new URLSearchParams(String(call.headers['x-amz-tagging'] ?? '')))
    context[`s3:RequestObjectTag/${tag}`] = value;
  return context;
}
