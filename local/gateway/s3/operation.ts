/** Which S3 operation a path-style request is: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../http/errors.ts';

export interface S3Request {
  /** Operation name as the API reference has it; undefined when the request is none that is modelled. */
  readonly operation: string | undefined;
  /** Empty for ListBuckets. */
  readonly bucket: string;
  /** Decoded; empty for bucket operations. */
  readonly key: string;
}

/** Bucket subresources: query parameter -> [GET, PUT, DELETE] operations. */
const BUCKET_SUBRESOURCES: Readonly<Record<string, readonly [string?, string?, string?]>> = {
  acl: ['GetBucketAcl', 'PutBucketAcl'],
  cors: ['GetBucketCors', 'PutBucketCors', 'DeleteBucketCors'],
  encryption: ['GetBucketEncryption', 'PutBucketEncryption', 'DeleteBucketEncryption'],
  lifecycle: ['GetBucketLifecycleConfiguration', 'PutBucketLifecycleConfiguration', 'DeleteBucketLifecycle'],
  location: ['GetBucketLocation'],
  logging: ['GetBucketLogging', 'PutBucketLogging'],
  notification: ['GetBucketNotificationConfiguration'],
  'object-lock': ['GetObjectLockConfiguration', 'PutObjectLockConfiguration'],
  ownershipControls: [
    'GetBucketOwnershipControls',
    'PutBucketOwnershipControls',
    'DeleteBucketOwnershipControls',
  ],
  policy: ['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'],
  policyStatus: ['GetBucketPolicyStatus'],
  publicAccessBlock: ['GetPublicAccessBlock', 'PutPublicAccessBlock', 'DeletePublicAccessBlock'],
  tagging: ['GetBucketTagging', 'PutBucketTagging', 'DeleteBucketTagging'],
  uploads: ['ListMultipartUploads'],
  versioning: ['GetBucketVersioning', 'PutBucketVersioning'],
  versions: ['ListObjectVersions'],
};

const OBJECT_SUBRESOURCES: Readonly<Record<string, readonly [string?, string?, string?]>> = {
  acl: ['GetObjectAcl', 'PutObjectAcl'],
  attributes: ['GetObjectAttributes'],
  tagging: ['GetObjectTagging', 'PutObjectTagging', 'DeleteObjectTagging'],
};

/** Parameters that refine an operation without making it another one. */
const REFINEMENTS = new Set([
  'bucket-region',
  'continuation-token',
  'delete',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'marker',
  'max-buckets',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'uploadId',
  'uploads',
  'version-id-marker',
  'versionId',
  'x-id',
]);
const REFINEMENT_PREFIX = 'response-';

const METHOD_INDEX: Readonly<Record<string, number>> = { GET: 0, PUT: 1, DELETE: 2 };

export function readS3Request(
  method: string,
  path: string,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): S3Request {
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash === -1 ? path.slice(1) : path.slice(1, slash));
  const key = slash === -1 ? '' : decode(path.slice(slash + 1));
  return { operation: name(method, bucket, key, query, headers), bucket, key };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

function name(
  method: string,
  bucket: string,
  key: string,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): string | undefined {
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  const table = key === '' ? BUCKET_SUBRESOURCES : OBJECT_SUBRESOURCES;
  for (const subresource in table)
    if (query.has(subresource)) return table[subresource]?.[METHOD_INDEX[method] ?? 3];
  // A subresource that is not known here must not pass for the operation without it.
  for (const parameter of query.keys())
    if (!REFINEMENTS.has(parameter) && !parameter.startsWith(REFINEMENT_PREFIX)) return undefined;
  return key === '' ? bucketOperation(method, query) : objectOperation(method, query, headers);
}

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  switch (method) {
    case 'GET':
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      return 'CreateBucket';
    case 'DELETE':
      return 'DeleteBucket';
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : undefined;
    default:
      return undefined;
  }
}

function objectOperation(
  method: string,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): string | undefined {
  const upload = query.has('uploadId');
  const copies = headers['x-amz-copy-source'] !== undefined;
  switch (method) {
    case 'GET':
      return upload ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      if (upload) return copies ? 'UploadPartCopy' : 'UploadPart';
      return copies ? 'CopyObject' : 'PutObject';
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      return upload ? 'CompleteMultipartUpload' : undefined;
    case 'DELETE':
      return upload ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return undefined;
  }
}
