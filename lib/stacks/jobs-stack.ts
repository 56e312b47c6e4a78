import type { StackProps } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stage-config.ts';
import type { LakeCatalog } from '../constructs/lake/lake-catalog.ts';
import type { LakeStorage } from '../constructs/lake/lake-storage.ts';

export interface JobsStackProps extends StackProps {
  readonly config: StageConfig;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
}

/** What is done in batches: files from outside into reference data, curated files into history. */
export class JobsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config: _config, storage: _storage, catalog: _catalog, ...props }: JobsStackProps,
  ) {
    super(scope, id, props);
  }
}
