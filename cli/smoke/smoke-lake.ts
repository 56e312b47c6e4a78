/** The lake that a smoke test looks at: a local one that runs, or a stage in an AWS account. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { GlueClient } from '@aws-sdk/client-glue';
import { KafkaClient } from '@aws-sdk/client-kafka';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { TickerlakeError } from '../../core/errors.ts';
import type { Stage } from '../../core/names.ts';
import { connectToTopic } from '../lake/clients.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { readDeployedStacks } from '../lake/deployed-stacks.ts';
import { openRunningLake } from '../lake/running-lake.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { withReader } from '../serving/reader.ts';
import type { CoordinateRange } from './coordinate-range.ts';
import { countServedRows } from './served-rows.ts';

/** What can be seen only from where broker and database can be reached: not from outside the VPC. */
export interface InsideView {
  /** Partitions of a topic, as the broker says. */
  readonly countPartitions: (topic: string) => Promise<number>;
  /** Rows of the serving database that repeat quotes of these ranges. */
  readonly countServed: (ranges: readonly CoordinateRange[]) => Promise<number>;
}

export interface SmokeLake extends Pick<LakeConnection, 'stage' | 'outputs'> {
  readonly athena: AthenaClient;
  readonly cloudwatch: CloudWatchClient;
  readonly glue: GlueClient;
  readonly kafka: KafkaClient;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  /** Names that the stage's stacks gave its alarms; undefined where there is no CloudFormation to ask. */
  readonly alarms: readonly string[] | undefined;
  readonly inside: InsideView | undefined;
}

type ClientConfig = Pick<LakeConnection, 'region'> & {
  readonly endpoint: string;
  readonly credentials: LakeConnection['operator'];
};

function createClients(
  config: Partial<ClientConfig>,
): Omit<SmokeLake, 'stage' | 'outputs' | 'alarms' | 'inside'> {
  return {
    athena: new AthenaClient(config),
    cloudwatch: new CloudWatchClient(config),
    glue: new GlueClient(config),
    kafka: new KafkaClient(config),
    // An invocation must not be sent twice: the quotes would be produced twice.
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
    sqs: new SQSClient(config),
    ssm: new SSMClient(config),
  };
}

/**
 * The lake that `up` holds, seen as a plain client sees it.
 * @throws TickerlakeError LAKE_NOT_RUNNING, or USAGE if it is of another stage
 */
export function openLocalLake(env: NodeJS.ProcessEnv, stage: Stage): SmokeLake {
  const lake = openRunningLake(env);
  if (lake.stage !== stage) {
    throw new TickerlakeError('USAGE', `the lake that runs is of stage ${lake.stage}, not ${stage}`, {
      hint: `tickerlake smoke --stage ${lake.stage}, or --aws for a stage that is deployed`,
    });
  }
  return lakeAt(lake);
}

/** A local lake by its connection. */
export function lakeAt(lake: LakeConnection): SmokeLake {
  const { stage, outputs, endpoint, region, operator: credentials } = lake;
  const clients = createClients({ endpoint, region, credentials });
  return {
    stage,
    outputs,
    ...clients,
    alarms: undefined,
    inside: {
      countPartitions: async (topic) =>
        (await readTopicOffsets(await connectToTopic(lake, clients.kafka), topic)).length,
      countServed: (ranges) => withReader(lake, (client) => countServedRows(client, ranges)),
    },
  };
}

/**
 * A stage in the account and region of the environment: AWS_PROFILE, AWS_REGION and all else that an AWS client reads.
 * @throws TickerlakeError RESOURCE_FAILED if one of its stacks is not there
 */
export async function openDeployedLake(stage: Stage): Promise<SmokeLake> {
  const cfn = new CloudFormationClient({});
  try {
    const { outputs, alarms } = await readDeployedStacks(cfn, stage);
    return { stage, outputs, alarms, ...createClients({}), inside: undefined };
  } finally {
    cfn.destroy();
  }
}

export function closeLake({ athena, cloudwatch, glue, kafka, lambda, sqs, ssm }: SmokeLake): void {
  for (const client of [athena, cloudwatch, glue, kafka, lambda, sqs, ssm]) client.destroy();
}
