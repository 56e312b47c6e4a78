import { join } from 'node:path';
import { IgnoreMode, Stack } from 'aws-cdk-lib';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { JobPart, Stage } from '../../../core/names.ts';
import { jobName } from '../../../core/names.ts';
import type { JobsConfig } from '../../config/stage-config.ts';
import { PROJECT_ROOT } from '../../project-root.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { EventAlarm } from '../operations/event-alarm.ts';
import type { RunbookSection } from '../operations/runbook-alarm.ts';
import type { GlueEncryption } from './glue-encryption.ts';

/** Spark 3.5.6, Python 3.11, Iceberg 1.10: https://docs.aws.amazon.com/glue/latest/dg/release-notes.html */
export const GLUE_VERSION = '5.1';

const SCRIPTS = join(PROJECT_ROOT, 'glue-scripts');
/** The package that the scripts share. */
const PACKAGE = 'tickerlake_jobs';

/** Everything in the folder but the package, and nothing that Python or a tool left in that. */
const BESIDE_PACKAGE = ['*', `!${PACKAGE}`, `!${PACKAGE}/**`, '**/__pycache__', '**/.*'];

export interface SparkJobProps {
  readonly stage: Stage;
  /** Also the script of its name in glue-scripts/, with `_` for `-`. */
  readonly part: JobPart;
  readonly description: string;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly encryption: GlueEncryption;
  /** What the script gets unless a run says otherwise, by name without `--`. @default - nothing but database and lake_bucket */
  readonly arguments?: Readonly<Record<string, string>>;
  /** Runs at the same time; Glue refuses to start one more. @default 1 */
  readonly concurrentRuns?: number;
  /** Section of docs/runbook.md on runs that failed. */
  readonly section: RunbookSection;
  readonly jobs: JobsConfig;
}

/**
 * A Spark job on Glue: one thin script and the package that all share, a role of its own that starts with nothing but its
 * code and its logs, and an alarm on its failed runs. Callers grant the rest to `role`.
 *
 * Glue tries nothing again: what a run leaves undone the next one does, and a failure should be seen at once.
 */
export class SparkJob extends Construct {
  readonly jobName: string;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: SparkJobProps) {
    super(scope, id);
    const { stage, part, jobs, encryption } = props;
    const name = jobName(stage, part);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      description: `What job ${name} may do`,
    });
    const script = new Asset(this, 'Script', { path: join(SCRIPTS, `${part.replaceAll('-', '_')}.py`) });
    const library = new Asset(this, 'Library', {
      path: SCRIPTS,
      exclude: BESIDE_PACKAGE,
      ignoreMode: IgnoreMode.GIT,
    });
    this.grantRun([script, library]);
    encryption.addJobLogs(this, this.role);
    const job = new CfnJob(this, 'Resource', {
      name,
      description: props.description,
      role: this.role.roleArn,
      glueVersion: GLUE_VERSION,
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      defaultArguments: {
        ...platformArguments(props.storage.lake.s3UrlForObject('history')),
        '--extra-py-files': library.s3ObjectUrl,
        ...scriptArguments({
          database: props.catalog.databaseName,
          lake_bucket: props.storage.lake.bucketName,
          ...props.arguments,
        }),
      },
      workerType: jobs.workerType,
      numberOfWorkers: jobs.workers,
      timeout: jobs.timeoutMinutes,
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: props.concurrentRuns ?? 1 },
      securityConfiguration: encryption.configurationName,
    });
    // A run that comes before its grants are there would fail.
    job.node.addDependency(this.role);
    this.jobName = job.ref;
    new EventAlarm(this, 'Failed', {
      // https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: [name], state: ['FAILED', 'TIMEOUT', 'ERROR'] },
      },
      summary: `A run of job ${name} failed`,
      section: props.section,
    });
  }

  /** Code, metrics, and the database that Glue's Spark looks for when it starts. */
  private grantRun(assets: readonly Asset[]): void {
    // Not Asset.grantRead, which allows everything that begins with GetObject or List on the whole bucket.
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: assets.map(({ bucket, s3ObjectKey }) => bucket.arnForObjects(s3ObjectKey)),
      }),
    );
    // https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html: no resource to limit it to
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': ['Glue', 'Glue Data Quality'] } },
      }),
    );
    // https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-data-catalog-hive.html: Spark asks for `default`
    const stack = Stack.of(this);
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['glue:GetDatabase'],
        resources: [
          stack.formatArn({ service: 'glue', resource: 'catalog' }),
          stack.formatArn({ service: 'glue', resource: 'database', resourceName: 'default' }),
        ],
      }),
    );
  }
}

/** What Glue itself reads: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html */
function platformArguments(warehouse: string): Record<string, string> {
  return {
    '--job-language': 'python',
    // Receipts and history say what is done, better than a bookmark can.
    '--job-bookmark-option': 'job-bookmark-disable',
    '--enable-glue-datacatalog': 'true',
    '--datalake-formats': 'iceberg',
    // One value: Glue puts `--conf` before it, so the others bring theirs.
    '--conf': Object.entries(sparkSettings(warehouse))
      .map(([name, value]) => `${name}=${value}`)
      .join(' --conf '),
    // Glue 5 logs while a run goes on without being asked.
    '--enable-metrics': 'true',
    '--enable-observability-metrics': 'true',
    '--enable-job-insights': 'true',
  };
}

/** https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html */
function sparkSettings(warehouse: string): Record<string, string> {
  const catalog = 'spark.sql.catalog.glue_catalog';
  return {
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [catalog]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${catalog}.catalog-impl`]: 'org.apache.iceberg.aws.glue.GlueCatalog',
    [`${catalog}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    [`${catalog}.warehouse`]: warehouse,
    'spark.sql.session.timeZone': 'UTC',
  };
}

function scriptArguments(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`--${name}`, value]));
}
