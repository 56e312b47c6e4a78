/** A job on Spark itself: reads files by bookmark, commits to Iceberg by the Glue catalog, as its role, and leaves no process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetJobRunCommand,
  GetTableCommand,
  GlueClient,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Cloud } from '../../local/resources/cloud.ts';
import { glueTypes } from '../../local/resources/glue.ts';
import { ResourceRequest } from '../../local/resources/resource-request.ts';
import { RoleBook } from '../../local/resources/role-book.ts';
import { JobLauncher } from '../../local/spark/job-launcher.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';
import { sparkToolPaths } from '../../local/tools.ts';
import { ACCOUNT, allow, REGION, startTestEndpoint, type TestEndpoint } from '../helpers/aws-endpoint.ts';
import { until } from '../helpers/until.ts';

/** Seconds where nothing else goes on; the machine may be busy. */
const RUN_DEADLINE_MS = 300_000;

const ROLE = 'spark-role';
const CATALOG = 'spark.sql.catalog.glue_catalog';
/** As the templates have them. */
const CONF = [
  'spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
  `${CATALOG}=org.apache.iceberg.spark.SparkCatalog`,
  `${CATALOG}.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog`,
  `${CATALOG}.io-impl=org.apache.iceberg.aws.s3.S3FileIO`,
  `${CATALOG}.warehouse=s3://lake/history`,
].join(' --conf ');

const SCRIPT = `
import json, sys
import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "statement"])
glue_context = GlueContext(SparkContext.getOrCreate())
spark = glue_context.spark_session
job = Job(glue_context)
job.init(args["JOB_NAME"], args)
if args["statement"]:
    spark.sql(args["statement"])
dropped = glue_context.create_dynamic_frame.from_catalog("lake", "dropped", transformation_ctx="dropped").toDF()
dropped.createOrReplaceTempView("dropped")
spark.sql(
    "CREATE TABLE IF NOT EXISTS glue_catalog.lake.history (symbol string, price double, dt string) "
    "USING iceberg PARTITIONED BY (dt) LOCATION 's3://lake/history/quotes'"
)
spark.sql(
    "MERGE INTO glue_catalog.lake.history t USING dropped s ON t.symbol = s.symbol "
    "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
)
rows = [row.asDict() for row in spark.table("glue_catalog.lake.history").orderBy("symbol").collect()]
told = {"read": dropped.count(), "history": rows, "memory": spark.conf.get("spark.driver.memory")}
boto3.client("s3").put_object(Bucket="lake", Key="told.json", Body=json.dumps(told).encode())
job.commit()
`;

let endpoint: TestEndpoint;
let guard: Guard;
let folder: string;
let glue: GlueClient;
let s3: S3Client;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  guard = await startGuard();
  folder = await mkdtemp(join(tmpdir(), 'tickerlake spark-'));
  glue = new GlueClient(endpoint.as());
  s3 = new S3Client({ ...endpoint.as(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
  await glue.send(
    new CreateTableCommand({
      DatabaseName: 'lake',
      TableInput: {
        Name: 'dropped',
        Parameters: { classification: 'csv' },
        PartitionKeys: [{ Name: 'dt', Type: 'string' }],
        StorageDescriptor: {
          Location: 's3://lake/dropped/',
          Columns: [
            { Name: 'symbol', Type: 'string' },
            { Name: 'price', Type: 'double' },
          ],
        },
      },
    }),
  );
  await provisionJob();
}, 60_000);

afterAll(async () => {
  await endpoint.stop();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

async function provisionJob(): Promise<void> {
  const path = join(folder, 'merge.py');
  await writeFile(path, SCRIPT);
  const { gateway } = endpoint;
  const roles = new RoleBook(gateway);
  const glueArn = (resource: string): string => `arn:aws:glue:${REGION}:${ACCOUNT}:${resource}`;
  const Statement = [
    allow('s3:GetObject', 'arn:aws:s3:::assets/merge.py'),
    allow('s3:ListBucket', 'arn:aws:s3:::lake'),
    allow('s3:GetObject', 'arn:aws:s3:::lake/*'),
    allow('s3:PutObject', ['arn:aws:s3:::lake/history/*', 'arn:aws:s3:::lake/told.json']),
    allow(
      ['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'],
      [glueArn('catalog'), glueArn('database/lake'), glueArn('table/lake/*')],
    ),
  ];
  await roles.put({
    name: ROLE,
    arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
    trust: {
      Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
    },
    policies: [{ name: 'policy', document: { Version: '2012-10-17', Statement } }],
  });
  const jobs = new JobLauncher({
    processes: guard,
    tools: sparkToolPaths,
    directory: join(folder, 'run'),
    logsDirectory: folder,
    logName: (name) => name,
    assets: new Map([['merge.py', { objectKey: 'merge.py', path, packaging: 'file' as const }]]),
    endpoint: () => gateway.endpoint,
    region: REGION,
    issueCredentials: (role, session) => gateway.issueCredentials(role, session),
    checkRole: (...asked) => gateway.checkRole(...asked),
  });
  const type = 'AWS::Glue::Job';
  const request = new ResourceRequest(
    { stack: 'stack', logicalId: 'Job', type, constructPath: undefined },
    {
      Name: 'merge',
      Role: ROLE,
      GlueVersion: '5.1',
      Command: { Name: 'glueetl', PythonVersion: '3', ScriptLocation: 's3://assets/merge.py' },
      DefaultArguments: {
        '--conf': CONF,
        '--datalake-formats': 'iceberg',
        '--job-bookmark-option': 'job-bookmark-enable',
        '--statement': 'SELECT 1',
      },
      ExecutionProperty: { MaxConcurrentRuns: 1 },
    },
  );
  const cloud: Partial<Cloud> = { region: REGION, account: ACCOUNT, gateway, roles, jobs };
  await glueTypes.find((each) => each.type === type)?.provision(request, cloud as Cloud);
}

async function drop(name: string, lines: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: 'lake', Key: `dropped/dt=2026-11-20/${name}`, Body: lines }));
}

/** Runs the job, and gives its end and the processes that it had. */
async function run(args: Readonly<Record<string, string>> = {}): Promise<{ run: JobRun; pid: number }> {
  const { JobRunId: id = '' } = await glue.send(
    new StartJobRunCommand({ JobName: 'merge', Arguments: args }),
  );
  const pid = await until('its process', () => endpoint.gateway.glue.runningJobs()[0]?.pid);
  const ended = await until(
    'the end of the run',
    async () => {
      const { JobRun: found } = await glue.send(new GetJobRunCommand({ JobName: 'merge', RunId: id }));
      return found?.CompletedOn === undefined ? undefined : found;
    },
    RUN_DEADLINE_MS,
  );
  return { run: ended, pid };
}

async function told(): Promise<unknown> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'told.json' }));
  return JSON.parse((await body?.transformToString()) ?? '');
}

const log = (): Promise<string> => readFile(join(folder, 'merge.log'), 'utf8');

/** Whether no process of the group is left. */
function groupIsGone(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return false;
  } catch {
    return true;
  }
}

test(
  'a job reads what is new, commits it to Iceberg as its role, and leaves no process',
  async () => {
    await drop('1.csv', 'AAPL,100.5\nMSFT,400\n');
    const first = await run();
    expect({ ...first.run, log: first.run.JobRunState === 'SUCCEEDED' ? '' : await log() }).toMatchObject({
      JobRunState: 'SUCCEEDED',
      log: '',
    });
    await until('the end of its processes', () => groupIsGone(first.pid));
    expect(await told()).toEqual({
      read: 2,
      memory: '2g',
      history: [
        { symbol: 'AAPL', price: 100.5, dt: '2026-11-20' },
        { symbol: 'MSFT', price: 400, dt: '2026-11-20' },
      ],
    });
    const { Table: table } = await glue.send(new GetTableCommand({ DatabaseName: 'lake', Name: 'history' }));
    expect(table?.Parameters?.['table_type']).toBe('ICEBERG');

    await drop('2.csv', 'AAPL,101\n');
    expect((await run()).run).toMatchObject({ JobRunState: 'SUCCEEDED' });
    expect(await told()).toMatchObject({
      read: 1,
      history: [{ symbol: 'AAPL', price: 101 }, { symbol: 'MSFT' }],
    });
  },
  2 * RUN_DEADLINE_MS,
);

test(
  "a run that fails in Spark tells Spark's reason in one line, and leaves no process",
  async () => {
    const { run: failed, pid } = await run({ '--statement': 'SELECT * FROM glue_catalog.lake.nothing' });
    expect(failed.JobRunState).toBe('FAILED');
    expect(failed.ErrorMessage).toMatch(/TABLE_OR_VIEW_NOT_FOUND/);
    expect(failed.ErrorMessage?.split('\n')).toHaveLength(1);
    await until('the end of its processes', () => groupIsGone(pid));
  },
  RUN_DEADLINE_MS,
);

test(
  'a run that is killed takes its JVM along',
  async () => {
    const { JobRunId: id = '' } = await glue.send(new StartJobRunCommand({ JobName: 'merge' }));
    const pid = await until('its process', () => endpoint.gateway.glue.runningJobs()[0]?.pid);
    // The JVM is there when it has said something of its own.
    const before = (await log()).length;
    await until('the JVM', async () => (await log()).slice(before).includes('WARN'), 120_000);
    endpoint.gateway.glue.killJobRun(id);
    await until('the end of the run', () => endpoint.gateway.glue.runningJobs().length === 0);
    await until('the end of its processes', () => groupIsGone(pid));
  },
  RUN_DEADLINE_MS,
);
