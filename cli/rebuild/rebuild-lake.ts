/** The lake that is rebuilt: a local one that runs, or a stage in an AWS account. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { GlueClient } from '@aws-sdk/client-glue';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { TickerlakeError } from '../../core/errors.ts';
import { type Stage, stackName } from '../../core/names.ts';
import { statePaths } from '../../local/state.ts';
import { assembliesIn, synthesize } from '../assembly/synthesize.ts';
import type { CommandContext } from '../context.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { readDeployedStacks } from '../lake/deployed-stacks.ts';
import { openRunningLake } from '../lake/running-lake.ts';

export interface RebuildLake extends Pick<LakeConnection, 'stage' | 'outputs'> {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** The template of the stack that has the catalog's tables, as JSON. */
  readonly readTemplate: () => Promise<string>;
  /** Has whatever runs Spark jobs be there. */
  readonly prepareSpark: () => Promise<void>;
}

const ROOT = join(import.meta.dirname, '../..');

/** @throws TickerlakeError LAKE_NOT_RUNNING, or USAGE if the lake that runs is of another stage */
export function openLocalLake(context: CommandContext, stage: Stage): RebuildLake {
  const { env, signal } = context;
  const lake = openRunningLake(env);
  if (lake.stage !== stage) {
    throw new TickerlakeError('USAGE', `the lake that runs is of stage ${lake.stage}, not ${stage}`, {
      hint: `tickerlake rebuild --stage ${lake.stage}, or --aws for a stage that is deployed`,
    });
  }
  const { outputs, endpoint, region, operator: credentials } = lake;
  const config = { endpoint, region, credentials };
  return {
    stage,
    outputs,
    athena: new AthenaClient(config),
    glue: new GlueClient(config),
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
    readTemplate: async () => {
      const cacheDir = assembliesIn(statePaths(env).folder);
      const { directory } = await synthesize({ root: ROOT, stage, cacheDir, env, signal });
      return readFile(join(directory, `${stackName(stage, 'lake')}.template.json`), 'utf8');
    },
    prepareSpark: () => fetchEngine('spark', context),
  };
}

/** @throws TickerlakeError RESOURCE_FAILED if one of the stage's stacks is not there */
export async function openDeployedLake(stage: Stage): Promise<RebuildLake> {
  const cfn = new CloudFormationClient({});
  const { outputs } = await readDeployedStacks(cfn, stage);
  return {
    stage,
    outputs,
    athena: new AthenaClient({}),
    glue: new GlueClient({}),
    lambda: new LambdaClient({ maxAttempts: 1 }),
    s3: new S3Client({}),
    sqs: new SQSClient({}),
    readTemplate: async () => {
      const StackName = stackName(stage, 'lake');
      const answer = await cfn.send(new GetTemplateCommand({ StackName, TemplateStage: 'Processed' }));
      return answer.TemplateBody ?? '';
    },
    prepareSpark: () => Promise.resolve(),
  };
}

export function closeLake({ athena, glue, lambda, s3, sqs }: RebuildLake): void {
  for (const client of [athena, glue, lambda, s3, sqs]) client.destroy();
}
