/** EventBridge rules and EventBridge Scheduler: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Events.html */
import { randomUUID } from 'node:crypto';
import { arn } from '../arn.ts';
import type { EventTarget } from '../gateway/index.ts';
import type { ScheduleExpression } from '../sources/schedule-expression.ts';
import { parseSchedule } from '../sources/schedule-expression.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';
import { trustsService } from './role-book.ts';

function provisionRule(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 64);
  const ruleArn = arn(cloud, 'events', `rule/${name}`);
  const state = request.optionalText('State') === 'DISABLED' ? 'DISABLED' : 'ENABLED';
  const targets = request.items('Targets');
  const eventPattern = request.optionalObject('EventPattern');
  if (eventPattern !== undefined) {
    cloud.gateway.putEventRule({
      name,
      arn: ruleArn,
      eventPattern,
      state,
      targets: targets.map((target) => eventTarget(target, cloud)),
    });
  }
  const expression = request.optionalText('ScheduleExpression');
  if (expression !== undefined && state === 'ENABLED') {
    for (const target of targets) {
      cloud.schedules.add({
        name,
        text: expression,
        expression: schedule(request, expression),
        targetArn: functionArn(target, cloud),
        event: (atMs) => scheduledEvent(target.optionalText('Input'), ruleArn, atMs, cloud),
      });
    }
  }
  return { ref: name, attributes: { Arn: ruleArn } };
}

/** What the gateway does with a target; retries of a delivery are its own. */
const TARGET_PROPERTIES = new Set([
  'Arn',
  'Id',
  'Input',
  'InputPath',
  'DeadLetterConfig',
  'RetryPolicy',
  'RoleArn',
]);

function eventTarget(target: ResourceRequest, cloud: Cloud): EventTarget {
  const unknown = Object.keys(target.properties).find((name) => !TARGET_PROPERTIES.has(name));
  if (unknown !== undefined) {
    throw target.error(unknown, 'is not known to the runner', 'add it to local/resources/events.ts');
  }
  const input = target.optionalText('Input');
  const inputPath = target.optionalText('InputPath');
  const deadLetterArn = target.within('DeadLetterConfig').optionalText('Arn');
  const roleArn = target.optionalText('RoleArn');
  const role = roleArn === undefined ? undefined : cloud.roles.get(roleArn);
  if (role !== undefined && !trustsService(role, 'events.amazonaws.com'))
    throw target.error('RoleArn', `${role.name} does not trust events.amazonaws.com`);
  return {
    id: target.text('Id'),
    arn: target.text('Arn'),
    ...(role === undefined ? {} : { roleName: role.name }),
    ...(input === undefined ? {} : { input }),
    ...(inputPath === undefined ? {} : { inputPath }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
function scheduledEvent(input: string | undefined, ruleArn: string, atMs: number, cloud: Cloud): unknown {
  if (input !== undefined) return JSON.parse(input);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: cloud.account,
    time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: cloud.region,
    resources: [ruleArn],
    detail: {},
  };
}

function provisionSchedule(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 64);
  const group = request.optionalText('GroupName') ?? 'default';
  const target = request.within('Target');
  const text = request.text('ScheduleExpression');
  const targetArn = functionArn(target, cloud);
  const { name: roleName } = cloud.roles.get(target.text('RoleArn'));
  const input = target.optionalText('Input');
  if (request.optionalText('State') !== 'DISABLED') {
    const expression = schedule(request, text, request.optionalText('ScheduleExpressionTimezone'));
    const event = (atMs: number): unknown => schedulerInput(input, atMs);
    cloud.schedules.add({ name, text, expression, targetArn, roleName, event });
  }
  return { ref: name, attributes: { Arn: arn(cloud, 'scheduler', `schedule/${group}/${name}`) } };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function schedulerInput(input: string | undefined, atMs: number): unknown {
  const time = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return JSON.parse((input ?? '{}').replaceAll('<aws.scheduler.scheduled-time>', time));
}

function schedule(request: ResourceRequest, text: string, timeZone?: string): ScheduleExpression {
  try {
    return parseSchedule(text, timeZone);
  } catch (error) {
    throw request.error('ScheduleExpression', error instanceof Error ? error.message : String(error));
  }
}

/** ARN of the target, which must be a function of these stacks. */
function functionArn(target: ResourceRequest, cloud: Cloud): string {
  const targetArn = target.text('Arn');
  if (targetArn.split(':')[2] !== 'lambda') {
    throw target.error('Arn', `${targetArn} is no function: schedules call functions only`);
  }
  return cloud.functions.pool(targetArn).definition.arn;
}

export const eventTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Events::Rule',
    level: 'run',
    behind: 'the gateway matches and delivers; schedules fire while `up` runs',
    effective: ['EventPattern', 'Name', 'ScheduleExpression', 'State', 'Targets'],
    inert: ['Description', 'Tags'],
    provision: provisionRule,
  },
  {
    type: 'AWS::Scheduler::Schedule',
    level: 'run',
    behind: 'a timer that invokes the function while `up` runs',
    effective: ['GroupName', 'Name', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'State', 'Target'],
    inert: ['Description', 'FlexibleTimeWindow'],
    provision: provisionSchedule,
  },
  checkedType('AWS::Scheduler::ScheduleGroup', 'a name only', (request, cloud) => {
    const name = request.physicalName('Name', 64);
    return { ref: name, attributes: { Arn: arn(cloud, 'scheduler', `schedule-group/${name}`) } };
  }),
];
