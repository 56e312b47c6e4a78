/** The MSK control plane over the local broker: https://docs.aws.amazon.com/msk/1.0/apireference/resources.html */
import { type Answer, json } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { MskCluster } from '../types.ts';
import type { LocalService } from './service.ts';

export class MskService {
  readonly #clusters = new Map<string, MskCluster>();
  readonly #createdAt = new Date().toISOString();

  put(cluster: MskCluster): void {
    this.#clusters.set(cluster.clusterArn, cluster);
  }

  readonly answer: LocalService = ({ call, argument }) => {
    switch (call.operation) {
      case 'GetBootstrapBrokers':
        return json({ bootstrapBrokerStringSaslIam: this.#cluster(argument).bootstrapBrokersSaslIam });
      case 'DescribeCluster':
        return this.#describeV1(this.#cluster(argument));
      case 'DescribeClusterV2':
        return json({ clusterInfo: this.#describeV2(this.#cluster(argument)) });
      case 'ListClustersV2': {
        const prefix = call.query.get('clusterNameFilter') ?? '';
        const type = call.query.get('clusterTypeFilter');
        const found = [...this.#clusters.values()].filter(
          ({ clusterName, clusterType }) =>
            clusterName.startsWith(prefix) && (type ?? clusterType) === clusterType,
        );
        return json({ clusterInfoList: found.map((cluster) => this.#describeV2(cluster)) });
      }
      default:
        throw notImplemented(
          'rest-json',
          `MSK operation ${call.operation} is not modelled by the local gateway`,
        );
    }
  };

  #cluster(arn: string | undefined): MskCluster {
    const cluster = this.#clusters.get(arn ?? '');
    if (cluster === undefined)
      throw new AwsError(
        404,
        'NotFoundException',
        `One or more of the parameters are not valid: cluster ${arn ?? ''} does not exist.`,
      );
    return cluster;
  }

  #common({ clusterArn, clusterName }: MskCluster): Readonly<Record<string, unknown>> {
    return {
      clusterArn,
      clusterName,
      state: 'ACTIVE',
      creationTime: this.#createdAt,
      currentVersion: 'K1LOCAL',
      tags: {},
    };
  }

  /** V1 knows provisioned clusters only. */
  #describeV1(cluster: MskCluster): Answer {
    if (cluster.clusterType !== 'PROVISIONED')
      throw new AwsError(
        400,
        'BadRequestException',
        'This operation cannot be performed on serverless clusters. Use DescribeClusterV2.',
      );
    return json({
      clusterInfo: {
        ...this.#common(cluster),
        numberOfBrokerNodes: cluster.numberOfBrokers ?? 1,
        currentBrokerSoftwareInfo: { kafkaVersion: cluster.kafkaVersion },
      },
    });
  }

  #describeV2(cluster: MskCluster): Readonly<Record<string, unknown>> {
    const clientAuthentication = { sasl: { iam: { enabled: true } } };
    const detail =
      cluster.clusterType === 'SERVERLESS'
        ? { serverless: { vpcConfigs: [], clientAuthentication } }
        : {
            provisioned: {
              clientAuthentication,
              numberOfBrokerNodes: cluster.numberOfBrokers ?? 1,
              currentBrokerSoftwareInfo: { kafkaVersion: cluster.kafkaVersion },
            },
          };
    return { ...this.#common(cluster), clusterType: cluster.clusterType, ...detail };
  }
}
