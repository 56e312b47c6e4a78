import { Duration, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { locations, zones } from '../../../core/layout.ts';
import type { Audience, Stage } from '../../../core/names.ts';
import { queryPolicyName, workgroupName } from '../../../core/names.ts';
import { TOPICS } from '../../../core/topics.ts';
import type { LakeConfig, WorkgroupConfig } from '../../config/stage-config.ts';
import { DataBucket } from '../lake/data-bucket.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import { type LakeStorage, zoneKey } from '../lake/lake-storage.ts';

export interface WorkgroupProps {
  readonly stage: Stage;
  readonly audience: Audience;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly lake: LakeConfig;
  readonly config: WorkgroupConfig;
  /** Bucket of another workgroup to put results into. @default - a bucket of its own */
  readonly results?: DataBucket;
}

const BYTES_PER_MB = 1_000_000;

interface AudienceTraits {
  readonly description: string;
  /** Whether it may look at records as they were delivered, and at those in quarantine. */
  readonly readsRaw: boolean;
}

const TRAITS: Readonly<Record<Audience, AudienceTraits>> = {
  analysts: { description: 'People and their notebooks', readsRaw: true },
  dashboards: { description: 'What draws charts, for all who look at them', readsRaw: false },
  etl: { description: 'Statements that run by a schedule', readsRaw: false },
};

/** What tables read of the lake bucket. */
const TABLE_ZONES = [zones.curated, zones.history, zones.dimensions, zones.reference];

/**
 * Where one audience queries: every client gets these settings, results are encrypted and short-lived, a scan has a limit. A
 * managed policy gives all that querying through it takes, to be attached to roles and permission sets.
 */
export class Workgroup extends Construct {
  readonly workgroupName: string;
  readonly results: DataBucket;
  /** Begins every key of a result; ends with a slash. */
  readonly resultPrefix: string;
  private readonly props: WorkgroupProps;

  constructor(scope: Construct, id: string, props: WorkgroupProps) {
    super(scope, id);
    const { stage, audience, storage, lake, config } = props;
    this.props = props;
    this.workgroupName = workgroupName(stage, audience);
    this.resultPrefix = `results/${audience}/`;
    this.results =
      props.results ??
      new DataBucket(this, 'Results', {
        encryptionKey: zoneKey(this, 'ResultsKey', stage, 'results', 'Results of queries'),
        accessLogs: storage.accessLogs,
        noncurrentVersionDays: lake.noncurrentVersionDays,
      });
    this.results.addLifecycleRule({
      id: `expire-${audience}`,
      prefix: this.resultPrefix,
      expiration: Duration.days(config.resultDays),
      // Of two rules on an object S3 takes the shorter time: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
      noncurrentVersionExpiration: Duration.days(Math.min(lake.noncurrentVersionDays, config.resultDays)),
    });
    this.addWorkgroup();
    const policy = new ManagedPolicy(this, 'QueryPolicy', {
      managedPolicyName: queryPolicyName(stage, audience),
      description: `Querying through workgroup ${this.workgroupName}`,
    });
    this.grantQuery(policy);
  }

  /**
   * All that querying through this workgroup takes, and to run what is saved in it; neither to save, nor to change a table.
   * https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html#example3-user-access
   */
  grantQuery(grantee: IGrantable): Grant {
    return this.grantAthena(grantee)
      .combine(this.props.catalog.grantQuery(grantee))
      .combine(this.grantReadTables(grantee))
      .combine(this.grantResults(grantee));
  }

  private addWorkgroup(): void {
    const { audience, config } = this.props;
    const workgroup = new CfnWorkGroup(this, 'Resource', {
      name: this.workgroupName,
      description: TRAITS[audience].description,
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        bytesScannedCutoffPerQuery: config.scanCutoffMB * BYTES_PER_MB,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: this.results.s3UrlForObject(this.resultPrefix),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: this.results.key.keyArn },
        },
      },
    });
    workgroup.node.addDependency(this.results);
  }

  private grantAthena(grantee: IGrantable): Grant {
    const athena = (resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'athena', resource, resourceName });
    return Grant.addToPrincipal({
      grantee,
      actions: QUERY_ACTIONS,
      resourceArns: [athena('workgroup', this.workgroupName)],
    })
      .combine(
        Grant.addToPrincipal({
          grantee,
          actions: CATALOG_ACTIONS,
          resourceArns: [athena('datacatalog', 'AwsDataCatalog')],
        }),
      )
      .combine(Grant.addToPrincipal({ grantee, actions: LIST_ACTIONS, resourceArns: ['*'] }));
  }

  private grantReadTables(grantee: IGrantable): Grant {
    const { audience, storage } = this.props;
    const inLake = readUnder(storage.lake, grantee, TABLE_ZONES);
    if (!TRAITS[audience].readsRaw) return inLake;
    const logs = Object.values(TOPICS).map(({ name }) => locations.raw(name));
    return inLake.combine(readUnder(storage.raw, grantee, [...logs, zones.quarantine]));
  }

  private grantResults(grantee: IGrantable): Grant {
    return readUnder(this.results, grantee, [this.resultPrefix]).combine(
      this.results.grantWritePartsUnder(grantee, this.resultPrefix),
    );
  }
}

function readUnder(bucket: DataBucket, grantee: IGrantable, prefixes: readonly string[]): Grant {
  return prefixes
    .map((prefix) => bucket.grantGetUnder(grantee, prefix))
    .reduce((all, grant) => all.combine(grant), bucket.grantBrowse(grantee, prefixes));
}

/** Of a workgroup: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html */
const QUERY_ACTIONS = [
  'athena:GetWorkGroup',
  'athena:StartQueryExecution',
  'athena:StopQueryExecution',
  'athena:GetQueryExecution',
  'athena:BatchGetQueryExecution',
  'athena:ListQueryExecutions',
  'athena:GetQueryResults',
  'athena:GetQueryResultsStream',
  'athena:GetQueryRuntimeStatistics',
  'athena:GetNamedQuery',
  'athena:BatchGetNamedQuery',
  'athena:ListNamedQueries',
  'athena:GetPreparedStatement',
  'athena:BatchGetPreparedStatement',
  'athena:ListPreparedStatements',
];

/** By which drivers and the console show databases and tables. */
const CATALOG_ACTIONS = [
  'athena:GetDataCatalog',
  'athena:GetDatabase',
  'athena:ListDatabases',
  'athena:GetTableMetadata',
  'athena:ListTableMetadata',
];

/** What takes no resource. */
const LIST_ACTIONS = ['athena:ListWorkGroups', 'athena:ListDataCatalogs', 'athena:ListEngineVersions'];
