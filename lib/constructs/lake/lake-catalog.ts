import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { curatedColumns } from '../../../core/curated-columns.ts';
import { locations } from '../../../core/layout.ts';
import { tableNames } from '../../../core/names.ts';
import { DT_COLUMN } from '../../../core/quote.ts';
import type { CatalogColumn } from '../../../core/raw-schema.ts';
import {
  LOG_PARTITION_KEYS,
  QUARANTINE_COLUMNS,
  RAW_AVRO_SCHEMA_TEXT,
  RAW_COLUMNS,
} from '../../../core/raw-schema.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { LakeStorage } from './lake-storage.ts';
import type { TableFormat } from './table-format.ts';
import { avro, json, parquet } from './table-format.ts';

export interface LakeCatalogProps {
  readonly databaseName: string;
}

interface TableOptions {
  readonly name: string;
  readonly description: string;
  readonly location: string;
  readonly format: TableFormat;
  readonly columns: readonly CatalogColumn[];
  readonly partitionKeys: readonly CatalogColumn[];
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The Glue database and the tables over a topic's data, their columns those of the contract. */
export class LakeCatalog extends Construct {
  readonly databaseName: string;
  private readonly database: CfnDatabase;

  constructor(scope: Construct, id: string, props: LakeCatalogProps) {
    super(scope, id);
    this.databaseName = props.databaseName;
    this.database = new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: props.databaseName, description: 'Stock quotes: raw, quarantined, curated' },
    });
    this.database.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  /** The tables over what one topic becomes: its raw log, what was quarantined, what is curated. */
  addTopicTables(id: string, topic: TopicDefinition, buckets: Pick<LakeStorage, 'raw' | 'lake'>): void {
    const scope = new Construct(this, id);
    const names = tableNames(topic.name);
    const rawLocation = buckets.raw.s3UrlForObject(locations.raw(topic.name));
    this.addTable(scope, 'Raw', {
      name: names.raw,
      description: `Topic ${topic.name} as delivered; a query names the log_id that it reads`,
      location: rawLocation,
      format: avro(RAW_AVRO_SCHEMA_TEXT),
      columns: RAW_COLUMNS,
      partitionKeys: LOG_PARTITION_KEYS,
      parameters: projection(rawLocation, topic),
    });
    const quarantineLocation = buckets.raw.s3UrlForObject(locations.quarantine(topic.name));
    this.addTable(scope, 'Quarantine', {
      name: names.quarantine,
      description: `Records of topic ${topic.name} that break a quality rule; a query names the log_id that it reads`,
      location: quarantineLocation,
      format: json(),
      columns: QUARANTINE_COLUMNS,
      partitionKeys: LOG_PARTITION_KEYS,
      parameters: projection(quarantineLocation, topic),
    });
    this.addTable(scope, 'Curated', {
      name: names.curated,
      description: `Good records of topic ${topic.name}; partitions are registered as they are written`,
      location: buckets.lake.s3UrlForObject(locations.curated(topic.name)),
      format: parquet(),
      columns: curatedColumns(topic.name),
      partitionKeys: [DT_COLUMN],
    });
  }

  /** To register partitions of a table, and to look at one that somebody else has registered. */
  grantRegisterPartitions(grantee: IGrantable, tableName: string): Grant {
    return this.grantOnTable(
      grantee,
      ['glue:BatchCreatePartition', 'glue:GetPartition', 'glue:GetTable'],
      tableName,
    );
  }

  /** To learn where a table lies and what its columns are. */
  grantDescribe(grantee: IGrantable, tableName: string): Grant {
    return this.grantOnTable(grantee, ['glue:GetTable'], tableName);
  }

  /**
   * To query any table or view by a query engine. Athena asks for database `default` as well, whichever a query names:
   * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region
   */
  grantQuery(grantee: IGrantable): Grant {
    const actions = [
      'glue:GetDatabase',
      'glue:GetTable',
      'glue:GetTables',
      'glue:GetPartition',
      'glue:GetPartitions',
      'glue:BatchGetPartition',
    ];
    const glue = (resource: string, resourceName?: string): string =>
      Stack.of(this).formatArn({ service: 'glue', resource, ...(resourceName && { resourceName }) });
    const alsoGet = (action: string, ...resourceArns: string[]): Grant =>
      Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
    return (
      this.grantOnTable(grantee, actions, '*')
        .combine(alsoGet('glue:GetDatabase', glue('database', 'default')))
        // Names alone, and all or none: there is no list of some.
        .combine(alsoGet('glue:GetDatabases', glue('catalog'), glue('database', '*')))
    );
  }

  /** To change a table or view that is there. */
  grantUpdate(grantee: IGrantable, tableName: string): Grant {
    return this.grantOnTable(grantee, ['glue:GetTable', 'glue:UpdateTable'], tableName);
  }

  /** To create a table and change it from then on. */
  grantMaintain(grantee: IGrantable, tableName: string): Grant {
    return this.grantOnTable(grantee, ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'], tableName);
  }

  /** To create an Iceberg table and commit to it: its catalog looks at the database, too. */
  grantCommit(grantee: IGrantable, tableName: string): Grant {
    return this.grantMaintain(grantee, tableName).combine(
      this.grantOnTable(grantee, ['glue:GetDatabase'], tableName),
    );
  }

  /** To have Glue look after an Iceberg table, once it is there. */
  grantCreateOptimizers(grantee: IGrantable, tableName: string): Grant {
    return this.grantOnTable(grantee, ['glue:CreateTableOptimizer'], tableName);
  }

  /** What a crawler does with the tables that it makes, all of whose names begin with `prefix`. */
  grantCrawl(grantee: IGrantable, prefix: string): Grant {
    const actions = [
      'glue:GetDatabase',
      'glue:GetTable',
      'glue:CreateTable',
      'glue:UpdateTable',
      'glue:GetPartition',
      'glue:GetPartitions',
      'glue:BatchGetPartition',
      'glue:BatchCreatePartition',
      'glue:UpdatePartition',
    ];
    // It lists the database's tables to find those that are its own.
    return this.grantOnTable(grantee, actions, `${prefix}*`).combine(
      this.grantOnTable(grantee, ['glue:GetTables'], '*'),
    );
  }

  /** To create a view, change it, and remove it. */
  grantManageView(grantee: IGrantable, viewName: string): Grant {
    const actions = ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'];
    return this.grantOnTable(grantee, actions, viewName);
  }

  /** Glue asks for the right on the catalog and the database as well. */
  private grantOnTable(grantee: IGrantable, actions: string[], tableName: string): Grant {
    const arn = (resource: string, resourceName?: string): string =>
      Stack.of(this).formatArn({
        service: 'glue',
        resource,
        ...(resourceName !== undefined && { resourceName }),
      });
    const resourceArns = [
      arn('catalog'),
      arn('database', this.databaseName),
      arn('table', `${this.databaseName}/${tableName}`),
    ];
    return Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  private addTable(scope: Construct, id: string, options: TableOptions): void {
    const { classification, serde, ...formats } = options.format;
    const table = new CfnTable(scope, id, {
      catalogId: Stack.of(this).account,
      databaseName: this.databaseName,
      tableInput: {
        name: options.name,
        description: options.description,
        tableType: 'EXTERNAL_TABLE',
        parameters: { EXTERNAL: 'TRUE', classification, ...options.parameters },
        partitionKeys: options.partitionKeys.map(glueColumn),
        storageDescriptor: {
          ...formats,
          columns: options.columns.map(glueColumn),
          location: options.location,
          serdeInfo: serde,
        },
      },
    });
    table.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    table.addResourceDependency(this.database);
  }
}

/**
 * Partitions by projection: found by computing their paths, never registered. Logs are too irregular to enumerate, so a query
 * names one. https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
function projection(location: string, topic: TopicDefinition): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.log_id.type': 'injected',
    'projection.kafka_partition.type': 'integer',
    'projection.kafka_partition.range': `0,${topic.partitions - 1}`,
    'projection.kafka_partition.digits': '4',
    'storage.location.template': `${location}log_id=\${log_id}/kafka_partition=\${kafka_partition}/`,
  };
}

function glueColumn({ name, glueType, comment }: CatalogColumn): CfnTable.ColumnProperty {
  return { name, type: glueType, comment };
}
