import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DATA_SETS } from '../../core/dashboard/data-sets.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { DataSets } from '../constructs/dashboard/data-sets.ts';
import { quotesDefinition } from '../constructs/dashboard/definition/definition.ts';
import { LakeSource } from '../constructs/dashboard/lake-source.ts';
import { Principals } from '../constructs/dashboard/principals.ts';
import { QuotesDashboard } from '../constructs/dashboard/quotes-dashboard.ts';
import { ServingSource } from '../constructs/dashboard/serving-source.ts';
import { Theme } from '../constructs/dashboard/theme.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import type { LakeNetwork } from '../constructs/network/lake-network.ts';
import type { Workgroup } from '../constructs/query/workgroup.ts';
import type { DatabaseLogin } from '../constructs/serving/database-login.ts';
import type { QuotesDatabase } from '../constructs/serving/quotes-database.ts';
import type { KafkaCluster } from '../constructs/stream/kafka-cluster.ts';

export interface DashboardStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: LakeNetwork;
  /** Whose quarantine is shown. */
  readonly cluster: KafkaCluster;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly workgroup: Workgroup;
  readonly database: QuotesDatabase;
  readonly login: DatabaseLogin;
}

/** What people see in QuickSight: data sources and data sets, an analysis and the dashboard. It keeps nothing. */
export class DashboardStack extends Stack {
  constructor(scope: Construct, id: string, props: DashboardStackProps) {
    const { config, network, cluster, storage, catalog, workgroup, database, login, ...stackProps } = props;
    super(scope, id, stackProps);
    const { stage, dashboard } = config;
    const principals = new Principals(dashboard);
    const common = { stage, principals };
    const lake = new LakeSource(this, 'Lake', { ...common, workgroup, storage });
    const serving = new ServingSource(this, 'Serving', { ...common, network, database, login });
    const dataSets = new DataSets(this, 'DataSets', {
      ...common,
      definitions: DATA_SETS,
      dashboard,
      sources: { lake: lake.dataSourceArn, serving: serving.dataSourceArn },
      place: {
        databaseName: catalog.databaseName,
        logId: logIdOf(cluster),
        days: dashboard.importDays,
      },
    });
    const quotes = new QuotesDashboard(this, 'Quotes', {
      ...common,
      definition: quotesDefinition(dataSets.arns),
      dataSets: DATA_SETS,
      themeArn: new Theme(this, 'Theme', common).themeArn,
    });

    new CfnOutput(this, 'DashboardId', { value: quotes.dashboardId });
    new CfnOutput(this, 'AnalysisId', { value: quotes.analysisId });
  }
}

/** The last part of the cluster's ARN, as core/layout.ts takes it; joined before it is split, since it is of another stack. */
function logIdOf({ clusterArn }: KafkaCluster): string {
  return Fn.select(2, Fn.split('/', `${clusterArn}/`));
}
