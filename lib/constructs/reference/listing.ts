import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { CfnTrigger, CfnWorkflow } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { LISTING_TABLES, listingWorkflowName } from '../../../core/names.ts';
import type { JobsConfig } from '../../config/stage-config.ts';
import type { GlueEncryption } from '../jobs/glue-encryption.ts';
import { SparkJob } from '../jobs/spark-job.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';
import { ListingCrawler } from './listing-crawler.ts';

export interface ListingProps {
  readonly stage: Stage;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly encryption: GlueEncryption;
  readonly jobs: JobsConfig;
}

/** The most that Glue takes: the window ends a batch, not the number of its files. */
const LARGEST_BATCH = 100;

/**
 * A listing that is dropped under reference/ is loaded: EventBridge tells a Glue workflow, which waits for others to join it,
 * crawls, and where that went well runs the job that makes table `nasdaq_listed` of the newest file. The job makes that
 * table, since a deployment would put one of the template back.
 */
export class Listing extends Construct {
  readonly workflowName: string;
  readonly crawler: ListingCrawler;
  readonly job: SparkJob;

  constructor(scope: Construct, id: string, props: ListingProps) {
    super(scope, id);
    const { stage, storage, catalog } = props;
    const name = listingWorkflowName(stage);
    this.crawler = new ListingCrawler(this, 'Crawler', { ...props, name });
    this.job = new SparkJob(this, 'LoadListing', {
      ...props,
      part: 'load-listing',
      description: 'Cleans the newest listing into table nasdaq_listed',
      section: 'listing-refused',
    });
    this.grantLoad(storage, catalog);
    const workflow = new CfnWorkflow(this, 'Workflow', {
      name,
      description: 'Crawls dropped listing files and loads the newest',
      // Two loads at once would end as the later one alone does.
      maxConcurrentRuns: 1,
    });
    this.workflowName = workflow.ref;
    this.addTriggers(name, props.jobs);
    this.startWhenDropped(name, storage);
  }

  private grantLoad({ lake }: LakeStorage, catalog: LakeCatalog): void {
    const { role } = this.job;
    const dimension = locations.dimension(LISTING_TABLES.dimension);
    lake.grantList(role);
    lake.grantGetUnder(role, locations.reference(LISTING_TABLES.dimension));
    lake.grantGetUnder(role, dimension);
    lake.grantWriteUnder(role, dimension);
    lake.grantDeleteUnder(role, dimension);
    lake.grantTagUnder(role, dimension);
    // Before it makes a folder, Spark asks whether a file stands in its place.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: foldersOf(dimension).map((key) => lake.arnForObjects(key)),
      }),
    );
    // Markers that Glue's Spark leaves beside each folder: https://repost.aws/knowledge-center/emr-s3-empty-files
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:PutObject'],
        resources: foldersOf(dimension).map((key) => lake.arnForObjects(`${key}_$folder$`)),
      }),
    );
    catalog.grantMaintain(role, LISTING_TABLES.dimension);
  }

  /** https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html */
  private addTriggers(name: string, { listingWindowSeconds }: JobsConfig): void {
    const { workflowName } = this;
    new CfnTrigger(this, 'Dropped', {
      name: `${name}-dropped`,
      description: 'Files were dropped',
      workflowName,
      type: 'EVENT',
      eventBatchingCondition: { batchSize: LARGEST_BATCH, batchWindow: listingWindowSeconds },
      actions: [{ crawlerName: this.crawler.crawlerName }],
    });
    new CfnTrigger(this, 'Crawled', {
      name: `${name}-crawled`,
      description: 'Dropped files are in the catalog',
      workflowName,
      type: 'CONDITIONAL',
      startOnCreation: true,
      predicate: {
        conditions: [
          {
            logicalOperator: 'EQUALS',
            crawlerName: this.crawler.crawlerName,
            crawlState: 'SUCCEEDED',
          },
        ],
      },
      actions: [{ jobName: this.job.jobName }],
    });
  }

  private startWhenDropped(name: string, { lake }: LakeStorage): void {
    const { workflowName } = this;
    const workflowArn = Stack.of(this).formatArn({
      service: 'glue',
      resource: 'workflow',
      resourceName: workflowName,
    });
    const role = new Role(this, 'NotifyRole', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: `Tells workflow ${name} of files`,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['glue:notifyEvent'], resources: [workflowArn] }));
    const rule = new Rule(this, 'FileDropped', {
      ruleName: name,
      description: 'Dropped listing files start their workflow',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [lake.bucketName] },
          object: { key: [{ prefix: locations.reference(LISTING_TABLES.dimension) }] },
        },
      },
      targets: [{ bind: () => ({ arn: workflowArn, role }) }],
    });
    new RunbookAlarm(this, 'NotStarted', {
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: { RuleName: rule.ruleName },
        statistic: Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      summary: 'A dropped listing did not reach its workflow',
      section: 'listing-refused',
    });
  }
}

/** `a/b/` is in the folders `a` and `a/b`. */
function foldersOf(prefix: string): string[] {
  const names = prefix.split('/').slice(0, -1);
  return names.map((_name, index) => names.slice(0, index + 1).join('/'));
}
