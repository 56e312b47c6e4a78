import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { PROJECT_ROOT } from '../../project-root.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { LakeNetwork } from '../network/lake-network.ts';
import type { DatabaseLogin } from './database-login.ts';
import type { QuotesDatabase } from './quotes-database.ts';

/** Where the migrations lie in the project, and beside the bundle. */
const MIGRATIONS = { migrations: 'sql/migrations' } as const;

export interface DatabaseMigrationsProps {
  readonly stage: Stage;
  readonly network: LakeNetwork;
  readonly database: QuotesDatabase;
  readonly crawlerLogin: DatabaseLogin;
  /** @default - dashboards cannot log in */
  readonly dashboardLogin?: DatabaseLogin;
  readonly operations: OperationsConfig;
}

/** Brings the database's schema to what sql/migrations says with each deployment that changed it. */
export class DatabaseMigrations extends Construct {
  /** Depend on it to come after the schema and its users. */
  readonly applied: CustomResource;

  constructor(scope: Construct, id: string, props: DatabaseMigrationsProps) {
    super(scope, id);
    const { network, database, crawlerLogin, dashboardLogin } = props;
    const { handler, role } = new LakeFunction(this, 'MigrateDatabase', {
      stage: props.stage,
      part: 'migrate-database',
      description:
        "Applies migrations to the serving database for CloudFormation, and sets the crawler's password",
      memoryMiB: 256,
      // For an instance that still starts, and for an index over a large table.
      timeout: Duration.minutes(14),
      environment: RDS_TRUST,
      folders: MIGRATIONS,
      network: { vpc: network.vpc, securityGroup: network.clients },
      operations: props.operations,
    });
    database.grantAdmin(role);
    crawlerLogin.grantRead(role);
    dashboardLogin?.grantRead(role);
    this.applied = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::DatabaseMigrations',
      serviceToken: handler.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: {
        DatabaseHost: database.instanceHost,
        DatabasePort: database.port,
        DatabaseName: database.name,
        AdminSecretArn: database.adminSecret.secretArn,
        CrawlerSecretArn: crawlerLogin.secretArn,
        ...(dashboardLogin !== undefined && { DashboardSecretArn: dashboardLogin.secretArn }),
        // CloudFormation asks for an update only where a property changes, as when a migration is added.
        Migrations: listMigrations(),
      },
    });
    this.applied.node.addDependency(handler, role);
  }
}

/** Lambda's Node loads no certificates of Amazon's by itself: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html */
export const RDS_TRUST = { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' } as const;

/** `0001_name.sql sha256:…` of each, in order. */
function listMigrations(): string[] {
  const folder = join(PROJECT_ROOT, MIGRATIONS.migrations);
  return globSync('*.sql', { cwd: folder })
    .sort()
    .map((file) => {
      const checksum = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      return `${file} sha256:${checksum}`;
    });
}
