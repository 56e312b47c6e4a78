import { cronFault, isFasterThanGlue, rateFault } from './cron.ts';
import { dig } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

/** Where each service has its expression, and what it takes beside cron. */
const EVENTBRIDGE = [
  { type: 'AWS::Events::Rule', property: 'ScheduleExpression', units: ['minute', 'hour', 'day'], at: false },
  {
    type: 'AWS::Scheduler::Schedule',
    property: 'ScheduleExpression',
    units: ['minute', 'hour', 'day'],
    at: true,
  },
  {
    type: 'AWS::SecretsManager::RotationSchedule',
    property: 'RotationRules.ScheduleExpression',
    units: ['hour', 'day'],
    at: false,
  },
] as const;

const AT = /^at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)$/;

const SCHEDULE: Guardrail = {
  id: 'schedule-expression',
  forbids: 'a schedule of EventBridge or Secrets Manager that does not parse',
  why: 'it is refused when all else is there already',
  source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html',
  *check(deployment) {
    for (const { type, property, units, at } of EVENTBRIDGE)
      for (const resource of deployment.ofType(type)) {
        const value = dig(resource.properties, property);
        if (value === undefined && type !== 'AWS::Scheduler::Schedule') continue;
        const expression = deployment.text(value, resource.stack);
        const isAt = at && AT.test(expression);
        const problem = expression.startsWith('rate(') ? rateFault(expression, units) : cronFault(expression);
        if (problem !== undefined && !isAt)
          yield {
            resource,
            property,
            value,
            allowed: `rate(4 ${units[units.length - 1] ?? ''}s), or cron(0 18 ? * MON-FRI *) with six fields; it ${problem}`,
            fix: 'use a Duration of CDK, or write the six fields with ? in one of the two days',
          };
      }
  },
};

const GLUE_SCHEDULE: Guardrail = {
  id: 'glue-schedule',
  forbids:
    'a schedule of a Glue trigger or crawler that is not cron of six fields, or runs more often than every five minutes',
  why: 'Glue knows no rate(), and refuses the trigger or crawler',
  source: 'https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html',
  *check(deployment) {
    const places = [
      { type: 'AWS::Glue::Trigger', property: 'Schedule' },
      { type: 'AWS::Glue::Crawler', property: 'Schedule.ScheduleExpression' },
    ];
    for (const { type, property } of places)
      for (const resource of deployment.ofType(type)) {
        const value = dig(resource.properties, property);
        const isRequired = resource.properties['Type'] === 'SCHEDULED';
        if (value === undefined && !isRequired) continue;
        const expression = deployment.text(value, resource.stack);
        const isTooFast = 'runs more often than every five minutes';
        const problem = cronFault(expression) ?? (isFasterThanGlue(expression) ? isTooFast : undefined);
        if (problem !== undefined)
          yield {
            resource,
            property,
            value,
            allowed: `cron(10 * * * ? *), every five minutes at most; it ${problem}`,
            fix: 'set jobs.compactionSchedule, or the schedule of the crawler, so',
          };
      }
  },
};

export const SCHEDULE_GUARDRAILS: readonly Guardrail[] = [SCHEDULE, GLUE_SCHEDULE];
