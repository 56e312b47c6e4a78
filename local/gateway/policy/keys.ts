/**
 * Condition keys that the gateway fills in for the requests they apply to. A policy that uses another is refused when it is
 * registered: silently treating an unmodelled key as absent would make `Null` and `…IfExists` conditions lie.
 */

/** Global keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const GLOBAL_KEYS = [
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:PrincipalServiceName',
  'aws:PrincipalType',
  'aws:RequestedRegion',
  'aws:ResourceAccount',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
  'aws:SourceIp',
  'aws:UserAgent',
  'aws:ViaAWSService',
  'aws:userid',
] as const;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys */
const S3_KEYS = [
  's3:ObjectCreationOperation',
  's3:ResourceAccount',
  's3:TlsVersion',
  's3:VersionId',
  's3:authType',
  's3:delimiter',
  's3:if-match',
  's3:if-none-match',
  's3:max-keys',
  's3:prefix',
  's3:signatureversion',
  's3:x-amz-acl',
  's3:x-amz-content-sha256',
  's3:x-amz-copy-source',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-storage-class',
] as const;

/** Of requests that tag something. Only EC2's are bound to them here, and EC2 is not served: no request has the key. */
const TAG_KEYS = ['aws:TagKeys'] as const;

const SERVICE_KEYS = [
  'kms:CallerAccount',
  'kms:ViaService',
  'kms:GrantIsForAWSResource',
  'secretsmanager:SecretId',
  'secretsmanager:VersionStage',
  'sts:RoleSessionName',
  'sts:ExternalId',
  'events:source',
  'events:detail-type',
  'cloudwatch:namespace',
  'iam:PassedToService',
] as const;

const KNOWN = new Set<string>(
  [...GLOBAL_KEYS, ...S3_KEYS, ...TAG_KEYS, ...SERVICE_KEYS].map((key) => key.toLowerCase()),
);

/** Keys with a name of the request's own in them: kms:EncryptionContext:<name>, s3:RequestObjectTag/<tag>. */
const KNOWN_PREFIXES = ['kms:encryptioncontext:', 's3:requestobjecttag/'];

/** Whether the gateway gives this key its value wherever AWS would. Key names ignore case. */
export function isModelledKey(key: string): boolean {
  const name = key.toLowerCase();
  return KNOWN.has(name) || KNOWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}
