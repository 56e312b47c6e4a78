import type { Stack } from 'aws-cdk-lib';
import { Annotations, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StackPart } from '../core/names.ts';
import { PROJECT, stackName } from '../core/names.ts';
import type { StageConfig } from './config/stage-config.ts';
import { DashboardStack } from './stacks/dashboard-stack.ts';
import { JobsStack } from './stacks/jobs-stack.ts';
import { LakeStack } from './stacks/lake-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { OperationsStack } from './stacks/operations-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { QueryStack } from './stacks/query-stack.ts';
import { ServingStack } from './stacks/serving-stack.ts';
import { StreamStack } from './stacks/stream-stack.ts';

/**
 * Adds the stacks of one stage. What keeps data (stream, lake, serving) stands apart from what moves or shows it (pipeline, query),
 * so that the latter can be removed and deployed again.
 *
 * The dashboard is there only where somebody is named who may see it. Operations comes last, since it watches the others.
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

  const operations = new OperationsStack(scope, stackName(stage, 'operations'), {
    config,
    description: 'tickerlake: dashboard of operations, freshness probe, sums of alarms, and costs',
    storage: lake.storage,
    catalog: lake.catalog,
    workgroup: query.etl,
    watched: [network, stream, lake, serving, pipeline, query, jobs],
  });

  // Names pass between stacks without a reference as well: a database's, a registry's.
  stream.addStackDependency(network);
  serving.addStackDependency(network);
  pipeline.addStackDependency(stream);
  pipeline.addStackDependency(lake);
  pipeline.addStackDependency(serving);
  query.addStackDependency(lake);
  jobs.addStackDependency(query);
  operations.addStackDependency(pipeline);
  operations.addStackDependency(jobs);

  tag({ network, stream, lake, serving, pipeline, query, jobs, operations }, config);
  const { dashboardLogin: login } = serving;
  if (login === undefined) {
    tellOfDashboard(query, config);
    return;
  }
  const dashboard = new DashboardStack(scope, stackName(stage, 'dashboard'), {
    config,
    description: 'tickerlake: what QuickSight shows of the lake and of the serving database',
    network: network.network,
    cluster: stream.cluster,
    storage: lake.storage,
    catalog: lake.catalog,
    workgroup: query.dashboards,
    database: serving.database,
    login,
  });
  // Its data sources are tried when they are made: views, tables and users have to be there.
  dashboard.addStackDependency(query);
  dashboard.addStackDependency(serving);
  tag({ dashboard }, config);
}

/** Principals of QuickSight have to exist, so there is no dashboard by default. */
function tellOfDashboard(query: QueryStack, { stage }: StageConfig): void {
  Annotations.of(query).addInfoV2(
    'tickerlake:no-dashboard',
    `no ${stackName(stage, 'dashboard')}: to have one, set tickerlake.${stage}.dashboard.authors in the context to ARNs of QuickSight users or groups (docs/dashboard.md)`,
  );
}

/** Cost allocation tags: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/custom-tags.html */
function tag(stacks: Readonly<Partial<Record<StackPart, Stack>>>, { stage }: StageConfig): void {
  for (const [capability, stack] of Object.entries(stacks)) {
    Tags.of(stack).add('project', PROJECT);
    Tags.of(stack).add('stage', stage);
    Tags.of(stack).add('capability', capability);
  }
}
