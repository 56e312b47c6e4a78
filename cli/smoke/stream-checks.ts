/** Topics, and the functions that read them. */
import { DescribeClusterV2Command, DescribeTopicCommand } from '@aws-sdk/client-kafka';
import {
  type EventSourceMappingConfiguration,
  type LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { TOPICS } from '../../core/topics.ts';
import type { StackOutputs } from '../lake/connection.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import { failed, ok, skipped, type Verdict } from './check.ts';
import type { SmokeLake } from './smoke-lake.ts';

const ALL_TOPICS = Object.values(TOPICS);

/**
 * Topics by the broker where it can be reached, else by MSK's own API, which has them of provisioned clusters only:
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
 */
export async function checkTopics(lake: SmokeLake): Promise<Verdict> {
  const clusterArn = stackOutput(lake, 'stream', 'ClusterArn');
  const { ClusterInfo: cluster } = await lake.kafka.send(
    new DescribeClusterV2Command({ ClusterArn: clusterArn }),
  );
  if (cluster?.State !== 'ACTIVE') {
    return failed(
      `the cluster is ${cluster?.State ?? 'not there'}`,
      `aws kafka describe-cluster-v2 --cluster-arn ${clusterArn}`,
    );
  }
  if (lake.inside === undefined && cluster.ClusterType === 'SERVERLESS') {
    return skipped(
      'not checked from here: a serverless cluster names its topics only inside its VPC; `produce` shows which partitions take quotes',
      'nothing; from inside the VPC: kafka-topics.sh --describe --bootstrap-server <broker> --command-config client.properties',
    );
  }
  const found = await Promise.all(
    ALL_TOPICS.map(async ({ name, partitions }) => {
      const there = await (lake.inside?.countPartitions(name) ?? describeTopic(lake, clusterArn, name));
      return { name, partitions, there };
    }),
  );
  const wrong = found.filter(({ partitions, there }) => partitions !== there);
  if (wrong.length === 0) {
    return ok(found.map(({ name, there }) => `${name} has ${there} partitions`).join(', '));
  }
  return failed(
    wrong
      .map(({ name, partitions, there }) => `topic ${name} has ${there} partitions, not ${partitions}`)
      .join('; '),
    `npx cdk deploy --context stage=${lake.stage} tickerlake-${lake.stage}-stream: function manage-topics makes and widens topics`,
  );
}

async function describeTopic({ kafka }: SmokeLake, clusterArn: string, topic: string): Promise<number> {
  const { PartitionCount: count = 0 } = await kafka.send(
    new DescribeTopicCommand({ ClusterArn: clusterArn, TopicName: topic }),
  );
  return count;
}

const CONSUMERS = [
  'LandQuotesFunctionName',
  'LandQuotesFilteredFunctionName',
  'CurateQuotesFunctionName',
  'CurateQuotesFilteredFunctionName',
  'FilterQuotesFunctionName',
  'ServeQuotesFunctionName',
] as const satisfies readonly StackOutputs['pipeline'][];

/** What Lambda says a mapping's poller met last: https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
const PROBLEM = /^PROBLEM/i;

/** Every function that reads a topic or a queue has an event source that polls. */
export async function checkConsumers(lake: SmokeLake): Promise<Verdict> {
  const functions = CONSUMERS.map((id) => stackOutput(lake, 'pipeline', id));
  const faults = await Promise.all(functions.map((name) => faultOf(lake.lambda, name)));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length === 0) return ok(`${functions.length} functions have an event source that polls`);
  return failed(
    found.join('; '),
    'aws lambda list-event-source-mappings --function-name <name>; docs/runbook.md, landing-lag',
  );
}

async function faultOf(lambda: LambdaClient, functionName: string): Promise<string | undefined> {
  const { EventSourceMappings: mappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionName }),
  );
  if (mappings.length === 0) return `${functionName} has no event source`;
  return mappings.map((mapping) => mappingFault(functionName, mapping)).find((fault) => fault !== undefined);
}

function mappingFault(functionName: string, mapping: EventSourceMappingConfiguration): string | undefined {
  const { State: state = 'unknown', LastProcessingResult: result = '' } = mapping;
  if (state !== 'Enabled') return `the event source of ${functionName} is ${state}`;
  return PROBLEM.test(result) ? `the event source of ${functionName} says ${result}` : undefined;
}
