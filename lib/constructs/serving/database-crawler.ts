import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnConnection, CfnCrawler, CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT, servingDatabaseName } from '../../../core/names.ts';
import { SERVING_TABLES } from '../../../core/serving.ts';
import type { ServingConfig } from '../../config/stage-config.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import type { DatabaseLogin } from './database-login.ts';
import type { QuotesDatabase } from './quotes-database.ts';

export interface DatabaseCrawlerProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly database: QuotesDatabase;
  readonly login: DatabaseLogin;
  readonly serving: ServingConfig;
}

/** Before people come to work in New York. */
const DAILY = 'cron(15 9 * * ? *)';

/**
 * Brings the database's tables into the Glue catalog, for Spark jobs and for people who look for a table: a connection into the
 * VPC and a crawler. In a database of its own, since Athena cannot read them.
 */
export class DatabaseCrawler extends Construct {
  readonly crawlerName: string;
  readonly catalogDatabaseName: string;

  constructor(
    scope: Construct,
    id: string,
    { stage, network, database, login, serving }: DatabaseCrawlerProps,
  ) {
    super(scope, id);
    const { account } = Stack.of(this);
    const name = `${PROJECT}-${stage}-serving`;
    this.crawlerName = name;
    this.catalogDatabaseName = servingDatabaseName(stage);
    const catalog = new CfnDatabase(this, 'Database', {
      catalogId: account,
      databaseInput: {
        name: this.catalogDatabaseName,
        description: 'Tables of the serving database in RDS, as its crawler finds them',
      },
    });
    const connection = new CfnConnection(this, 'Connection', {
      catalogId: account,
      connectionInput: {
        name,
        description: 'The serving database, as a user who may only read',
        connectionType: 'JDBC',
        connectionProperties: {
          JDBC_CONNECTION_URL: `jdbc:postgresql://${database.readerHost}:${database.port}/${database.name}`,
          JDBC_ENFORCE_SSL: 'true',
          SECRET_ID: login.secretArn,
        },
        physicalConnectionRequirements: physicalRequirements(network),
      },
    });
    const role = this.createRole(name);
    login.grantRead(role);
    const crawler = new CfnCrawler(this, 'Crawler', {
      name,
      description: 'Tables of the serving database',
      role: role.roleArn,
      databaseName: this.catalogDatabaseName,
      targets: {
        jdbcTargets: [
          {
            connectionName: name,
            path: `${database.name}/public/%`,
            exclusions: [SERVING_TABLES.migrations],
          },
        ],
      },
      // A table that cannot be seen for a while keeps its place in the catalog, and what others hang on it.
      schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
      recrawlPolicy: { recrawlBehavior: 'CRAWL_EVERYTHING' },
      ...(serving.crawlerScheduled && { schedule: { scheduleExpression: DAILY } }),
    });
    crawler.node.addDependency(catalog, connection, role);
  }

  /** What AWSGlueServiceRole grants and this crawler needs: https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html */
  private createRole(name: string): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      description: `What crawler ${name} may do`,
    });
    const arn = (service: string, resource: string, resourceName?: string): string =>
      Stack.of(this).formatArn({ service, resource, ...(resourceName !== undefined && { resourceName }) });
    const catalog = arn('glue', 'catalog');
    const database = arn('glue', 'database', this.catalogDatabaseName);
    const tables = arn('glue', 'table', `${this.catalogDatabaseName}/*`);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['glue:GetConnection'],
        resources: [catalog, arn('glue', 'connection', name)],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'glue:GetDatabase',
          'glue:GetTable',
          'glue:GetTables',
          'glue:CreateTable',
          'glue:UpdateTable',
        ],
        resources: [catalog, database, tables],
      }),
    );
    // One group for all crawlers of an account, which none of them makes its own.
    const logGroup = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '/aws-glue/crawlers:*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup],
      }),
    );
    for (const statement of networkInterfaces(this)) role.addToPolicy(statement);
    return role;
  }
}

/** Where Glue puts its network interfaces: a subnet from which it reaches the database and the endpoints. */
function physicalRequirements({
  privateSubnets,
  crawlers,
}: LakeNetwork): CfnConnection.PhysicalConnectionRequirementsProperty {
  const [subnet] = privateSubnets.subnets;
  if (subnet === undefined) throw new Error('the network has no private subnet');
  return {
    availabilityZone: subnet.availabilityZone,
    subnetId: subnet.subnetId,
    securityGroupIdList: [crawlers.securityGroupId],
  };
}

/** Glue attaches crawlers to the VPC in their role's name, and marks what it made: only that may it tag. */
function networkInterfaces(scope: Construct): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'NetworkInterfaces',
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpoints',
      ],
      resources: ['*'],
    }),
    new PolicyStatement({
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: [
        Stack.of(scope).formatArn({ service: 'ec2', resource: 'network-interface', resourceName: '*' }),
      ],
      conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } },
    }),
  ];
}
