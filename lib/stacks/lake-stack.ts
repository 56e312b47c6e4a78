import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { databaseName } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { AccessTrail } from '../constructs/lake/access-trail.ts';
import { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import { LakeStorage } from '../constructs/lake/lake-storage.ts';

export interface LakeStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What is kept: buckets, their key, and the catalog over them. */
export class LakeStack extends Stack {
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;

  constructor(scope: Construct, id: string, { config, ...props }: LakeStackProps) {
    super(scope, id, props);
    this.storage = new LakeStorage(this, 'Storage', { stage: config.stage, lake: config.lake });
    if (config.lake.accessTrail)
      new AccessTrail(this, 'AccessTrail', {
        stage: config.stage,
        buckets: [this.storage.raw, this.storage.lake],
        accessLogs: this.storage.accessLogs,
      });
    this.catalog = new LakeCatalog(this, 'Catalog', { databaseName: databaseName(config.stage) });
    this.catalog.addTopicTables('Quotes', TOPICS.quotes, this.storage);
    this.catalog.addTopicTables('QuotesFiltered', TOPICS.quotesFiltered, this.storage);

    new CfnOutput(this, 'RawBucketName', { value: this.storage.raw.bucketName });
    new CfnOutput(this, 'LakeBucketName', { value: this.storage.lake.bucketName });
    new CfnOutput(this, 'DatabaseName', { value: this.catalog.databaseName });
  }
}
