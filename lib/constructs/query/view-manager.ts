import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { viewColumns } from '../../../core/curated-columns.ts';
import type { Stage } from '../../../core/names.ts';
import { tableNames } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';

export interface ViewManagerProps {
  readonly stage: Stage;
  readonly catalog: LakeCatalog;
  readonly operations: OperationsConfig;
}

/**
 * Creates the views that analysts query. A view is no template resource: it states the cut between history and curated files,
 * which compaction moves, and a deploy would put it back. Removing the stack removes it only while there is no history.
 */
export class ViewManager extends Construct {
  private readonly manager: LakeFunction;
  private readonly catalog: LakeCatalog;

  constructor(scope: Construct, id: string, { stage, catalog, operations }: ViewManagerProps) {
    super(scope, id);
    this.catalog = catalog;
    this.manager = new LakeFunction(this, 'ManageViews', {
      stage,
      part: 'manage-views',
      description: 'Creates Athena views for CloudFormation, and keeps the cut of those that are there',
      memoryMiB: 256,
      timeout: Duration.minutes(1),
      operations,
    });
  }

  /** The view over a topic's history and curated files. */
  addTopicView(id: string, topic: TopicDefinition): void {
    const { view } = tableNames(topic.name);
    this.catalog.grantManageView(this.manager.role, view);
    const resource = new CustomResource(this, id, {
      resourceType: 'Custom::AthenaView',
      serviceToken: this.manager.handler.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        DatabaseName: this.catalog.databaseName,
        ViewName: view,
        Topic: topic.name,
        // Nobody reads it: CloudFormation asks for an update only where a property changes, as when a column is added.
        Columns: viewColumns(topic.name)
          .map(({ name }) => name)
          .join(','),
      },
    });
    resource.node.addDependency(this.manager);
  }
}
