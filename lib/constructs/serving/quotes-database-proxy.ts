import { ArnFormat, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { DatabaseProxy, DefaultAuthScheme, ProxyTarget } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';
import type { DatabaseUser } from '../../../core/serving.ts';
import { DATABASE_USERS } from '../../../core/serving.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import { logRetention } from '../operations/log-retention.ts';

export interface QuotesDatabaseProxyProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly instance: DatabaseInstance;
  readonly group: ISecurityGroup;
  readonly operations: OperationsConfig;
}

/** Those whom it lets through; the others have a password, of which it knows nothing. */
const USERS = ['writer', 'reader'] as const satisfies readonly DatabaseUser[];

/**
 * RDS Proxy: functions share its connections, and it holds theirs while a standby takes over. Clients log in to it, and it to the
 * database, with IAM tokens: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
 */
export class QuotesDatabaseProxy extends Construct {
  readonly host: string;
  private readonly proxy: DatabaseProxy;

  constructor(
    scope: Construct,
    id: string,
    { stage, network, instance, group, operations }: QuotesDatabaseProxyProps,
  ) {
    super(scope, id);
    const dbProxyName = `${PROJECT}-${stage}-serving`;
    const log = new LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/proxy/${dbProxyName}`,
      retention: logRetention(operations.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('rds.amazonaws.com'),
      description: `What proxy ${dbProxyName} may log in to the database as`,
    });
    for (const user of USERS) instance.grantConnect(role, DATABASE_USERS[user]);
    this.proxy = new DatabaseProxy(this, 'Resource', {
      dbProxyName,
      proxyTarget: ProxyTarget.fromInstance(instance),
      defaultAuthScheme: DefaultAuthScheme.IAM_AUTH,
      role,
      requireTLS: true,
      vpc: network.vpc,
      vpcSubnets: { subnets: network.isolatedSubnets.subnets },
      securityGroups: [group],
      // Few functions run at once; the rest is for the admin, the crawler and people.
      maxConnectionsPercent: 50,
      // A caller rather fails and comes again than waits beyond its own time-out.
      borrowTimeout: Duration.seconds(10),
    });
    this.proxy.node.addDependency(log, role);
    this.host = this.proxy.endpoint;
  }

  /** To log in as `user`, which the proxy then passes on. */
  grantConnect(grantee: IGrantable, user: DatabaseUser): Grant {
    // Joined before it is split, since Fn::Split does not take the output of another stack.
    const path = Fn.split(':db-proxy:', `${this.proxy.dbProxyArn}/${DATABASE_USERS[user]}`, 2);
    return Grant.addToPrincipal({
      grantee,
      actions: ['rds-db:connect'],
      resourceArns: [
        Stack.of(this).formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          resourceName: Fn.select(1, path),
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    });
  }
}
