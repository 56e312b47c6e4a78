/** What CloudFormation, people and the crawler do to a lake that is there: topics, database, catalog and views. */
import { randomUUID } from 'node:crypto';
import {
  GetCrawlerCommand,
  GetTableCommand,
  StartCrawlerCommand,
  type Table,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type FunctionPart, functionName, tableNames } from '../../../core/names.ts';
import { SERVING_DATABASE, SERVING_TABLES } from '../../../core/serving.ts';
import { TOPICS } from '../../../core/topics.ts';
import type { LakeClient } from '../lake-client.ts';
import { until } from '../until.ts';

/** Sends a custom resource's function what CloudFormation would, and waits for its answer. */
async function deploy(
  client: LakeClient,
  name: Extract<FunctionPart, 'manage-topics' | 'manage-views' | 'migrate-database'>,
  request: {
    RequestType: 'Create' | 'Update' | 'Delete';
    PhysicalResourceId: string;
    ResourceProperties: object;
  },
): Promise<void> {
  const { url, response } = client.lake.gateway.addCfnResponseTarget();
  await client.invoke(functionName(client.lake.stage, name), {
    ...request,
    ResponseURL: url,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/update/1',
    RequestId: randomUUID(),
    ResourceType: 'Custom::Update',
    LogicalResourceId: 'Updated',
  });
  const { Status, Reason } = await response;
  if (Status !== 'SUCCESS') throw new Error(`${name}: ${Reason ?? 'no reason'}`);
}

/** One partition more for each topic, and another retention. */
export async function updateTopics(client: LakeClient): Promise<void> {
  const config = { 'retention.ms': String(3 * 86_400_000) };
  await deploy(client, 'manage-topics', {
    RequestType: 'Update',
    PhysicalResourceId: 'topics',
    ResourceProperties: {
      ClusterArn: client.output('stream', 'ClusterArn'),
      Topics: Object.values(TOPICS).map(({ name, partitions }) => ({
        ...{ name, config, replicationFactor: '-1' },
        partitions: String(partitions + 1),
      })),
    },
  });
}

/** Migrations are compared with what is applied, and the crawler's password is set again. */
export async function updateDatabase(client: LakeClient): Promise<void> {
  await deploy(client, 'migrate-database', {
    RequestType: 'Update',
    PhysicalResourceId: 'migrations',
    ResourceProperties: {
      DatabaseHost: client.output('serving', 'DatabaseHost'),
      DatabasePort: client.output('serving', 'DatabasePort'),
      DatabaseName: client.output('serving', 'DatabaseName'),
      AdminSecretArn: await adminSecretArn(client),
      CrawlerSecretArn: crawlerSecretArn(client),
      Migrations: [],
    },
  });
}

/** Made by RDS and named by it; no template knows it. */
async function adminSecretArn({ lake }: LakeClient): Promise<string> {
  const { endpoint, region, operator: credentials } = lake;
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
    const found = SecretList.find(({ Name }) => Name?.startsWith('rds!'));
    if (found?.ARN === undefined) throw new Error('RDS keeps no secret');
    return found.ARN;
  } finally {
    secrets.destroy();
  }
}

function crawlerSecretArn({ lake }: LakeClient): string {
  const found = lake.resources.filter(({ type }) => type === 'AWS::SecretsManager::Secret');
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} secrets in the templates`);
  return found[0].physicalId;
}

/** Twice: the tables are created, and then one that no longer is as the database's is brought up to date. */
export async function crawlDatabase(client: LakeClient): Promise<void> {
  const DatabaseName = client.output('serving', 'CatalogDatabaseName');
  await crawl(client);
  const { Table: crawled } = await client.glue.send(
    new GetTableCommand({ DatabaseName, Name: CRAWLED_TABLE }),
  );
  const Columns = crawled?.StorageDescriptor?.Columns?.slice(1);
  await replaceTable(client, DatabaseName, crawled, {
    StorageDescriptor: { ...crawled?.StorageDescriptor, Columns },
  });
  await crawl(client);
}

const CRAWLED_TABLE = `${SERVING_DATABASE}_public_${SERVING_TABLES.latest}`;

async function crawl(client: LakeClient): Promise<void> {
  const Name = client.output('serving', 'CrawlerName');
  await client.glue.send(new StartCrawlerCommand({ Name }));
  const { Status, ErrorMessage } = await until('the crawl to end', async () => {
    const { Crawler } = await client.glue.send(new GetCrawlerCommand({ Name }));
    return Crawler?.State === 'READY' ? Crawler.LastCrawl : undefined;
  });
  if (Status !== 'SUCCEEDED') throw new Error(`the crawl ended ${Status}: ${ErrorMessage ?? 'no reason'}`);
}

/** Brings views that older code rendered up to date, deletes them with their stack, as they have no history, and makes them again. */
export async function updateAndReplaceViews(client: LakeClient): Promise<void> {
  const DatabaseName = client.output('lake', 'DatabaseName');
  for (const topic of Object.values(TOPICS)) {
    const ViewName = tableNames(topic.name).view;
    const { Table: view } = await client.glue.send(new GetTableCommand({ DatabaseName, Name: ViewName }));
    const ViewOriginalText = asOlderCode(view?.ViewOriginalText ?? '');
    await replaceTable(client, DatabaseName, view, { ViewOriginalText });
    const request = {
      PhysicalResourceId: `${DatabaseName}.${ViewName}`,
      ResourceProperties: { DatabaseName, ViewName },
    };
    for (const RequestType of ['Update', 'Delete', 'Create'] as const)
      await deploy(client, 'manage-views', { RequestType, ...request });
  }
}

function asOlderCode(viewText: string): string {
  return viewText.replace(/[\w+/]+=* \*\/$/, (encoded) => {
    const view = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { originalSql: string };
    const sql = `${view.originalSql} WHERE true`;
    return `${Buffer.from(JSON.stringify({ ...view, originalSql: sql })).toString('base64')} */`;
  });
}

async function replaceTable(
  client: LakeClient,
  DatabaseName: string,
  table: Table | undefined,
  change: Partial<Table>,
): Promise<void> {
  const { Name, Owner, ViewOriginalText, Parameters, PartitionKeys, StorageDescriptor, TableType } = {
    ...table,
    ...change,
  };
  const same = { Owner, ViewOriginalText, Parameters, PartitionKeys, StorageDescriptor, TableType };
  await client.glue.send(new UpdateTableCommand({ DatabaseName, TableInput: { Name, ...same } }));
}
