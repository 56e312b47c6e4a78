/**
 * `AlreadyExists` where AWS says `AlreadyExistsException`: boto3 reads an error's code from the header for services that once
 * spoke the query protocol, and the gateway sent it for all. Table optimizers that are there already failed every compaction
 * but the first.
 */
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestEndpoint, type TestEndpoint } from '../helpers/aws-endpoint.ts';

let endpoint: TestEndpoint;
beforeAll(async () => {
  endpoint = await startTestEndpoint();
}, 60_000);
afterAll(() => endpoint.stop());

async function headersOfError(call: Promise<unknown>): Promise<Readonly<Record<string, string>>> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { $response: response } = error as { $response?: { headers: Record<string, string> } };
  return response?.headers ?? {};
}

test("an error of Glue has its code in the body alone, one of SQS in the older protocol's header as well", async () => {
  const stranger = {
    ...endpoint.as(),
    credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' },
  };
  const glue = new GlueClient(stranger);
  const sqs = new SQSClient(stranger);
  const ofGlue = await headersOfError(
    glue.send(new GetTableCommand({ DatabaseName: 'absent', Name: 'absent' })),
  );
  const ofSqs = await headersOfError(sqs.send(new GetQueueUrlCommand({ QueueName: 'absent' })));
  expect(Object.keys(ofGlue)).toContain('x-amzn-requestid');
  expect(ofGlue).not.toHaveProperty('x-amzn-query-error');
  expect(ofSqs).toHaveProperty('x-amzn-query-error');
  glue.destroy();
  sqs.destroy();
}, 60_000);
