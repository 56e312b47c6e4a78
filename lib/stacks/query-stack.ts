import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { AnalystsWorkgroup } from '../constructs/query/analysts-workgroup.ts';
import { NamedQueries } from '../constructs/query/named-queries.ts';
import { ViewManager } from '../constructs/query/view-manager.ts';

export interface QueryStackProps extends StackProps {
  readonly config: StageConfig;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** What analysts see of the lake: a workgroup, the views, and queries to begin with. */
export class QueryStack extends Stack {
  constructor(scope: Construct, id: string, { config, storage, catalog, ...props }: QueryStackProps) {
    super(scope, id, props);
    const { stage, operations, lake, analysts } = config;
    const views = new ViewManager(this, 'Views', { stage, catalog, operations });
    views.addTopicView('Quotes', TOPICS.quotes);
    views.addTopicView('QuotesFiltered', TOPICS.quotesFiltered);
    const workgroup = new AnalystsWorkgroup(this, 'Analysts', { stage, storage, lake, analysts });
    const queries = new NamedQueries(this, 'NamedQueries', {
      workgroupName: workgroup.workgroupName,
      databaseName: catalog.databaseName,
    });
    queries.node.addDependency(workgroup);

    new CfnOutput(this, 'AnalystsWorkGroupName', { value: workgroup.workgroupName });
    new CfnOutput(this, 'ResultsBucketName', { value: workgroup.results.bucketName });
  }
}
