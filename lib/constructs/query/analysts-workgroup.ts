import { Duration } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { workgroupName } from '../../../core/names.ts';
import type { AnalystsConfig, LakeConfig } from '../../config/stage-config.ts';
import { DataBucket } from '../lake/data-bucket.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';

export interface AnalystsWorkgroupProps {
  readonly stage: Stage;
  readonly storage: LakeStorage;
  readonly lake: LakeConfig;
  readonly analysts: AnalystsConfig;
}

const BYTES_PER_MB = 1_000_000;
const RESULTS_PREFIX = 'results/';

/** Where analysts query: every client gets these settings, results are encrypted and short-lived, a scan has a limit. */
export class AnalystsWorkgroup extends Construct {
  readonly workgroupName: string;
  readonly results: DataBucket;

  constructor(scope: Construct, id: string, { stage, storage, lake, analysts }: AnalystsWorkgroupProps) {
    super(scope, id);
    this.results = new DataBucket(this, 'Results', {
      encryptionKey: storage.key,
      accessLogs: storage.accessLogs,
      noncurrentVersionDays: Math.min(lake.noncurrentVersionDays, analysts.resultDays),
      lifecycleRules: [
        { id: 'expire-results', prefix: RESULTS_PREFIX, expiration: Duration.days(analysts.resultDays) },
      ],
    });
    this.workgroupName = workgroupName(stage, 'analysts');
    const workgroup = new CfnWorkGroup(this, 'Resource', {
      name: this.workgroupName,
      description: 'Analysts, dashboards and notebooks',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        bytesScannedCutoffPerQuery: analysts.scanCutoffMB * BYTES_PER_MB,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: this.results.s3UrlForObject(RESULTS_PREFIX),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: storage.key.keyArn },
        },
      },
    });
    workgroup.node.addDependency(this.results);
  }
}
