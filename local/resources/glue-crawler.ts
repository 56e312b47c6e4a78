/** Connections and crawlers of AWS Glue: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-glue-crawler.html */
import { readFile } from 'node:fs/promises';
import { arn } from '../arn.ts';
import { type CrawlRequest, crawlJdbc } from '../crawler/crawl-jdbc.ts';
import type { SchemaChangePolicy } from '../crawler/update-catalog.ts';
import type { Role } from '../gateway/index.ts';
import { parseSchedule, type ScheduleExpression } from '../sources/schedule-expression.ts';
import { AwsApi } from './aws-api.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { roleSession } from './role-session.ts';

function provisionConnection(request: ResourceRequest, cloud: Cloud): Provisioned {
  const input = request.within('ConnectionInput');
  const type = input.text('ConnectionType');
  if (type !== 'JDBC') throw input.error('ConnectionType', `is ${type}; the local crawler knows JDBC only`);
  const name = input.text('Name');
  cloud.gateway.putGlueConnection({ ...input.properties, Name: name });
  return { ref: name };
}

function provisionCrawler(request: ResourceRequest, cloud: Cloud): Provisioned {
  const name = request.physicalName('Name', 255);
  const role = cloud.roles.get(request.text('Role'));
  requireTrust(request, role);
  const crawl = crawlRequest(request, name);
  const api = new AwsApi(
    cloud.gateway.endpoint,
    cloud.region,
    roleSession(cloud.gateway, role.name, 'AWS-Crawler'),
  );
  const start = cloud.gateway.putCrawler({
    name,
    description: describe(request, role, crawl),
    crawl: (signal) =>
      crawlJdbc(
        crawl,
        {
          api,
          check: (action, resource) =>
            cloud.gateway.checkRole(
              role.name,
              action,
              resource === '*' ? resource : arn(cloud, 'ec2', resource),
            ),
          trustedCa: async () => readFile(await cloud.caFile(), 'utf8'),
          log: (line) => {
            cloud.warn(`crawler ${name}: ${line}`);
          },
        },
        signal,
      ),
  });
  const text = request.within('Schedule').optionalText('ScheduleExpression');
  if (text !== undefined) {
    const expression = schedule(request, text);
    cloud.schedules.add({ name, text, expression, act: start });
  }
  return { ref: name };
}

function crawlRequest(request: ResourceRequest, crawlerName: string): CrawlRequest {
  const targets = request.within('Targets');
  const other = Object.keys(targets.properties).find((kind) => kind !== 'JdbcTargets');
  if (other !== undefined) throw targets.error(other, 'is not known to the runner: it crawls JDBC targets');
  const policy = request.within('SchemaChangePolicy');
  return {
    crawlerName,
    databaseName: request.text('DatabaseName'),
    tablePrefix: request.optionalText('TablePrefix') ?? '',
    policy: {
      update: choice(policy, 'UpdateBehavior', ['UPDATE_IN_DATABASE', 'LOG']),
      remove: choice(policy, 'DeleteBehavior', ['DEPRECATE_IN_DATABASE', 'DELETE_FROM_DATABASE', 'LOG']),
    } satisfies SchemaChangePolicy,
    targets: targets.items('JdbcTargets').map((target) => ({
      connectionName: target.text('ConnectionName'),
      path: target.text('Path'),
      exclusions: target.texts('Exclusions'),
    })),
  };
}

/** What GetCrawler tells of it. */
function describe(
  request: ResourceRequest,
  { name: roleName }: Role,
  { databaseName, tablePrefix, policy }: CrawlRequest,
): Readonly<Record<string, unknown>> {
  const text = request.within('Schedule').optionalText('ScheduleExpression');
  return {
    Role: roleName,
    DatabaseName: databaseName,
    TablePrefix: tablePrefix,
    Targets: { S3Targets: [], DynamoDBTargets: [], CatalogTargets: [], ...request.object('Targets') },
    SchemaChangePolicy: { UpdateBehavior: policy.update, DeleteBehavior: policy.remove },
    Classifiers: [],
    RecrawlPolicy: { RecrawlBehavior: 'CRAWL_EVERYTHING' },
    ...(text === undefined ? {} : { Schedule: { ScheduleExpression: text, State: 'SCHEDULED' } }),
  };
}

/** The value, or where none is given the first, which is Glue's own default. */
function choice<T extends string>(
  request: ResourceRequest,
  property: string,
  values: readonly [T, ...T[]],
): T {
  const given = request.optionalText(property) ?? values[0];
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  throw request.error(property, `is ${given}, not ${values.join(' or ')}`);
}

/** Glue cannot take a role that does not trust it: https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html */
function requireTrust(request: ResourceRequest, { name, trust }: Role): void {
  const statements = [trust.Statement].flat();
  const trusted = statements.some(({ Effect, Principal: principal }) => {
    if (Effect !== 'Allow' || principal === undefined || principal === '*') return false;
    return [principal['Service'] ?? []].flat().includes('glue.amazonaws.com');
  });
  if (!trusted) throw request.error('Role', `${name} does not trust glue.amazonaws.com`);
}

/** Times are UTC: https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html */
function schedule(request: ResourceRequest, text: string): ScheduleExpression {
  try {
    return parseSchedule(text);
  } catch (error) {
    throw request.error('Schedule', error instanceof Error ? error.message : String(error));
  }
}

export const crawlerTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Glue::Connection',
    level: 'run',
    behind: 'the gateway’s Glue API; the local crawl really connects by it',
    effective: ['ConnectionInput'],
    inert: ['CatalogId', 'Tags'],
    provision: provisionConnection,
  },
  {
    type: 'AWS::Glue::Crawler',
    level: 'run',
    behind:
      'our own crawl: logs in to the database by JDBC connection, and writes tables as the crawler’s role',
    effective: ['DatabaseName', 'Name', 'Role', 'Schedule', 'SchemaChangePolicy', 'TablePrefix', 'Targets'],
    inert: ['Description', 'RecrawlPolicy', 'Tags'],
    provision: provisionCrawler,
  },
];
