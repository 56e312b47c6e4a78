/** What CloudFormation says of a stage that is deployed: where `up` has a run file, an account has its stacks. */
import {
  type CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Stack,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { TickerlakeError } from '../../core/errors.ts';
import { type StackPart, type Stage, stackName } from '../../core/names.ts';
import type { LakeConnection, StackOutputs } from './connection.ts';

/** Stacks that every stage has; those that are optional are read where they are there. */
const NEEDED = ['stream', 'lake', 'pipeline', 'query', 'jobs', 'serving'] as const satisfies StackPart[];

export interface DeployedStacks {
  readonly outputs: LakeConnection['outputs'];
  /** Names of the stage's alarms, composite ones as well, as its stacks made them. */
  readonly alarms: readonly string[];
}

const ALARM_TYPES = new Set(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']);

/**
 * States of a stack whose resources are all there. A rolled back update is among them: the stack is what it was before, and works.
 * A rolled back creation is not. AWS calls them the last known stable states; a cleanup only removes what was replaced.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
 */
const WELL: ReadonlySet<string> = new Set<StackStatus>([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
]);

/** @throws TickerlakeError RESOURCE_FAILED naming the stack that is not there, or is not well, an optional one as well */
export async function readDeployedStacks(cfn: CloudFormationClient, stage: Stage): Promise<DeployedStacks> {
  const stacks = await findStacks(cfn, stage);
  const outputs: Record<string, Record<string, string>> = {};
  for (const { StackName: name = '', StackStatus: state = 'unknown', Outputs: found = [] } of stacks) {
    if (!WELL.has(state)) throw unwell(stage, name, state);
    outputs[name] = Object.fromEntries(
      found.map(({ OutputKey: key = '', OutputValue: value = '' }) => [key, value]),
    );
  }
  for (const part of NEEDED) {
    const name = stackName(stage, part);
    if (outputs[name] !== undefined) continue;
    throw new TickerlakeError('RESOURCE_FAILED', `stack ${name} is not deployed in this account and region`, {
      coordinates: { stack: name },
      hint: `AWS_PROFILE and AWS_REGION, or npx cdk deploy --all --context stage=${stage}`,
    });
  }
  const alarms: string[] = [];
  for (const { StackName: name = '' } of stacks) alarms.push(...(await alarmsOf(cfn, name)));
  return { outputs, alarms };
}

function unwell(stage: Stage, stack: string, state: string): TickerlakeError {
  return new TickerlakeError('RESOURCE_FAILED', `stack ${stack} is in state ${state}`, {
    coordinates: { stack, state },
    hint: nextStep(stage, stack, state),
  });
}

function nextStep(stage: Stage, stack: string, state: string): string {
  const deploy = `npx cdk deploy --all --context stage=${stage}`;
  // A change set made it, and none was ever executed.
  if (state === 'REVIEW_IN_PROGRESS') return deploy;
  if (state.endsWith('_IN_PROGRESS')) {
    return `wait until it is done: aws cloudformation describe-stacks --stack-name ${stack} --query 'Stacks[0].StackStatus'`;
  }
  if (state === 'UPDATE_FAILED' || state === 'UPDATE_ROLLBACK_FAILED') {
    return `npx cdk rollback ${stack} --context stage=${stage}, then ${deploy}`;
  }
  return `why: aws cloudformation describe-stack-events --stack-name ${stack}; then ${deploy}`;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
async function findStacks(cfn: CloudFormationClient, stage: Stage): Promise<readonly Stack[]> {
  const prefix = stackName(stage, 'network').slice(0, -'network'.length);
  const stacks: Stack[] = [];
  let token: string | undefined;
  do {
    const page = await cfn.send(new DescribeStacksCommand({ NextToken: token }));
    stacks.push(...(page.Stacks ?? []).filter(({ StackName: name = '' }) => name.startsWith(prefix)));
    token = page.NextToken;
  } while (token !== undefined);
  return stacks;
}

async function alarmsOf(cfn: CloudFormationClient, name: string): Promise<readonly string[]> {
  const alarms: string[] = [];
  let token: string | undefined;
  do {
    const page = await cfn.send(new ListStackResourcesCommand({ StackName: name, NextToken: token }));
    for (const { ResourceType: type = '', PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
      if (ALARM_TYPES.has(type) && id !== undefined) alarms.push(id);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return alarms;
}

/** Outputs that only checks of a deployment read, beside those of every command. */
interface MoreOutputs {
  readonly jobs: 'ListingCrawlerName';
  readonly serving: 'CrawlerName';
}

type OutputOf<Part extends keyof StackOutputs> =
  | StackOutputs[Part]
  | (Part extends keyof MoreOutputs ? MoreOutputs[Part] : never);

/** A stack's output, wherever the stage runs. @throws TickerlakeError RESOURCE_FAILED */
export function stackOutput<Part extends keyof StackOutputs>(
  lake: Pick<LakeConnection, 'stage' | 'outputs'>,
  part: Part,
  id: OutputOf<Part>,
): string {
  const stack = stackName(lake.stage, part);
  const value = lake.outputs[stack]?.[id];
  if (value !== undefined) return value;
  throw new TickerlakeError('RESOURCE_FAILED', `stack ${stack} has no output ${id}`, {
    coordinates: { stack, output: id },
    hint: 'deploy the revision that this command is of, or start the local lake again',
  });
}
