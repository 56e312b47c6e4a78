import { Stack, Token } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { CfnDataSource } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import type { DatabaseLogin } from '../serving/database-login.ts';
import type { QuotesDatabase } from '../serving/quotes-database.ts';
import type { Principals } from './principals.ts';
import { VpcConnection } from './vpc-connection.ts';

export interface ServingSourceProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly database: QuotesDatabase;
  readonly login: DatabaseLogin;
  readonly principals: Principals;
}

/**
 * As whom QuickSight reads secrets, in every account. It is there once an administrator has let QuickSight use Secrets Manager:
 * https://docs.aws.amazon.com/quicksight/latest/user/secrets-manager-integration.html
 */
const SECRETS_ROLE = 'aws-quicksight-secretsmanager-role-v0';

/** The serving database as QuickSight reads it: its replica, if it has one, over TLS, as a user who may only read. */
export class ServingSource extends Construct {
  readonly dataSourceArn: string;

  constructor(scope: Construct, id: string, props: ServingSourceProps) {
    super(scope, id);
    const { stage, network, database, login, principals } = props;
    const vpc = new VpcConnection(this, 'VpcConnection', { stage, network });
    const reader = Role.fromRoleName(this, 'SecretsRole', SECRETS_ROLE);
    login.grantRead(reader);
    const source = new CfnDataSource(this, 'Resource', {
      awsAccountId: Stack.of(this).account,
      dataSourceId: dashboardAssetId(stage, 'serving'),
      name: dashboardAssetId(stage, 'serving'),
      type: 'POSTGRESQL',
      dataSourceParameters: {
        postgreSqlParameters: {
          host: database.readerHost,
          port: Token.asNumber(database.port),
          database: database.name,
        },
      },
      credentials: { secretArn: login.secretArn },
      sslProperties: { disableSsl: false },
      vpcConnectionProperties: { vpcConnectionArn: vpc.connectionArn },
      permissions: principals.dataSource,
    });
    source.node.addDependency(vpc, reader);
    this.dataSourceArn = source.attrArn;
  }
}
