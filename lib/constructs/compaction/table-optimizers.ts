import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import { tableNames } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';

export interface TableOptimizersProps {
  readonly topics: readonly TopicDefinition[];
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** Of compaction, snapshot retention, and orphan file deletion: one for each in an account, which Glue makes. */
const LOG_GROUPS = ['iceberg-compaction', 'iceberg-retention', 'iceberg-orphan-file-deletion'] as const;

/**
 * What Glue may do when it looks after history: https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html.
 * The optimizers themselves are no template resources, since they need a table that is there: job compact makes them.
 */
export class TableOptimizers extends Construct {
  private readonly role: Role;
  private readonly props: TableOptimizersProps;

  constructor(scope: Construct, id: string, props: TableOptimizersProps) {
    super(scope, id);
    this.props = props;
    const { topics, storage, catalog } = props;
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      description: "What Glue's table optimizers may do with history",
    });
    storage.lake.grantList(this.role);
    for (const { name } of topics) {
      const history = locations.history(name);
      storage.lake.grantGetUnder(this.role, history);
      storage.lake.grantWriteUnder(this.role, history);
      storage.lake.grantDeleteUnder(this.role, history);
      catalog.grantUpdate(this.role, tableNames(name).history);
    }
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: LOG_GROUPS.map((name) =>
          Stack.of(this).formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: `/aws-glue/${name}/logs:*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
      }),
    );
  }

  get roleArn(): string {
    return this.role.roleArn;
  }

  /** To create the optimizers of each topic's history, and to hand the role to Glue for them. */
  grantCreate(grantee: Role): void {
    for (const { name } of this.props.topics) {
      this.props.catalog.grantCreateOptimizers(grantee, tableNames(name).history);
    }
    grantee.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } },
      }),
    );
  }
}
