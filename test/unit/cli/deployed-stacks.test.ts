/** What is taken for a deployed stage, and what is refused by the name and state of its stack. */
import { describe, expect, test } from '@jest/globals';
import { readDeployedStacks } from '../../../cli/lake/deployed-stacks.ts';
import { scriptedClient } from './scripted-lake.ts';

const PARTS = ['stream', 'lake', 'pipeline', 'query', 'jobs', 'serving'];

/** CloudFormation with a network stack on its first page, and these on its second. */
function cfnOf(parts: readonly string[], states: Readonly<Record<string, string>> = {}): never {
  const stack = (part: string): object => ({
    StackName: `tickerlake-dev-${part}`,
    StackStatus: states[part] ?? 'UPDATE_COMPLETE',
    Outputs: states[part] === 'REVIEW_IN_PROGRESS' ? [] : [{ OutputKey: 'Name', OutputValue: part }],
  });
  return scriptedClient({
    DescribeStacksCommand: ({ NextToken }: { NextToken?: string }) =>
      NextToken === undefined
        ? {
            Stacks: [stack('network'), { StackName: 'another', StackStatus: 'ROLLBACK_COMPLETE' }],
            NextToken: 'more',
          }
        : { Stacks: parts.map(stack) },
    ListStackResourcesCommand: ({ StackName }: { StackName: string }) => ({
      StackResourceSummaries: [
        { ResourceType: 'AWS::CloudWatch::Alarm', PhysicalResourceId: `${StackName}-alarm` },
        { ResourceType: 'AWS::SQS::Queue', PhysicalResourceId: 'queue' },
      ],
    }),
  }) as never;
}

describe('a deployed stage', () => {
  test('is read from its stacks, page by page', async () => {
    const { outputs, alarms } = await readDeployedStacks(cfnOf(PARTS), 'dev');
    expect(Object.keys(outputs)).toHaveLength(7);
    expect(outputs['tickerlake-dev-lake']).toEqual({ Name: 'lake' });
    expect(alarms).toContain('tickerlake-dev-stream-alarm');
    expect(alarms).toHaveLength(7);
  });

  test('without one of its stacks is refused by its name', async () => {
    await expect(readDeployedStacks(cfnOf(PARTS.slice(1)), 'dev')).rejects.toMatchObject({
      message: 'stack tickerlake-dev-stream is not deployed in this account and region',
      hint: 'AWS_PROFILE and AWS_REGION, or npx cdk deploy --all --context stage=dev',
    });
  });

  test.each([
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE',
    'IMPORT_COMPLETE',
  ])('is well with a stack in %s', async (state) => {
    const { outputs } = await readDeployedStacks(cfnOf(PARTS, { lake: state }), 'dev');
    expect(outputs['tickerlake-dev-lake']).toEqual({ Name: 'lake' });
  });

  test.each([
    ['ROLLBACK_COMPLETE', 'aws cloudformation describe-stack-events --stack-name tickerlake-dev-lake'],
    ['REVIEW_IN_PROGRESS', 'npx cdk deploy --all --context stage=dev'],
    ['UPDATE_ROLLBACK_FAILED', 'npx cdk rollback tickerlake-dev-lake --context stage=dev'],
    ['UPDATE_FAILED', 'npx cdk rollback tickerlake-dev-lake --context stage=dev'],
    [
      'UPDATE_IN_PROGRESS',
      'wait until it is done: aws cloudformation describe-stacks --stack-name tickerlake-dev-lake',
    ],
    ['DELETE_FAILED', 'aws cloudformation describe-stack-events --stack-name tickerlake-dev-lake'],
  ])('is refused with a stack in %s, and says what to try', async (state, hint) => {
    await expect(readDeployedStacks(cfnOf(PARTS, { lake: state }), 'dev')).rejects.toMatchObject({
      code: 'RESOURCE_FAILED',
      message: `stack tickerlake-dev-lake is in state ${state}`,
      coordinates: { stack: 'tickerlake-dev-lake', state },
      hint: expect.stringContaining(hint),
    });
  });

  test('is refused with an optional stack that is not well', async () => {
    const cfn = cfnOf([...PARTS, 'operations'], { operations: 'ROLLBACK_COMPLETE' });
    await expect(readDeployedStacks(cfn, 'dev')).rejects.toMatchObject({
      message: 'stack tickerlake-dev-operations is in state ROLLBACK_COMPLETE',
    });
  });
});
