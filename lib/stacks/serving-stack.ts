import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeNetwork } from '../constructs/network/lake-network.ts';
import { DatabaseCrawler } from '../constructs/serving/database-crawler.ts';
import { DatabaseLogin } from '../constructs/serving/database-login.ts';
import { DatabaseMigrations } from '../constructs/serving/database-migrations.ts';
import { QuotesDatabase } from '../constructs/serving/quotes-database.ts';

export interface ServingStackProps extends StackProps {
  readonly config: StageConfig;
  readonly network: LakeNetwork;
}

/** What applications read: the database of filtered quotes, its schema, and its tables in the catalog. */
export class ServingStack extends Stack {
  readonly database: QuotesDatabase;
  /** How dashboards log in, where there is one. */
  readonly dashboardLogin: DatabaseLogin | undefined;

  constructor(scope: Construct, id: string, { config, network, ...props }: ServingStackProps) {
    super(scope, id, props);
    const { stage, serving, dashboard, operations } = config;
    const common = { stage, network };
    this.database = new QuotesDatabase(this, 'Database', { ...common, serving, operations });
    const { key: encryptionKey } = this.database;
    const login = new DatabaseLogin(this, 'CrawlerLogin', {
      user: 'crawler',
      description: 'How Glue logs in to the serving database; the migrations set it there',
      encryptionKey,
    });
    this.dashboardLogin =
      dashboard.authors === ''
        ? undefined
        : new DatabaseLogin(this, 'DashboardLogin', {
            user: 'dashboard',
            description: 'How QuickSight logs in to the serving database; the migrations set it there',
            encryptionKey,
          });
    const migrations = new DatabaseMigrations(this, 'Migrations', {
      ...common,
      database: this.database,
      crawlerLogin: login,
      ...(this.dashboardLogin !== undefined && { dashboardLogin: this.dashboardLogin }),
      operations,
    });
    const crawler = new DatabaseCrawler(this, 'Crawler', {
      ...common,
      database: this.database,
      login,
      serving,
    });
    // The user whose login it is comes with the migrations.
    crawler.node.addDependency(migrations.applied);

    new CfnOutput(this, 'DatabaseHost', { value: this.database.host });
    new CfnOutput(this, 'DatabaseReaderHost', { value: this.database.readerHost });
    new CfnOutput(this, 'DatabasePort', { value: this.database.port });
    new CfnOutput(this, 'DatabaseName', { value: this.database.name });
    new CfnOutput(this, 'DatabaseArn', { value: this.database.arn });
    new CfnOutput(this, 'CrawlerName', { value: crawler.crawlerName });
    new CfnOutput(this, 'CatalogDatabaseName', { value: crawler.catalogDatabaseName });
  }
}
