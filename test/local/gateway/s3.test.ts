/** S3 through the gateway, by the AWS SDK's client: signatures, grants, conditional writes, keys, streams. */
import { once } from 'node:events';
import * as http from 'node:http';
import { Readable } from 'node:stream';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';

const BUCKET = 'lake';
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
let endpoint: TestEndpoint;
let operator: S3Client;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  operator = new S3Client(endpoint.as());
  for (const Bucket of [BUCKET, 'raw', 'sealed']) await operator.send(new CreateBucketCommand({ Bucket }));
}, 90_000);

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

/** Name, message and status of the error that a call ends with. */
async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as S3ServiceException;
    return { name, message, status: $metadata.httpStatusCode };
  }
  throw new Error('the call was not refused');
}

const put = (client: S3Client, Key: string, Body: string | Buffer = 'x', Bucket = BUCKET) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

const read = async (client: S3Client, Key: string, Range?: string): Promise<string> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, Range }));
  return (await Body?.transformToString()) ?? '';
};

const signer = () =>
  new SignatureV4({
    credentials: endpoint.gateway.operator,
    region: REGION,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
const host = (): string => new URL(endpoint.gateway.endpoint).host;

describe('signatures', () => {
  test('a wrong secret is SignatureDoesNotMatch', async () => {
    const client = new S3Client({
      ...endpoint.as(),
      credentials: { ...endpoint.gateway.operator, secretAccessKey: 'wrong' },
    });
    expect(await refusal(put(client, 'k'))).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 });
  });

  test('an unknown key is InvalidAccessKeyId', async () => {
    const client = new S3Client({
      ...endpoint.as(),
      credentials: { ...endpoint.gateway.operator, accessKeyId: 'AKIANOBODY' },
    });
    expect(await refusal(put(client, 'k'))).toMatchObject({ name: 'InvalidAccessKeyId', status: 403 });
  });

  test('another session token is InvalidToken', async () => {
    const client = new S3Client({
      ...endpoint.as(),
      credentials: { ...endpoint.gateway.operator, sessionToken: 'other' },
    });
    expect(await refusal(put(client, 'k'))).toMatchObject({ name: 'InvalidToken' });
  });

  test('an unsigned request is AccessDenied', async () => {
    const response = await fetch(`${endpoint.gateway.endpoint}/${BUCKET}/k`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessDenied</Code>');
  });

  test('a presigned URL is good for what it was signed for, until it expires', async () => {
    await put(operator, 'presigned', 'hello');
    const request = new HttpRequest({
      method: 'GET',
      path: `/${BUCKET}/presigned`,
      headers: { host: host(), 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    const urlOf = async (signingDate: Date): Promise<string> => {
      const { query = {} } = await signer().presign(request, { expiresIn: 60, signingDate });
      return `${endpoint.gateway.endpoint}${request.path}?${new URLSearchParams(query as Record<string, string>).toString()}`;
    };
    const url = await urlOf(new Date());
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url.replace('/presigned?', '/other?'))).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect(await (await fetch(await urlOf(new Date(Date.now() - 120_000)))).text()).toContain(
      'Request has expired',
    );
  });

  test('a body other than the one signed is refused and not stored', async () => {
    const sent = Buffer.alloc(300_000, 'b');
    const request = new HttpRequest({
      method: 'PUT',
      path: `/${BUCKET}/forged`,
      headers: { host: host() },
      body: Buffer.alloc(300_000, 'a'),
    });
    const { headers } = await signer().sign(request);
    const outgoing = http.request(`${endpoint.gateway.endpoint}${request.path}`, {
      method: 'PUT',
      headers: { ...headers, 'content-length': sent.length },
    });
    outgoing.end(sent);
    const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
    expect(
      await refusal(operator.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'forged' }))),
    ).toMatchObject({ status: 404 });
  });
});

describe('bodies', () => {
  test('keys and contents of all kinds come back as they were put', async () => {
    for (const key of [
      'a b+c',
      'ü/€',
      "quote'(1)!*",
      'log_id=x/kafka_partition=0003/0.avro',
      'per%cent',
      'a//b',
      'tilde~',
    ]) {
      await put(operator, key, `body of ${key}`);
      expect(await read(operator, key)).toBe(`body of ${key}`);
    }
    const { Contents = [] } = await operator.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'a b+' }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual(['a b+c']);
  });

  test('a stream of unknown content arrives decoded', async () => {
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000, String(index % 10)));
    await operator.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: 'stream',
        Body: Readable.from(chunks),
        ContentLength: 400_000,
        Metadata: { records: '7' },
      }),
    );
    const { Metadata, ContentLength, ContentEncoding } = await operator.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'stream' }),
    );
    expect({ Metadata, ContentLength, ContentEncoding }).toEqual({
      Metadata: { records: '7' },
      ContentLength: 400_000,
      ContentEncoding: undefined,
    });
    expect(await read(operator, 'stream')).toBe(Buffer.concat(chunks).toString());
  });

  test('an empty object, and one of several megabytes with a range of it', async () => {
    await operator.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'empty', ContentLength: 0 }));
    expect(await read(operator, 'empty')).toBe('');
    const large = Buffer.alloc(6_000_000, '0123456789');
    await put(operator, 'large', large);
    expect(await read(operator, 'large', 'bytes=2999999-3000002')).toBe('9012');
  });

  test('parts become one object', async () => {
    const place = { Bucket: BUCKET, Key: 'parts' };
    const { UploadId } = await operator.send(new CreateMultipartUploadCommand(place));
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('tail')];
    const Parts = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await operator.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await operator.send(
      new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }),
    );
    expect((await read(operator, 'parts')).length).toBe(5 * 1024 * 1024 + 4);
    const other = await operator.send(new CreateMultipartUploadCommand({ ...place, Key: 'gone' }));
    await operator.send(new AbortMultipartUploadCommand({ ...place, Key: 'gone', UploadId: other.UploadId }));
  });
});

describe('grants', () => {
  const objects = `arn:aws:s3:::${BUCKET}/granted/*`;

  test('a role does what its policies allow and is told what they do not', async () => {
    const client = new S3Client(endpoint.role('writer', [allow('s3:PutObject', objects)]));
    await put(client, 'granted/a');
    expect(await refusal(put(client, 'elsewhere'))).toEqual({
      name: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/writer/writer is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${BUCKET}/elsewhere" because no identity-based policy allows the s3:PutObject action`,
    });
    expect(await refusal(read(client, 'granted/a'))).toMatchObject({ name: 'AccessDenied' });
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: without s3:ListBucket a missing key is 403. */
  test('who may not list does not learn that a key is absent', async () => {
    const blind = new S3Client(endpoint.role('blind', [allow('s3:GetObject', objects)]));
    const seeing = new S3Client(
      endpoint.role('seeing', [
        allow('s3:GetObject', objects),
        allow('s3:ListBucket', `arn:aws:s3:::${BUCKET}`),
      ]),
    );
    expect(await refusal(read(blind, 'granted/none'))).toMatchObject({ name: 'AccessDenied', status: 403 });
    expect(await refusal(read(seeing, 'granted/none'))).toMatchObject({ name: 'NoSuchKey', status: 404 });
  });

  test('a copy takes the grant to read its source', async () => {
    await put(operator, 'granted/source');
    const copy = (name: string, actions: string[]) =>
      new S3Client(endpoint.role(name, [allow(actions, objects)])).send(
        new CopyObjectCommand({
          Bucket: BUCKET,
          Key: 'granted/copy',
          CopySource: `${BUCKET}/granted/source`,
        }),
      );
    expect(await refusal(copy('blind-copier', ['s3:PutObject']))).toMatchObject({ name: 'AccessDenied' });
    await copy('copier', ['s3:PutObject', 's3:GetObject']);
  });

  test('objects of one DeleteObjects are allowed one by one', async () => {
    for (const key of ['granted/1', 'kept/2']) await put(operator, key);
    const client = new S3Client(endpoint.role('cleaner', [allow('s3:DeleteObject', objects)]));
    const { Deleted, Errors } = await client.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Objects: [{ Key: 'granted/1' }, { Key: 'kept/2' }] },
      }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['granted/1']);
    expect(Errors).toMatchObject([{ Key: 'kept/2', Code: 'AccessDenied' }]);
    expect(await read(operator, 'kept/2')).toBe('x');
  });

  test('an operation that is not modelled is named', async () => {
    const path = `/${BUCKET}`;
    const request = new HttpRequest({
      method: 'GET',
      path,
      query: { inventory: '' },
      headers: { host: host() },
    });
    const { headers } = await signer().sign(request);
    const response = await fetch(`${endpoint.gateway.endpoint}${path}?inventory`, { headers });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain(
      'GET /lake?inventory is no S3 operation that the local gateway models',
    );
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
describe('a bucket whose policy wants conditional writes', () => {
  beforeAll(() => {
    endpoint.gateway.putBucketPolicy('raw', {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'RawPutsAreConditional',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::raw/*',
          Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
        },
        // Holds for nobody here: the loopback endpoint stands in for the TLS one.
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    });
  });

  const conditional = (Key: string) =>
    operator.send(new PutObjectCommand({ Bucket: 'raw', Key, Body: 'x', IfNoneMatch: '*' }));

  test('refuses a plain one, whoever writes', async () => {
    expect(await refusal(put(operator, 'k', 'x', 'raw'))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(
        /s3:PutObject on resource: "arn:aws:s3:::raw\/k" with an explicit deny in a resource-based policy$/,
      ),
    });
  });

  test('takes the first conditional one and answers 412 to the second', async () => {
    await conditional('once');
    expect(await refusal(conditional('once'))).toMatchObject({ name: 'PreconditionFailed', status: 412 });
  });

  test('lets one of many writers at once win', async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => conditional('raced')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('lets parts through but not an unconditional completion', async () => {
    const place = { Bucket: 'raw', Key: 'parts' };
    const { UploadId } = await operator.send(new CreateMultipartUploadCommand(place));
    const { ETag } = await operator.send(
      new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: 'x' }),
    );
    const complete = { ...place, UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } };
    expect(await refusal(operator.send(new CompleteMultipartUploadCommand(complete)))).toMatchObject({
      name: 'AccessDenied',
    });
    await operator.send(new CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: '*' }));
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
describe('a bucket encrypted with a key', () => {
  const bucketWide = allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::sealed/*');

  beforeAll(() => {
    endpoint.gateway.setBucketKey('sealed', KEY_ARN);
  });

  test('takes kms:GenerateDataKey to write and kms:Decrypt to read', async () => {
    const bare = new S3Client(endpoint.role('keyless', [bucketWide]));
    expect(await refusal(put(bare, 'k', 'x', 'sealed'))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`kms:GenerateDataKey on resource: ${KEY_ARN}`),
    });
    const writer = new S3Client(endpoint.role('sealer', [bucketWide, allow('kms:GenerateDataKey', KEY_ARN)]));
    await put(writer, 'k', 'x', 'sealed');
    const get = new GetObjectCommand({ Bucket: 'sealed', Key: 'k' });
    expect(await refusal(writer.send(get))).toMatchObject({
      message: expect.stringContaining('kms:Decrypt'),
    });
  });

  test('is closed to a role that its policy does not let in', async () => {
    endpoint.gateway.putKeyPolicy(KEY_ARN, {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/chosen` },
        Action: 'kms:*',
        Resource: '*',
      },
    });
    const role = (name: string) => new S3Client(endpoint.role(name, [bucketWide, allow('kms:*', '*')]));
    expect(await refusal(put(role('unchosen'), 'k', 'x', 'sealed'))).toMatchObject({
      message: expect.stringContaining(
        'because no resource-based policy allows the kms:GenerateDataKey action',
      ),
    });
    await put(role('chosen'), 'k', 'x', 'sealed');
    endpoint.gateway.putKeyPolicy(KEY_ARN, undefined);
  });
});
