import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDataSource } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { zones } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import type { Workgroup } from '../query/workgroup.ts';
import type { Principals } from './principals.ts';

export interface LakeSourceProps {
  readonly stage: Stage;
  readonly workgroup: Workgroup;
  readonly storage: LakeStorage;
  readonly principals: Principals;
}

/** The lake as QuickSight reads it: Athena, by a role of this data source instead of the one that the account shares. */
export class LakeSource extends Construct {
  readonly dataSourceArn: string;

  constructor(scope: Construct, id: string, { stage, workgroup, storage, principals }: LakeSourceProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    const role = new Role(this, 'Role', {
      // https://docs.aws.amazon.com/quicksight/latest/user/datasource-run-as-role.html
      assumedBy: new ServicePrincipal('quicksight.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      description: `What QuickSight may read of the lake of stage ${stage}`,
    });
    workgroup.grantQuery(role);
    // Which rules were broken is counted from the records that broke them; their bytes are in no data set.
    storage.raw.grantBrowse(role, [zones.quarantine]);
    storage.raw.grantGetUnder(role, zones.quarantine);
    const source = new CfnDataSource(this, 'Resource', {
      awsAccountId: account,
      dataSourceId: dashboardAssetId(stage, 'lake'),
      name: dashboardAssetId(stage, 'lake'),
      type: 'ATHENA',
      dataSourceParameters: {
        athenaParameters: { workGroup: workgroup.workgroupName, roleArn: role.roleArn },
      },
      sslProperties: { disableSsl: false },
      permissions: principals.dataSource,
    });
    // QuickSight tries a data source when it is made.
    source.node.addDependency(role);
    this.dataSourceArn = source.attrArn;
  }
}
