import { Stack } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnVPCConnection } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { LakeNetwork } from '../network/lake-network.ts';

export interface VpcConnectionProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
}

/**
 * QuickSight's way to the serving database: network interfaces in the private subnets that reach its port and nothing else.
 * Its rules are here, not in the network, so that they come and go with the dashboard.
 * https://docs.aws.amazon.com/quicksight/latest/user/vpc-creating-a-connection-in-quicksight-cli.html
 */
export class VpcConnection extends Construct {
  readonly connectionArn: string;

  constructor(scope: Construct, id: string, { stage, network }: VpcConnectionProps) {
    super(scope, id);
    const group = new SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: 'QuickSight, on its way to PostgreSQL',
      allowAllOutbound: false,
    });
    group.addEgressRule(network.database, Port.POSTGRES, 'QuickSight to PostgreSQL');
    // The last argument has the rule made here, not in the stack of the network.
    network.database.addIngressRule(group, Port.POSTGRES, 'PostgreSQL from QuickSight', true);
    // https://docs.aws.amazon.com/quicksight/latest/user/vpc-security-groups.html: all that comes back from the database.
    group.addIngressRule(network.database, Port.allTcp(), 'Answers of PostgreSQL to QuickSight');
    const connectionId = dashboardAssetId(stage, 'serving');
    const role = this.createRole(connectionId, network, group);
    const connection = new CfnVPCConnection(this, 'Resource', {
      awsAccountId: Stack.of(this).account,
      vpcConnectionId: connectionId,
      name: connectionId,
      roleArn: role.roleArn,
      subnetIds: network.privateSubnets.subnetIds,
      securityGroupIds: [group.securityGroupId],
    });
    connection.node.addDependency(role);
    this.connectionArn = connection.attrArn;
  }

  private createRole(name: string, network: LakeNetwork, group: ISecurityGroup): Role {
    const { account } = Stack.of(this);
    const role = new Role(this, 'Role', {
      // AWS's own example has no condition here, and does not say that QuickSight tells its account.
      assumedBy: new ServicePrincipal('quicksight.amazonaws.com', {
        conditions: { StringEqualsIfExists: { 'aws:SourceAccount': account } },
      }),
      description: `How QuickSight attaches VPC connection ${name}`,
    });
    // Each action on what it can be limited to: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    const interfaces = this.ec2('network-interface', '*');
    const groups = this.ec2('security-group', group.securityGroupId);
    const subnets = network.privateSubnets.subnetIds.map((subnet) => this.ec2('subnet', subnet));
    const allow = (actions: string[], resources: string[]): void => {
      role.addToPolicy(new PolicyStatement({ actions, resources }));
    };
    allow(['ec2:CreateNetworkInterface'], [interfaces, groups, ...subnets]);
    allow(['ec2:ModifyNetworkInterfaceAttribute'], [interfaces, groups]);
    allow(['ec2:DeleteNetworkInterface'], [interfaces]);
    allow(['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets'], ['*']);
    return role;
  }

  private ec2(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'ec2', resource, resourceName });
  }
}
