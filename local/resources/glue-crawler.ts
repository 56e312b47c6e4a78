/** Connections and crawlers of AWS Glue: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-glue-crawler.html */
import { readFile } from 'node:fs/promises';
import { arn } from '../arn.ts';
import { type CrawlRequest, crawl as runCrawl } from '../crawler/crawl.ts';
import { parseS3Path, type S3Target } from '../crawler/crawl-s3.ts';
import type { CsvClassifier } from '../crawler/csv-classifier.ts';
import { compileGlob } from '../crawler/glob.ts';
import type { Grouping } from '../crawler/group-files.ts';
import type { SchemaChangePolicy } from '../crawler/update-catalog.ts';
import type { Role } from '../gateway/index.ts';
import { parseSchedule, type ScheduleExpression } from '../sources/schedule-expression.ts';
import { isObject, type Json } from '../template/template.ts';
import { AwsApi } from './aws-api.ts';
import type { Cloud } from './cloud.ts';
import { ResourceRequest } from './resource-request.ts';
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
  const crawl = crawlRequest(request, name, cloud);
  const api = new AwsApi(
    cloud.gateway.endpoint,
    cloud.region,
    roleSession(cloud.gateway, role.name, 'AWS-Crawler'),
  );
  const start = cloud.gateway.putCrawler({
    name,
    description: describe(request, role, crawl),
    crawl: (signal) =>
      runCrawl(
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

function crawlRequest(request: ResourceRequest, crawlerName: string, { gateway }: Cloud): CrawlRequest {
  const targets = request.within('Targets');
  const other = Object.keys(targets.properties).find(
    (kind) => kind !== 'JdbcTargets' && kind !== 'S3Targets',
  );
  if (other !== undefined) {
    throw targets.error(other, 'is not known to the runner: it crawls S3 and JDBC targets');
  }
  const policy = request.within('SchemaChangePolicy');
  choice(request.within('RecrawlPolicy'), 'RecrawlBehavior', ['CRAWL_EVERYTHING']);
  return {
    crawlerName,
    databaseName: request.text('DatabaseName'),
    tablePrefix: request.optionalText('TablePrefix') ?? '',
    policy: {
      update: choice(policy, 'UpdateBehavior', ['UPDATE_IN_DATABASE', 'LOG']),
      remove: choice(policy, 'DeleteBehavior', ['DEPRECATE_IN_DATABASE', 'DELETE_FROM_DATABASE', 'LOG']),
    } satisfies SchemaChangePolicy,
    jdbcTargets: targets.items('JdbcTargets').map((target) => ({
      connectionName: target.text('ConnectionName'),
      path: target.text('Path'),
      exclusions: target.texts('Exclusions'),
    })),
    s3: {
      targets: targets.items('S3Targets').map(s3Target),
      classifiers: request.texts('Classifiers').map((name) => {
        const classifier = gateway.glueClassifier(name);
        if (classifier === undefined)
          throw request.error('Classifiers', `has ${name}, which is no classifier`);
        return classifier;
      }),
      grouping: grouping(request),
    },
  };
}

/** "A valid value is an integer between 1 and 249": https://docs.aws.amazon.com/glue/latest/webapi/API_S3Target.html */
const MOST_SAMPLES = 249;

function s3Target(target: ResourceRequest): S3Target {
  const known = ['Exclusions', 'Path', 'SampleSize'];
  const other = Object.keys(target.properties).find((property) => !known.includes(property));
  if (other !== undefined)
    throw target.error(other, 'is not known to the runner, which lists the path at each crawl');
  const place = parseS3Path(target.text('Path'));
  if (place === undefined) throw target.error('Path', `is ${target.text('Path')}, not s3://bucket/folder/`);
  const sampleSize = target.optionalNumber('SampleSize');
  if (
    sampleSize !== undefined &&
    !(Number.isInteger(sampleSize) && sampleSize >= 1 && sampleSize <= MOST_SAMPLES)
  ) {
    throw target.error('SampleSize', `is ${sampleSize}, not a whole number from 1 to ${MOST_SAMPLES}`);
  }
  const exclusions = target.texts('Exclusions');
  try {
    for (const exclusion of exclusions) compileGlob(exclusion);
  } catch (error) {
    throw target.error('Exclusions', error instanceof Error ? error.message : String(error));
  }
  return { ...place, exclusions, sampleSize };
}

/**
 * The crawler's Configuration, as JSON in text. Partitions always take their table's columns here, as InheritFromTable says.
 * https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
 */
function grouping(request: ResourceRequest): Grouping {
  const text = request.optionalText('Configuration');
  if (text === undefined) return { combineCompatibleSchemas: false, tableLevel: undefined };
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    throw request.error('Configuration', 'is not JSON');
  }
  if (!isObject(json)) throw request.error('Configuration', 'needs a JSON object');
  const { logicalId } = request.identity;
  const configuration = new ResourceRequest(
    { ...request.identity, logicalId: `${logicalId}.Configuration` },
    json,
  );
  if (configuration.number('Version') !== 1) throw configuration.error('Version', 'is not 1.0');
  only(configuration, ['Version', 'Grouping', 'CrawlerOutput']);
  const output = configuration.within('CrawlerOutput');
  only(output, ['Partitions']);
  only(output.within('Partitions'), ['AddOrUpdateBehavior']);
  choice(output.within('Partitions'), 'AddOrUpdateBehavior', ['InheritFromTable']);
  const given = configuration.within('Grouping');
  only(given, ['TableGroupingPolicy', 'TableLevelConfiguration']);
  const tableGrouping = given.optionalText('TableGroupingPolicy');
  if (tableGrouping !== undefined) choice(given, 'TableGroupingPolicy', ['CombineCompatibleSchemas']);
  return {
    combineCompatibleSchemas: tableGrouping !== undefined,
    tableLevel: given.optionalNumber('TableLevelConfiguration'),
  };
}

function only(request: ResourceRequest, known: readonly string[]): void {
  const other = Object.keys(request.properties).find((property) => !known.includes(property));
  if (other !== undefined) throw request.error(other, 'is not known to the runner; add it to local/crawler/');
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-glue-classifier-csvclassifier.html */
function provisionClassifier(request: ResourceRequest, cloud: Cloud): Provisioned {
  const csv = request.within('CsvClassifier');
  only(csv, [
    'AllowSingleColumn',
    'ContainsHeader',
    'Delimiter',
    'DisableValueTrimming',
    'Header',
    'Name',
    'QuoteSymbol',
  ]);
  const classifier: CsvClassifier = {
    name: csv.physicalName('Name', 255),
    delimiter: sign(csv, 'Delimiter') ?? ',',
    quoteSymbol: sign(csv, 'QuoteSymbol'),
    containsHeader: choice(csv, 'ContainsHeader', ['UNKNOWN', 'PRESENT', 'ABSENT']),
    header: csv.texts('Header'),
    disableValueTrimming: csv.flag('DisableValueTrimming', true),
    allowSingleColumn: csv.flag('AllowSingleColumn', false),
  };
  if (classifier.quoteSymbol === classifier.delimiter) throw csv.error('QuoteSymbol', 'is the delimiter too');
  cloud.gateway.putGlueClassifier(classifier);
  return { ref: classifier.name };
}

/** A property of one character. */
function sign(request: ResourceRequest, property: string): string | undefined {
  const text = request.optionalText(property);
  if (text !== undefined && text.length !== 1) throw request.error(property, `is ${text}, not one character`);
  return text;
}

/** What GetCrawler tells of it. */
function describe(
  request: ResourceRequest,
  { name: roleName }: Role,
  { databaseName, tablePrefix, policy, s3 }: CrawlRequest,
): Readonly<Record<string, unknown>> {
  const text = request.within('Schedule').optionalText('ScheduleExpression');
  const configuration = request.optionalText('Configuration');
  return {
    Role: roleName,
    DatabaseName: databaseName,
    TablePrefix: tablePrefix,
    Targets: {
      S3Targets: [],
      JdbcTargets: [],
      DynamoDBTargets: [],
      CatalogTargets: [],
      ...request.object('Targets'),
    },
    ...(configuration === undefined ? {} : { Configuration: configuration }),
    SchemaChangePolicy: { UpdateBehavior: policy.update, DeleteBehavior: policy.remove },
    Classifiers: s3.classifiers.map((classifier) => classifier.name),
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
    type: 'AWS::Glue::Classifier',
    level: 'run',
    behind: 'our own crawl, which tries them in the crawler’s order; CSV classifiers only',
    effective: ['CsvClassifier'],
    provision: provisionClassifier,
  },
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
      'our own crawl: reads files of S3 or logs in to the database by JDBC connection, and writes tables and partitions, as the crawler’s role',
    effective: [
      'Classifiers',
      'Configuration',
      'DatabaseName',
      'Name',
      'RecrawlPolicy',
      'Role',
      'Schedule',
      'SchemaChangePolicy',
      'TablePrefix',
      'Targets',
    ],
    inert: ['CrawlerSecurityConfiguration', 'Description', 'Tags'],
    provision: provisionCrawler,
  },
];
