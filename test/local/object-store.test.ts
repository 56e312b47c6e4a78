/** The S3 adapter through the gateway, by the suite that the store in memory passes too. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from '@jest/globals';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { startTestEndpoint, type TestEndpoint } from '../helpers/aws-endpoint.ts';
import { describeObjectStore } from '../helpers/object-store-conformance.ts';

let endpoint: TestEndpoint;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
}, 90_000);

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

describeObjectStore('the S3 adapter at the endpoint', async () => {
  const s3 = new S3Client(endpoint.as());
  await s3.send(new CreateBucketCommand({ Bucket: 'store' }));
  return createS3ObjectStore('store', s3);
});
