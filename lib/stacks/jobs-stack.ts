import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PROJECT } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import type { StageConfig } from '../config/stage-config.ts';
import { Compaction } from '../constructs/compaction/compaction.ts';
import { GlueEncryption } from '../constructs/jobs/glue-encryption.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';
import { Listing } from '../constructs/reference/listing.ts';

export interface JobsStackProps extends StackProps {
  readonly config: StageConfig;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** What is done in batches: files from outside into reference data, curated files into history. It keeps nothing. */
export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, { config, storage, catalog, ...props }: JobsStackProps) {
    super(scope, id, props);
    const { stage, operations, jobs, lake } = config;
    const encryption = new GlueEncryption(this, 'Encryption', {
      name: `${PROJECT}-${stage}-jobs`,
      encryptionKey: storage.key,
      operations,
    });
    const common = { stage, storage, catalog, encryption, jobs, operations };
    const listing = new Listing(this, 'Listing', common);
    const compaction = new Compaction(this, 'Compaction', {
      ...common,
      topics: [TOPICS.quotes, TOPICS.quotesFiltered],
      lake,
    });

    this.output('CompactJobName', compaction.job.jobName);
    this.output('LoadListingJobName', listing.job.jobName);
    this.output('ListingWorkflowName', listing.workflowName);
    this.output('ListingCrawlerName', listing.crawler.crawlerName);
    this.output('MoveCutFunctionName', compaction.moveCut.handler.functionName);
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}
