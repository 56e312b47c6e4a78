import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { AthenaClient } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import { KafkaClient } from '@aws-sdk/client-kafka';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Kafka } from 'kafkajs';
import { connectKafka } from '../../adapters/kafka.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { QueryEngine } from '../athena/formats.ts';
import { type Credentials, type LakeConnection, outputOf } from './connection.ts';

/** Plain AWS SDK clients pointed at a running lake: a command has no private way in. */
export class LakeClients {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  readonly msk: KafkaClient;
  private readonly athenaOnTrino: AthenaClient;

  constructor(lake: LakeConnection, credentials: Credentials = lake.operator) {
    const config = { endpoint: lake.endpoint, region: lake.region, credentials };
    this.athena = new AthenaClient(config);
    this.athenaOnTrino = new AthenaClient({ ...config, endpoint: `${lake.endpoint}/trino` });
    this.glue = new GlueClient(config);
    // An invocation lasts as long as the function may, and must not be sent twice.
    this.lambda = new LambdaClient({ ...config, maxAttempts: 1 });
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
    this.sqs = new SQSClient(config);
    this.ssm = new SSMClient(config);
    this.sts = new STSClient(config);
    this.msk = new KafkaClient(config);
  }

  /** The endpoint's path is what chooses the engine, for any client of Athena. */
  athenaOn(engine: QueryEngine): AthenaClient {
    return engine === 'trino' ? this.athenaOnTrino : this.athena;
  }

  close(): void {
    const { athena, athenaOnTrino, glue, lambda, s3, sqs, ssm, sts, msk } = this;
    for (const client of [athena, athenaOnTrino, glue, lambda, s3, sqs, ssm, sts, msk]) client.destroy();
  }
}

/** A Kafka client with the credentials of whoever owns `msk`: IAM token over TLS, as on AWS. */
export async function connectToTopic(lake: LakeConnection, msk: KafkaClient): Promise<Kafka> {
  trustBroker(lake.caFile);
  return connectKafka({
    client: msk,
    clusterArn: outputOf(lake, 'stream', 'ClusterArn'),
    clientId: 'tickerlake-cli',
  });
}

const trusted = new Set<string>();

/** NODE_EXTRA_CA_CERTS is read at a process's start only; this one learns of the broker later. */
function trustBroker(caFile: string): void {
  const pem = readFileSync(caFile, 'utf8');
  if (trusted.has(pem)) return;
  setDefaultCACertificates([...getCACertificates('default'), pem]);
  trusted.add(pem);
}

/** Temporary credentials of a role. */
export async function assumeRole(sts: STSClient, roleArn: string, sessionName: string): Promise<Credentials> {
  const { Credentials: issued } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: sessionName }),
  );
  if (!issued?.AccessKeyId || !issued.SecretAccessKey || !issued.SessionToken) {
    throw new TickerlakeError('RESOURCE_FAILED', `STS gave no credentials for ${roleArn}`);
  }
  return {
    accessKeyId: issued.AccessKeyId,
    secretAccessKey: issued.SecretAccessKey,
    sessionToken: issued.SessionToken,
  };
}

/** ARN of the role that a function runs as. */
export async function roleOfFunction(lambda: LambdaClient, functionName: string): Promise<string> {
  const { Role: role } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  if (role !== undefined) return role;
  throw new TickerlakeError('RESOURCE_FAILED', `function ${functionName} has no role`);
}
