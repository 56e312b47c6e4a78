/** Every other service through the gateway, by the AWS SDK's clients. */
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreateDatabaseCommand,
  CreateSchemaCommand,
  CreateTableCommand,
  GetSchemaVersionCommand,
  GetTableCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import {
  DescribeClusterV2Command,
  GetBootstrapBrokersCommand,
  KafkaClient,
  ListClustersV2Command,
} from '@aws-sdk/client-kafka';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import type { LambdaInvocation } from '../../../local/gateway/index.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';

let endpoint: TestEndpoint;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
}, 90_000);

afterAll(async () => {
  await endpoint.stop();
}, 30_000);

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const wrong = () => ({
  ...endpoint.as(),
  credentials: { ...endpoint.gateway.operator, secretAccessKey: 'wrong' },
});
const unknown = () => ({
  ...endpoint.as(),
  credentials: { ...endpoint.gateway.operator, accessKeyId: 'AKIANOBODY' },
});

async function nameOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'success',
    (error: unknown) => (error as Error).name,
  );
}

/** https://docs.aws.amazon.com/glue/latest/APIReference/CommonErrors.html and its like: each protocol has its own codes. */
describe('a wrong signature in the words of the protocol', () => {
  test('JSON', async () => {
    const call = (options: ReturnType<typeof wrong>) =>
      new GlueClient(options).send(new GetTableCommand({ DatabaseName: 'd', Name: 't' }));
    expect(await nameOf(call(wrong()))).toBe('InvalidSignatureException');
    expect(await nameOf(call(unknown()))).toBe('UnrecognizedClientException');
  });

  test('SQS, which spoke the query protocol before', async () => {
    const call = new SQSClient(wrong()).send(
      new SendMessageCommand({ QueueUrl: `${endpoint.gateway.endpoint}/x/q`, MessageBody: 'x' }),
    );
    expect(await nameOf(call)).toMatch(/^InvalidSignature/);
  });

  test('query', async () => {
    expect(await nameOf(new STSClient(wrong()).send(new GetCallerIdentityCommand({})))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await nameOf(new STSClient(unknown()).send(new GetCallerIdentityCommand({})))).toBe(
      'InvalidClientTokenId',
    );
  });

  test('REST', async () => {
    const call = new LambdaClient(wrong()).send(new InvokeCommand({ FunctionName: 'f' }));
    expect(await nameOf(call)).toBe('InvalidSignatureException');
  });
});

describe('Glue', () => {
  beforeAll(async () => {
    const glue = new GlueClient(endpoint.as());
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
    await glue.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: { Name: 'quotes' } }));
  });

  test('a table takes the catalog and its database too, and the refusal names the one that lacks', async () => {
    const get = (name: string, resources: string[]) =>
      new GlueClient(
        endpoint.role(name, [
          allow(
            'glue:GetTable',
            resources.map((resource) => arn('glue', resource)),
          ),
        ]),
      ).send(new GetTableCommand({ DatabaseName: 'lake', Name: 'quotes' }));
    const { Table } = await get('whole', ['catalog', 'database/lake', 'table/lake/quotes']);
    expect(Table?.Name).toBe('quotes');
    await expect(get('partial', ['catalog', 'table/lake/quotes'])).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/partial/partial is not authorized to perform: glue:GetTable on resource: ${arn('glue', 'database/lake')} because no identity-based policy allows the glue:GetTable action`,
    });
  });

  test('the schema registry answers by version id under the wildcard resource alone', async () => {
    const glue = new GlueClient(endpoint.as());
    const { SchemaVersionId } = await glue.send(
      new CreateSchemaCommand({
        SchemaName: 'quotes',
        DataFormat: 'AVRO',
        Compatibility: 'BACKWARD',
        SchemaDefinition: '{"type":"record","name":"Q","fields":[]}',
      }),
    );
    const get = (name: string, resource: string) =>
      new GlueClient(endpoint.role(name, [allow('glue:GetSchemaVersion', resource)])).send(
        new GetSchemaVersionCommand({ SchemaVersionId }),
      );
    expect((await get('deserializer', '*')).DataFormat).toBe('AVRO');
    expect(await nameOf(get('scoped', arn('glue', 'schema/default-registry/quotes')))).toBe(
      'AccessDeniedException',
    );
  });

  test('an operation that is in no table is refused by name, even for the operator', async () => {
    const host = new URL(endpoint.gateway.endpoint).host;
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSGlue.StartBlueprintRun',
    };
    const signer = new SignatureV4({
      credentials: endpoint.gateway.operator,
      region: REGION,
      service: 'glue',
      sha256: Sha256,
    });
    const signed = await signer.sign(new HttpRequest({ method: 'POST', path: '/', headers, body: '{}' }));
    const response = await fetch(endpoint.gateway.endpoint, {
      method: 'POST',
      headers: signed.headers,
      body: '{}',
    });
    expect(await response.json()).toMatchObject({
      __type: 'NotImplementedException',
      message: expect.stringContaining('glue operation StartBlueprintRun'),
    });
  });
});

test('SQS: one action for single and batch, and the queue policy can let a role in', async () => {
  const operator = new SQSClient(endpoint.as());
  const { QueueUrl } = await operator.send(new CreateQueueCommand({ QueueName: 'work' }));
  const worker = new SQSClient(
    endpoint.role('worker', [allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], arn('sqs', 'work'))]),
  );
  const send = () => worker.send(new SendMessageCommand({ QueueUrl, MessageBody: 'job' }));
  expect(await nameOf(send())).toBe('AccessDenied');
  endpoint.gateway.putQueuePolicy(arn('sqs', 'work'), {
    Version: '2012-10-17',
    Statement: {
      ...allow('sqs:SendMessage', '*'),
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/worker` },
    },
  });
  await send();
  const { Messages = [] } = await worker.send(new ReceiveMessageCommand({ QueueUrl }));
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  expect((await worker.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).Successful).toHaveLength(
    1,
  );
});

test('a secret asked for by name is decided on by its ARN', async () => {
  const operator = new SecretsManagerClient(endpoint.as());
  const { ARN = '' } = await operator.send(
    new CreateSecretCommand({ Name: 'quote-api', SecretString: 's3cr3t' }),
  );
  const get = (name: string, resource: string) =>
    new SecretsManagerClient(endpoint.role(name, [allow('secretsmanager:GetSecretValue', resource)])).send(
      new GetSecretValueCommand({ SecretId: 'quote-api' }),
    );
  expect((await get('by-arn', ARN)).SecretString).toBe('s3cr3t');
  expect((await get('by-pattern', arn('secretsmanager', 'secret:quote-api-??????'))).SecretString).toBe(
    's3cr3t',
  );
  expect(await nameOf(get('by-name', arn('secretsmanager', 'secret:quote-api')))).toBe(
    'AccessDeniedException',
  );
});

test('SSM parameters', async () => {
  await new SSMClient(endpoint.as()).send(
    new PutParameterCommand({ Name: '/lake/cut', Value: '5', Type: 'String' }),
  );
  const reader = new SSMClient(
    endpoint.role('parameters', [allow('ssm:GetParameter', arn('ssm', 'parameter/lake/*'))]),
  );
  expect((await reader.send(new GetParameterCommand({ Name: '/lake/cut' }))).Parameter?.Value).toBe('5');
  expect(await nameOf(reader.send(new GetParameterCommand({ Name: '/other' })))).toBe(
    'AccessDeniedException',
  );
});

describe('STS', () => {
  const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
  const assume = (options: ReturnType<TestEndpoint['as']>, name: string) =>
    new STSClient(options).send(
      new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'session' }),
    );

  test('tells who is asking', async () => {
    const { Arn, Account } = await new STSClient(endpoint.role('asker', [])).send(
      new GetCallerIdentityCommand({}),
    );
    expect({ Arn, Account }).toEqual({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/asker/asker`,
    });
  });

  test('the operator assumes any role, with that role’s grants and no more', async () => {
    endpoint.role('analyst', []);
    const { Credentials, AssumedRoleUser } = await assume(endpoint.as(), 'analyst');
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/analyst/session`);
    const {
      AccessKeyId = '',
      SecretAccessKey = '',
      SessionToken = '',
      Expiration = new Date(),
    } = Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
    const glue = new GlueClient(endpoint.as(credentials));
    expect(await nameOf(glue.send(new GetTableCommand({ DatabaseName: 'lake', Name: 'quotes' })))).toBe(
      'AccessDeniedException',
    );
  });

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html: a role's trust policy must agree. */
  test('another role needs the trust of the role, and its own grant where that trusts the account', async () => {
    const trusting = (Principal: Record<string, string>) => ({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow' as const, Action: 'sts:AssumeRole', Principal },
    });
    endpoint.role('trusts-lambda', [], trusting({ Service: 'lambda.amazonaws.com' }));
    endpoint.role('trusts-one', [], trusting({ AWS: roleArn('stranger') }));
    endpoint.role('trusts-all', [], trusting({ AWS: `arn:aws:iam::${ACCOUNT}:root` }));
    const stranger = endpoint.role('stranger', []);
    const granted = endpoint.role('granted', [allow('sts:AssumeRole', '*')]);
    expect(await nameOf(assume(granted, 'trusts-lambda'))).toBe('AccessDenied');
    expect(await nameOf(assume(stranger, 'trusts-one'))).toBe('success');
    expect(await nameOf(assume(stranger, 'trusts-all'))).toBe('AccessDenied');
    expect(await nameOf(assume(granted, 'trusts-all'))).toBe('success');
    expect(await nameOf(assume(granted, 'nobody'))).toBe('AccessDenied');
  });
});

describe('Lambda', () => {
  const invocations: LambdaInvocation[] = [];
  const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

  beforeAll(() => {
    endpoint.gateway.registerLambda({
      concurrency: () => ({ limit: 1000, reserved: new Map() }),
      reserveConcurrency: () => undefined,
      describe: (name) => (name === 'land' ? { FunctionName: 'land', Runtime: 'nodejs24.x' } : undefined),
      invoke: (invocation) => {
        invocations.push(invocation);
        if (invocation.payload.includes('"fail"'))
          return Promise.resolve({ payload: encode({ errorMessage: 'no' }), functionError: 'Unhandled' });
        return Promise.resolve({
          payload: encode({ got: JSON.parse(invocation.payload.toString()) as unknown }),
          logTail: 'END',
        });
      },
    });
  });

  test('invokes, returns payload, function error and log tail', async () => {
    const lambda = new LambdaClient(endpoint.as());
    const ok = await lambda.send(
      new InvokeCommand({ FunctionName: 'land', Payload: '{"a":1}', LogType: 'Tail' }),
    );
    expect({ status: ok.StatusCode, payload: ok.Payload?.transformToString(), log: ok.LogResult }).toEqual({
      status: 200,
      payload: '{"got":{"a":1}}',
      log: Buffer.from('END').toString('base64'),
    });
    const failed = await lambda.send(
      new InvokeCommand({ FunctionName: arn('lambda', 'function:land'), Payload: '"fail"' }),
    );
    expect(failed.FunctionError).toBe('Unhandled');
    const event = await lambda.send(
      new InvokeCommand({ FunctionName: 'land', InvocationType: 'Event', Payload: '{}' }),
    );
    expect(event.StatusCode).toBe(202);
    expect(invocations.at(-1)).toMatchObject({ functionName: 'land', type: 'Event' });
  });

  test('refuses what Lambda refuses', async () => {
    const lambda = new LambdaClient(endpoint.as());
    const large = Buffer.from(`"${'x'.repeat(6 * 1024 * 1024)}"`);
    expect(await nameOf(lambda.send(new InvokeCommand({ FunctionName: 'none' })))).toBe(
      'ResourceNotFoundException',
    );
    expect(await nameOf(lambda.send(new InvokeCommand({ FunctionName: 'land', Payload: 'no json' })))).toBe(
      'InvalidRequestContentException',
    );
    expect(await nameOf(lambda.send(new InvokeCommand({ FunctionName: 'land', Payload: large })))).toBe(
      'RequestTooLargeException',
    );
    const denied = new LambdaClient(
      endpoint.role('caller', [allow('lambda:InvokeFunction', arn('lambda', 'function:other'))]),
    );
    expect(await nameOf(denied.send(new InvokeCommand({ FunctionName: 'land' })))).toBe(
      'AccessDeniedException',
    );
  });

  test('describes a function', async () => {
    const { Runtime } = await new LambdaClient(endpoint.as()).send(
      new GetFunctionConfigurationCommand({ FunctionName: 'land' }),
    );
    expect(Runtime).toBe('nodejs24.x');
  });
});

describe('MSK', () => {
  const ClusterArn = arn('kafka', 'cluster/lake/11111111-2222-3333-4444-555555555555-1');

  beforeAll(() => {
    endpoint.gateway.setMsk({
      clusterArn: ClusterArn,
      clusterName: 'lake',
      clusterType: 'SERVERLESS',
      bootstrapBrokersSaslIam: '127.0.0.1:9098',
    });
  });

  test('answers the brokers of the cluster', async () => {
    const kafka = new KafkaClient(endpoint.role('client', [allow('kafka:GetBootstrapBrokers', ClusterArn)]));
    const { BootstrapBrokerStringSaslIam } = await kafka.send(new GetBootstrapBrokersCommand({ ClusterArn }));
    expect(BootstrapBrokerStringSaslIam).toBe('127.0.0.1:9098');
    expect(await nameOf(kafka.send(new DescribeClusterV2Command({ ClusterArn })))).toBe(
      'AccessDeniedException',
    );
  });

  test('lists and describes', async () => {
    const kafka = new KafkaClient(endpoint.as());
    const { ClusterInfo } = await kafka.send(new DescribeClusterV2Command({ ClusterArn }));
    expect(ClusterInfo).toMatchObject({ ClusterName: 'lake', ClusterType: 'SERVERLESS', State: 'ACTIVE' });
    const { ClusterInfoList } = await kafka.send(new ListClustersV2Command({ ClusterNameFilter: 'la' }));
    expect(ClusterInfoList).toHaveLength(1);
    expect(await nameOf(kafka.send(new DescribeClusterV2Command({ ClusterArn: `${ClusterArn}x` })))).toBe(
      'NotFoundException',
    );
  });

  const tokenOf = async (options: ReturnType<TestEndpoint['as']>): Promise<string> =>
    (
      await generateAuthTokenFromCredentialsProvider({
        region: REGION,
        awsCredentialsProvider: () => Promise.resolve(options.credentials),
      })
    ).token;
  const verify = async (token: string) => {
    const response = await fetch(endpoint.gateway.kafkaTokenUrl, { method: 'POST', body: token });
    return {
      status: response.status,
      ...((await response.json()) as { principal?: string; lifetimeMs?: number; message?: string }),
    };
  };

  test('a token of the signer stands for the role that may connect', async () => {
    const token = await tokenOf(endpoint.role('producer', [allow('kafka-cluster:Connect', ClusterArn)]));
    const verdict = await verify(token);
    expect(verdict).toMatchObject({ status: 200, principal: 'producer' });
    expect((verdict.lifetimeMs ?? 0) - Date.now()).toBeGreaterThan(800_000);
  });

  test('no other token does', async () => {
    const unconnected = await tokenOf(endpoint.role('unconnected', []));
    expect(await verify(unconnected)).toMatchObject({
      status: 403,
      message: expect.stringContaining('kafka-cluster:Connect'),
    });
    const options = endpoint.role('forger', [allow('kafka-cluster:Connect', ClusterArn)]);
    const forged = await tokenOf({
      ...options,
      credentials: { ...options.credentials, secretAccessKey: 'x' },
    });
    expect(await verify(forged)).toMatchObject({ status: 403, message: expect.stringContaining('mismatch') });
    const good = Buffer.from(await tokenOf(options), 'base64url').toString();
    const longer = Buffer.from(good.replace('X-Amz-Expires=900', 'X-Amz-Expires=90000')).toString(
      'base64url',
    );
    expect(await verify(longer)).toMatchObject({ status: 403 });
    expect(await verify('not a token')).toMatchObject({ status: 403 });
  });
});

describe('custom resource responses', () => {
  const response = {
    Status: 'SUCCESS',
    PhysicalResourceId: 'p',
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
    Data: { a: '1' },
  };
  const answer = (url: string, body: unknown) =>
    fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body: JSON.stringify(body) });

  test('reach whoever waits, once', async () => {
    const target = endpoint.gateway.addCfnResponseTarget();
    expect((await answer(target.url, response)).status).toBe(200);
    expect(await target.response).toEqual(response);
    expect((await answer(target.url, response)).status).toBe(403);
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
  test.each([
    ['no physical id', { ...response, PhysicalResourceId: undefined }, 400],
    ['a failure without a reason', { ...response, Status: 'FAILED' }, 400],
    ['more than 4 KB', { ...response, Data: { a: 'x'.repeat(5000) } }, 413],
  ])('%s is refused', async (_name, body, status) => {
    const { url } = endpoint.gateway.addCfnResponseTarget();
    expect((await answer(url, body)).status).toBe(status);
  });
});
