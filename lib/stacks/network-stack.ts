import type { StackProps } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/stage-config.ts';
import { LakeNetwork } from '../constructs/network/lake-network.ts';

export interface NetworkStackProps extends StackProps {
  readonly config: StageConfig;
}

/** Where brokers and their clients live. */
export class NetworkStack extends Stack {
  readonly network: LakeNetwork;

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
    super(scope, id, props);
    this.network = new LakeNetwork(this, 'Network', {
      network: config.network,
      operations: config.operations,
      reachesInternet: config.quotes.source === 'http',
    });
  }
}
