/**
 * Jobs, workflows, triggers, table optimizers and data quality rulesets of AWS Glue:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Glue.html
 */
import type { GlueTrigger, TriggerAction, TriggerCondition } from '../gateway/index.ts';
import { parseSchedule } from '../sources/schedule-expression.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { trustsService } from './role-book.ts';

/** What stands behind a job here is Spark 3.5 and Iceberg 1.10, which is Glue 5.1: https://docs.aws.amazon.com/glue/latest/dg/release-notes.html */
const GLUE_VERSION = '5.1';
/** "The default is 480 minutes (8 hours)": https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html */
const DEFAULT_TIMEOUT_MINUTES = 480;
const MINUTE_MS = 60_000;

function provisionJob(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 255);
  const role = cloud.roles.get(request.text('Role'));
  if (!trustsService(role, 'glue.amazonaws.com'))
    throw request.error('Role', `${role.name} does not trust glue.amazonaws.com`);
  const version = request.text('GlueVersion');
  if (version !== GLUE_VERSION)
    throw request.error('GlueVersion', `is ${version}; the runner has ${GLUE_VERSION} only`);
  const command = request.within('Command');
  only(command, ['Name', 'PythonVersion', 'ScriptLocation']);
  if (command.text('Name') !== 'glueetl')
    throw command.error('Name', `is ${command.text('Name')}; the runner has glueetl only`);
  const scriptLocation = command.text('ScriptLocation');
  const defaultArguments = texts(request, 'DefaultArguments');
  for (const url of [scriptLocation, ...(defaultArguments['--extra-py-files'] ?? '').split(',')]) {
    // Taken out of cdk.out now: what runs is what would be uploaded.
    if (url !== '' && cloud.jobs.copyAsset(url.trim()) === undefined)
      throw request.error(
        'Command',
        `has ${url}, which is no asset of cdk.out`,
        'synthesize again: npm run synth',
      );
  }
  const timeout = request.number('Timeout', DEFAULT_TIMEOUT_MINUTES);
  const maxRetries = request.number('MaxRetries', 0);
  const script = { jobName: name, roleName: role.name, scriptLocation };
  const shared = {
    GlueVersion: version,
    Timeout: timeout,
    ...present(request, ['NumberOfWorkers', 'SecurityConfiguration', 'WorkerType']),
  };
  cloud.gateway.glue.putJob({
    name,
    description: {
      ...shared,
      Role: role.arn,
      Command: command.properties,
      MaxRetries: maxRetries,
      ExecutionProperty: request.optionalObject('ExecutionProperty') ?? { MaxConcurrentRuns: 1 },
      ...present(request, ['Description']),
    },
    runDescription: shared,
    defaultArguments,
    timeoutMs: timeout * MINUTE_MS,
    maxRetries,
    maxConcurrentRuns: request.within('ExecutionProperty').number('MaxConcurrentRuns', 1),
    launch: (launch) => cloud.jobs.launch(script, launch),
  });
  return { ref: name };
}

function provisionWorkflow(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 255);
  const maxConcurrentRuns = request.optionalNumber('MaxConcurrentRuns');
  const defaultRunProperties = texts(request, 'DefaultRunProperties');
  cloud.gateway.glue.putWorkflow({
    name,
    description: {
      DefaultRunProperties: defaultRunProperties,
      ...present(request, ['Description', 'MaxConcurrentRuns']),
    },
    defaultRunProperties,
    ...(maxConcurrentRuns === undefined ? {} : { maxConcurrentRuns }),
  });
  return { ref: name };
}

function provisionTrigger(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 255);
  const type = choice(request, 'Type', ['CONDITIONAL', 'EVENT', 'ON_DEMAND', 'SCHEDULED']);
  const workflowName = request.optionalText('WorkflowName');
  if (workflowName === undefined && (type === 'CONDITIONAL' || type === 'EVENT'))
    throw request.error('Type', `is ${type}, which the runner knows in a workflow only`);
  const startOnCreation = request.flag('StartOnCreation', false);
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-glue-trigger.html
  if (startOnCreation && type === 'ON_DEMAND')
    throw request.error('StartOnCreation', 'is not for triggers on demand');
  const batching = request.within('EventBatchingCondition');
  const batchWindowSeconds = within(batching, 'BatchWindow', 1, 900);
  const trigger: GlueTrigger = {
    name,
    type,
    startOnCreation,
    description: present(request, [
      'Actions',
      'Description',
      'EventBatchingCondition',
      'Predicate',
      'Schedule',
      'WorkflowName',
    ]),
    actions: request.items('Actions').map((action) => triggerAction(action)),
    ...(workflowName === undefined ? {} : { workflowName }),
    ...(type === 'CONDITIONAL' ? { predicate: predicate(request) } : {}),
    ...(type === 'EVENT'
      ? {
          batching: {
            batchSize: within(batching, 'BatchSize', 1, 100) ?? 1,
            ...(batchWindowSeconds === undefined ? {} : { batchWindowSeconds }),
          },
        }
      : {}),
  };
  cloud.gateway.glue.putTrigger(trigger);
  if (type === 'SCHEDULED') addSchedule(request, name, cloud);
  return { ref: name };
}

/** Times are UTC: https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html */
function addSchedule(request: ResourceRequest, name: string, cloud: Cloud): void {
  const text = request.text('Schedule');
  let expression: ReturnType<typeof parseSchedule>;
  try {
    expression = parseSchedule(text);
  } catch (error) {
    throw request.error('Schedule', error instanceof Error ? error.message : String(error));
  }
  const act = (): void => {
    cloud.gateway.glue.fireTrigger(name);
  };
  cloud.schedules.add({ name, text, expression, act });
}

function triggerAction(action: ResourceRequest): TriggerAction {
  only(action, ['Arguments', 'CrawlerName', 'JobName', 'Timeout']);
  const crawlerName = action.optionalText('CrawlerName');
  if (crawlerName !== undefined) return { kind: 'crawler', crawlerName };
  const minutes = action.optionalNumber('Timeout');
  return {
    kind: 'job',
    jobName: action.text('JobName'),
    arguments: texts(action, 'Arguments'),
    ...(minutes === undefined ? {} : { timeoutMs: minutes * MINUTE_MS }),
  };
}

function predicate(request: ResourceRequest): NonNullable<GlueTrigger['predicate']> {
  const given = request.within('Predicate');
  const conditions = given.items('Conditions').map((condition): TriggerCondition => {
    choice(condition, 'LogicalOperator', ['EQUALS']);
    const crawler = condition.optionalText('CrawlerName');
    return crawler === undefined
      ? { kind: 'job', name: condition.text('JobName'), state: choice(condition, 'State', JOB_STATES) }
      : { kind: 'crawler', name: crawler, state: choice(condition, 'CrawlState', CRAWL_STATES) };
  });
  if (conditions.length === 0) throw given.error('Conditions', 'is empty: the trigger would never fire');
  // https://docs.aws.amazon.com/glue/latest/webapi/API_Predicate.html: needed where there are several.
  const logical =
    conditions.length === 1 && given.properties['Logical'] === undefined
      ? 'AND'
      : choice(given, 'Logical', ['AND', 'ANY']);
  return { logical, conditions };
}

/** States that a condition can be on: https://docs.aws.amazon.com/glue/latest/webapi/API_Condition.html */
const JOB_STATES = ['SUCCEEDED', 'STOPPED', 'TIMEOUT', 'FAILED'] as const;
const CRAWL_STATES = ['SUCCEEDED', 'CANCELLED', 'FAILED'] as const;

function provisionRuleset(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 255);
  cloud.gateway.glue.putRuleset({
    Name: name,
    Ruleset: request.text('Ruleset'),
    ...present(request, ['Description', 'TargetTable']),
  });
  return { ref: name };
}

async function provisionOptimizer(request: ResourceRequest, cloud: Cloud): Promise<Provisioned> {
  const table = request.text('TableName');
  const type = request.text('Type');
  const { RoleArn: roleArn, Enabled: enabled, ...rest } = request.object('TableOptimizerConfiguration');
  await cloud.api.json('glue', 'CreateTableOptimizer', {
    CatalogId: request.text('CatalogId'),
    DatabaseName: request.text('DatabaseName'),
    TableName: table,
    Type: type,
    TableOptimizerConfiguration: { roleArn, enabled, ...(lowerCamel(rest) as object) },
  });
  return { ref: `${table}|${type}` };
}

/** CloudFormation writes IcebergConfiguration where the API writes icebergConfiguration. */
function lowerCamel(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`,
      lowerCamel(member),
    ]),
  );
}

function only(request: ResourceRequest, known: readonly string[]): void {
  const other = Object.keys(request.properties).find((property) => !known.includes(property));
  if (other !== undefined)
    throw request.error(other, 'is not known to the runner', 'add it to local/resources/glue-jobs.ts');
}

function choice<T extends string>(request: ResourceRequest, property: string, among: readonly T[]): T {
  const value = request.text(property);
  const found = among.find((each) => each === value);
  if (found === undefined) throw request.error(property, `is ${value}, not one of ${among.join(', ')}`);
  return found;
}

function within(request: ResourceRequest, property: string, least: number, most: number): number | undefined {
  const value = request.optionalNumber(property);
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
    throw request.error(property, `is ${value}, not a whole number from ${least} to ${most}`);
  return value;
}

function texts(request: ResourceRequest, property: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.optionalObject(property) ?? {}).map(([name, value]) => {
      if (typeof value === 'string') return [name, value];
      throw request.error(`${property}.${name}`, 'needs text');
    }),
  );
}

function present(request: ResourceRequest, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names
      .filter((name) => request.properties[name] !== undefined)
      .map((name) => [name, request.properties[name]]),
  );
}

export const jobTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Glue::Job',
    level: 'run',
    behind:
      'the script on PySpark in a process of its own, as the job’s role, with two cores and a heap of 2 GB; Glue’s own package is a stand-in (local/spark/awsglue)',
    effective: [
      'Command',
      'DefaultArguments',
      'ExecutionProperty',
      'GlueVersion',
      'MaxRetries',
      'Name',
      'Role',
      'Timeout',
    ],
    inert: ['Description', 'NumberOfWorkers', 'SecurityConfiguration', 'Tags', 'WorkerType'],
    provision: provisionJob,
  },
  {
    type: 'AWS::Glue::Workflow',
    level: 'run',
    behind: 'our own engine of triggers, jobs and crawlers',
    effective: ['DefaultRunProperties', 'MaxConcurrentRuns', 'Name'],
    inert: ['Description', 'Tags'],
    provision: provisionWorkflow,
  },
  {
    type: 'AWS::Glue::Trigger',
    level: 'run',
    behind:
      'our own engine: on events in batches, on conditions of a workflow, on schedule while `up` runs, on demand',
    effective: [
      'Actions',
      'EventBatchingCondition',
      'Name',
      'Predicate',
      'Schedule',
      'StartOnCreation',
      'Type',
      'WorkflowName',
    ],
    inert: ['Description', 'Tags'],
    provision: provisionTrigger,
  },
  {
    type: 'AWS::Glue::DataQualityRuleset',
    level: 'emulated',
    behind: 'the gateway’s Glue API; jobs evaluate it with our stand-in (local/spark/awsgluedq)',
    effective: ['Name', 'Ruleset', 'TargetTable'],
    inert: ['ClientToken', 'Description', 'Tags'],
    provision: provisionRuleset,
  },
  {
    type: 'AWS::Glue::TableOptimizer',
    level: 'checked',
    behind: 'kept and shown by the gateway’s Glue API; nothing is optimized',
    effective: ['CatalogId', 'DatabaseName', 'TableName', 'TableOptimizerConfiguration', 'Type'],
    provision: provisionOptimizer,
  },
];
