import type { Stack } from 'aws-cdk-lib';
import { Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StackPart } from '../core/names.ts';
import { PROJECT, stackName } from '../core/names.ts';
import type { StageConfig } from './config/stage-config.ts';
import { JobsStack } from './stacks/jobs-stack.ts';
import { LakeStack } from './stacks/lake-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { QueryStack } from './stacks/query-stack.ts';
import { ServingStack } from './stacks/serving-stack.ts';
import { StreamStack } from './stacks/stream-stack.ts';

/**
 * Adds the stacks of one stage. What keeps data (stream, lake, serving) stands apart from what moves or shows it (pipeline, query),
 * so that the latter can be removed and deployed again.
 *
 * The place of the others: Jobs after pipeline, Dashboard after query, Operations last.
 */
export function addStacks(scope: Construct, config: StageConfig): void {
  const { stage } = config;
  const keepsData = { config, terminationProtection: stage === 'prod' };

  const network = new NetworkStack(scope, stackName(stage, 'network'), {
    config,
    description: 'tickerlake: VPC of brokers and their clients',
  });
  const stream = new StreamStack(scope, stackName(stage, 'stream'), {
    ...keepsData,
    description: 'tickerlake: Kafka cluster, topics and schemas',
    network: network.network,
  });
  const lake = new LakeStack(scope, stackName(stage, 'lake'), {
    ...keepsData,
    description: 'tickerlake: buckets, their key, and the catalog',
  });
  const serving = new ServingStack(scope, stackName(stage, 'serving'), {
    ...keepsData,
    description: 'tickerlake: database of the watchlist, its schema and its crawler',
    network: network.network,
  });
  const pipeline = new PipelineStack(scope, stackName(stage, 'pipeline'), {
    config,
    description: 'tickerlake: functions that produce, land, curate, filter and serve quotes',
    network: network.network,
    cluster: stream.cluster,
    registry: stream.registry,
    quotesSchema: stream.quotesSchema,
    storage: lake.storage,
    catalog: lake.catalog,
    database: serving.database,
  });
  const query = new QueryStack(scope, stackName(stage, 'query'), {
    config,
    description: 'tickerlake: Athena workgroup, views and named queries',
    storage: lake.storage,
    catalog: lake.catalog,
  });

  const jobs = new JobsStack(scope, stackName(stage, 'jobs'), {
    config,
    description: 'tickerlake: Spark jobs, what starts them, and the crawler of files from outside',
    storage: lake.storage,
    catalog: lake.catalog,
  });

  // Names pass between stacks without a reference as well: a database's, a registry's.
  stream.addStackDependency(network);
  serving.addStackDependency(network);
  pipeline.addStackDependency(stream);
  pipeline.addStackDependency(lake);
  pipeline.addStackDependency(serving);
  query.addStackDependency(lake);
  jobs.addStackDependency(query);

  tag({ network, stream, lake, serving, pipeline, query, jobs }, config);
}

/** Cost allocation tags: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/custom-tags.html */
function tag(stacks: Readonly<Record<StackPart, Stack>>, { stage }: StageConfig): void {
  for (const [capability, stack] of Object.entries(stacks)) {
    Tags.of(stack).add('project', PROJECT);
    Tags.of(stack).add('stage', stage);
    Tags.of(stack).add('capability', capability);
  }
}
