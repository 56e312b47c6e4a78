import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { InstanceType, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IInstanceEngine } from 'aws-cdk-lib/aws-rds';
import {
  CaCertificate,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInstanceReadReplica,
  ParameterGroup,
  PerformanceInsightRetention,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { HostedRotation } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';
import type { DatabaseUser } from '../../../core/serving.ts';
import { DATABASE_USERS, SERVING_DATABASE } from '../../../core/serving.ts';
import type { OperationsConfig, ServingConfig } from '../../config/stage-config.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import { logRetention } from '../operations/log-retention.ts';
import { addDatabaseAlarms } from './database-alarms.ts';
import { QuotesDatabaseProxy } from './quotes-database-proxy.ts';

export interface QuotesDatabaseProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly serving: ServingConfig;
  readonly operations: OperationsConfig;
}

/** The second is where RDS writes why an IAM login failed; the client is told nothing of it. */
const EXPORTED_LOGS = ['postgresql', 'iam-db-auth-error'];

const PASSWORD_DAYS = 7;

/**
 * Amazon RDS for PostgreSQL, reached from the VPC alone, over TLS alone, by IAM tokens. Its disk, backups, secrets and insights
 * are encrypted by a key of its own; the stack's end leaves a final snapshot.
 */
export class QuotesDatabase extends Construct {
  /** Of its disk, snapshots and secrets. */
  readonly key: Key;
  /** Where functions connect: the proxy's, if there is one. */
  readonly host: string;
  /** Where a user with a password connects, which a proxy that knows IAM alone does not let in. */
  readonly instanceHost: string;
  /** Where readers connect: the replica's, if there is one. */
  readonly readerHost: string;
  readonly port: string;
  readonly name = SERVING_DATABASE;
  readonly arn: string;
  readonly adminSecret: ISecret;
  private readonly group: ISecurityGroup;
  private readonly instance: DatabaseInstance;
  private readonly proxy: QuotesDatabaseProxy | undefined;

  constructor(scope: Construct, id: string, props: QuotesDatabaseProps) {
    super(scope, id);
    const { stage, network, serving, operations } = props;
    this.key = new Key(this, 'Key', {
      description: `The serving database of stage ${stage}, its snapshots and its secrets`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // Every rule is the network's: CDK would add its own there, in a circle.
    this.group = SecurityGroup.fromSecurityGroupId(this, 'Group', network.database.securityGroupId, {
      mutable: false,
    });
    const parameterGroup = new ParameterGroup(this, 'Parameters', {
      engine: postgres(serving),
      description: `The serving database of stage ${stage}`,
      parameters: parameters(serving),
    });
    this.instance = this.createInstance(props, parameterGroup);
    const replica = serving.readReplica ? this.createReplica(props, parameterGroup) : undefined;
    this.proxy = serving.proxy
      ? new QuotesDatabaseProxy(this, 'Proxy', {
          stage,
          network,
          operations,
          instance: this.instance,
          group: this.group,
        })
      : undefined;
    this.adminSecret = this.secretOf(this.instance, props);

    this.instanceHost = this.instance.dbInstanceEndpointAddress;
    this.host = this.proxy?.host ?? this.instanceHost;
    this.readerHost = (replica ?? this.instance).dbInstanceEndpointAddress;
    this.port = this.instance.dbInstanceEndpointPort;
    this.arn = this.instance.instanceArn;
    addDatabaseAlarms(this, { instance: this.instance, replica, serving });
  }

  /** To log in as `user` with an IAM token at `host`. */
  grantConnect(grantee: IGrantable, user: DatabaseUser): Grant {
    return (
      this.proxy?.grantConnect(grantee, user) ?? this.instance.grantConnect(grantee, DATABASE_USERS[user])
    );
  }

  /**
   * To log in as the admin: to read the password as it is now, narrower than ISecret's own grant, which allows describing too;
   * and with an IAM token, for an admin who has become a member of rds_iam.
   */
  grantAdmin(grantee: IGrantable): Grant {
    const { secretArn } = this.adminSecret;
    return this.key
      .grant(grantee, 'kms:Decrypt')
      .combine(
        Grant.addToPrincipal({
          grantee,
          actions: ['secretsmanager:GetSecretValue'],
          resourceArns: [secretArn],
        }),
      )
      .combine(this.instance.grantConnect(grantee, DATABASE_USERS.admin));
  }

  private createInstance(
    { stage, network, serving, operations }: QuotesDatabaseProps,
    parameterGroup: ParameterGroup,
  ): DatabaseInstance {
    // Fixed, so that CloudFormation cannot replace it behind the data's back: a second one of that name fails.
    const instanceIdentifier = `${PROJECT}-${stage}-serving`;
    const logs = EXPORTED_LOGS.map(
      (name) =>
        // RDS would make it, and keep what it holds for ever; CDK's own retention brings a function.
        new LogGroup(this, `Log-${name}`, {
          logGroupName: `/aws/rds/instance/${instanceIdentifier}/${name}`,
          retention: logRetention(operations.logDays),
          removalPolicy: RemovalPolicy.DESTROY,
        }),
    );
    const instance = new DatabaseInstance(this, 'Instance', {
      instanceIdentifier,
      ...this.common(serving),
      engine: postgres(serving),
      databaseName: SERVING_DATABASE,
      parameterGroup,
      vpc: network.vpc,
      vpcSubnets: { subnets: network.isolatedSubnets.subnets },
      securityGroups: [this.group],
      multiAz: serving.multiAz,
      allocatedStorage: serving.storageGiB,
      storageEncryptionKey: this.key,
      credentials: Credentials.fromUsername(DATABASE_USERS.admin, { encryptionKey: this.key }),
      manageMasterUserPassword: !serving.readReplica,
      backupRetention: Duration.days(serving.backupDays),
      preferredBackupWindow: serving.backupWindow,
      copyTagsToSnapshot: true,
      // What is left after a mistake: otherwise they go with the instance.
      deleteAutomatedBackups: false,
      deletionProtection: serving.deletionProtection,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      cloudwatchLogsExports: EXPORTED_LOGS,
    });
    instance.node.addDependency(...logs);
    return instance;
  }

  /** For readers, in whatever zone RDS has room. It holds nothing of its own, so it goes with the stack. */
  private createReplica(
    { stage, network, serving }: QuotesDatabaseProps,
    parameterGroup: ParameterGroup,
  ): DatabaseInstanceReadReplica {
    return new DatabaseInstanceReadReplica(this, 'Replica', {
      instanceIdentifier: `${PROJECT}-${stage}-serving-replica`,
      ...this.common(serving),
      sourceDatabaseInstance: this.instance,
      parameterGroup,
      vpc: network.vpc,
      vpcSubnets: { subnets: network.isolatedSubnets.subnets },
      securityGroups: [this.group],
      // Encrypted as its source is, by the same key: in one region RDS takes no other, and none given.
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private common(serving: ServingConfig) {
    const isAdvanced = serving.insights === 'advanced';
    return {
      instanceType: new InstanceType(serving.instanceType.replace(/^db\./, '')),
      iamAuthentication: true,
      publiclyAccessible: false,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      storageType: StorageType.GP3,
      maxAllocatedStorage: serving.maximumStorageGiB,
      preferredMaintenanceWindow: serving.maintenanceWindow,
      // The version is pinned: an upgrade by RDS would leave the template behind, and the next deployment would ask for a downgrade.
      autoMinorVersionUpgrade: false,
      databaseInsightsMode: isAdvanced ? DatabaseInsightsMode.ADVANCED : DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: this.key,
      performanceInsightRetention: isAdvanced
        ? PerformanceInsightRetention.MONTHS_15
        : PerformanceInsightRetention.DEFAULT,
    };
  }

  /**
   * The admin's password. RDS keeps and rotates it in Secrets Manager by itself, but makes no read replica of an instance for
   * which it does: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-limitations
   * With a replica the secret is the stack's, and Secrets Manager rotates it as often by a function that AWS makes and keeps.
   */
  private secretOf({ secret }: DatabaseInstance, { stage, network, serving }: QuotesDatabaseProps): ISecret {
    if (secret === undefined) throw new Error(`${this.node.path} has no admin secret`);
    if (!serving.readReplica) return secret;
    secret.addRotationSchedule('Rotation', {
      automaticallyAfter: Duration.days(PASSWORD_DAYS),
      // Deployments would wait for it, and the password is fresh.
      rotateImmediatelyOnUpdate: false,
      hostedRotation: HostedRotation.postgreSqlSingleUser({
        functionName: `${PROJECT}-${stage}-rotate-admin-password`,
        vpc: network.vpc,
        vpcSubnets: { subnets: network.privateSubnets.subnets },
        securityGroups: [network.clients],
      }),
    });
    return secret;
  }
}

function postgres({ engineVersion }: ServingConfig): IInstanceEngine {
  const [major = ''] = engineVersion.split('.');
  return DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.of(engineVersion, major) });
}

/** What differs from RDS's defaults, or must not change with them; in the units of PostgreSQL, ms where it is a time. */
function parameters({ maximumConnections }: ServingConfig): Record<string, string> {
  return {
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
    'rds.force_ssl': '1',
    // A number, not a formula over the instance's memory: an alarm is set against it.
    max_connections: String(maximumConnections),
    // A function that is frozen or killed within a transaction holds its locks no longer than this.
    idle_in_transaction_session_timeout: '60000',
    // Who waited for whom, and what took a second.
    log_lock_waits: '1',
    log_min_duration_statement: '1000',
  };
}
