import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { SavedQueries } from '../constructs/query/saved-queries.ts';
import { ViewManager } from '../constructs/query/view-manager.ts';
import { Workgroup } from '../constructs/query/workgroup.ts';

export interface QueryStackProps extends StackProps {
  readonly config: StageConfig;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** What those who query see of the lake: workgroups, the views, and queries to begin with. */
export class QueryStack extends Stack {
  readonly analysts: Workgroup;
  readonly dashboards: Workgroup;
  readonly etl: Workgroup;

  constructor(scope: Construct, id: string, { config, storage, catalog, ...props }: QueryStackProps) {
    super(scope, id, props);
    const { stage, operations, lake, workgroups } = config;
    const views = new ViewManager(this, 'Views', { stage, catalog, operations });
    views.addTopicView('Quotes', TOPICS.quotes);
    views.addTopicView('QuotesFiltered', TOPICS.quotesFiltered);
    const common = { stage, storage, catalog, lake };
    this.analysts = new Workgroup(this, 'Analysts', {
      ...common,
      audience: 'analysts',
      config: workgroups.analysts,
    });
    const { results } = this.analysts;
    this.dashboards = new Workgroup(this, 'Dashboards', {
      ...common,
      audience: 'dashboards',
      config: workgroups.dashboards,
      results,
    });
    this.etl = new Workgroup(this, 'Etl', { ...common, audience: 'etl', config: workgroups.etl, results });
    const queries = new SavedQueries(this, 'NamedQueries', {
      workgroupName: this.analysts.workgroupName,
      databaseName: catalog.databaseName,
    });
    queries.node.addDependency(this.analysts);

    new CfnOutput(this, 'AnalystsWorkGroupName', { value: this.analysts.workgroupName });
    new CfnOutput(this, 'DashboardsWorkGroupName', { value: this.dashboards.workgroupName });
    new CfnOutput(this, 'EtlWorkGroupName', { value: this.etl.workgroupName });
    new CfnOutput(this, 'ResultsBucketName', { value: results.bucketName });
  }
}
