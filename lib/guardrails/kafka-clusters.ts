/** MSK clusters: versions and brokers that there are, zones, encryption, authentication, logs. */
import { type Deployment, dig, listOf, type Node, nodes } from './deployment.ts';
import type { Fault, Guardrail } from './guardrail.ts';

const DEVELOPER_GUIDE = 'https://docs.aws.amazon.com/msk/latest/developerguide';

/** Versions without an announced end of support, as of 2026-11; ZooKeeper's are left out, since MSK moves none to KRaft. */
const KAFKA_VERSIONS = ['3.8.x.kraft', '3.9.x.kraft', '4.0.x.kraft', '4.1.x.kraft'];

/** Of kafka.m5, kafka.m7g and express.m7g; the last two have no 24xlarge, and t3 runs no KRaft of 3.9. */
const SIZES = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'];
const BROKER_TYPES = [
  ...SIZES.map((size) => `kafka.m7g.${size}`),
  ...SIZES.map((size) => `express.m7g.${size}`),
  ...[...SIZES, '24xlarge'].map((size) => `kafka.m5.${size}`),
];

const KAFKA_VERSION: Guardrail = {
  id: 'kafka-version',
  forbids: 'a Kafka version that MSK does not support on KRaft',
  why: 'MSK refuses the cluster, or upgrades it by itself when the version ends',
  source: `${DEVELOPER_GUIDE}/supported-kafka-versions.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster')) {
      const value = resource.properties['KafkaVersion'];
      if (!KAFKA_VERSIONS.includes(value as string))
        yield {
          resource,
          property: 'KafkaVersion',
          value,
          allowed: KAFKA_VERSIONS.join(', '),
          fix: 'set cluster.kafkaVersion to one of them',
        };
    }
    for (const resource of deployment.ofType('AWS::MSK::Configuration')) {
      const value = listOf(resource.properties['KafkaVersionsList']);
      if (value.some((version) => !KAFKA_VERSIONS.includes(version as string)))
        yield {
          resource,
          property: 'KafkaVersionsList',
          value,
          allowed: `none but ${KAFKA_VERSIONS.join(', ')}`,
          fix: 'make the configuration for the version of its cluster',
        };
    }
  },
};

const BROKER_TYPE: Guardrail = {
  id: 'kafka-broker-type',
  forbids: 'a broker type that MSK does not have on KRaft',
  why: 'creation fails after the network is there',
  source: `${DEVELOPER_GUIDE}/broker-instance-types.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster')) {
      const value = dig(resource.properties, 'BrokerNodeGroupInfo.InstanceType');
      if (!BROKER_TYPES.includes(value as string))
        yield {
          resource,
          property: 'BrokerNodeGroupInfo.InstanceType',
          value,
          allowed: `kafka.m7g or express.m7g of ${SIZES.join(', ')}, or kafka.m5 of the same and 24xlarge`,
          fix: 'set cluster.brokerType to one of them, such as kafka.m7g.large',
        };
    }
  },
};

const BROKERS_PER_ZONE: Guardrail = {
  id: 'kafka-brokers-per-zone',
  forbids:
    'brokers that do not spread evenly over the zones of the client subnets, and one subnet named twice',
  why: 'MSK puts the same number of brokers in each zone and refuses any other count',
  source: 'https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster')) {
      const subnets = listOf(dig(resource.properties, 'BrokerNodeGroupInfo.ClientSubnets'));
      const zones = new Set(subnets.map((subnet) => zoneOf(deployment, subnet, resource.stack))).size;
      if (zones !== subnets.length)
        yield {
          resource,
          property: 'BrokerNodeGroupInfo.ClientSubnets',
          value: `${subnets.length} subnets in ${zones} zones`,
          allowed: 'one subnet in each of two or three zones',
          fix: 'name one private subnet of each zone',
        };
      const value = resource.properties['NumberOfBrokerNodes'];
      if (!Number.isInteger(value) || Number(value) < 1 || Number(value) % subnets.length !== 0)
        yield {
          resource,
          property: 'NumberOfBrokerNodes',
          value,
          allowed: `a multiple of ${subnets.length}, the number of client subnets`,
          fix: 'raise it to the next multiple, or give the brokers other subnets',
        };
    }
  },
};

function zoneOf(deployment: Deployment, subnet: unknown, stack: string): string {
  const resource = deployment.target(subnet, stack);
  return resource === undefined
    ? deployment.text(subnet, stack)
    : JSON.stringify(resource.properties['AvailabilityZone']);
}

/** What a provisioned cluster must say; a serverless one encrypts by itself. */
const ENCRYPTION: readonly {
  readonly property: string;
  readonly allowed: string;
  readonly fits: (value: unknown) => boolean;
}[] = [
  {
    property: 'EncryptionInfo.EncryptionInTransit.ClientBroker',
    allowed: 'TLS',
    fits: (value) => value === 'TLS',
  },
  {
    property: 'EncryptionInfo.EncryptionInTransit.InCluster',
    allowed: 'true',
    fits: (value) => value === true,
  },
  {
    property: 'EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId',
    allowed: "a key of the stack's own",
    fits: (value) => value !== undefined,
  },
];

const KAFKA_ENCRYPTION: Guardrail = {
  id: 'kafka-encryption',
  forbids: 'a provisioned cluster that takes plain text, or whose volumes have no key of our own',
  why: 'what an account can read of a disk or a wire is then not for the lake to decide',
  source: `${DEVELOPER_GUIDE}/msk-working-with-encryption.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster'))
      for (const { property, allowed, fits } of ENCRYPTION) {
        const value = dig(resource.properties, property);
        if (!fits(value)) yield { resource, property, value, allowed, fix: `set ${property} so` };
      }
  },
};

const KAFKA_AUTHENTICATION: Guardrail = {
  id: 'kafka-authentication',
  forbids: 'a cluster without IAM access control, or one that lets clients in by another way',
  why: 'MSK Serverless knows IAM alone, and what policies grant by topic and group holds with nothing else',
  source: `${DEVELOPER_GUIDE}/iam-access-control.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster')) {
      const authentication = resource.properties['ClientAuthentication'];
      if (dig(authentication, 'Sasl.Iam.Enabled') !== true)
        yield {
          resource,
          property: 'ClientAuthentication.Sasl.Iam.Enabled',
          value: dig(authentication, 'Sasl.Iam.Enabled'),
          allowed: 'true',
          fix: 'enable IAM access control',
        };
      // Where it is left out, MSK takes it for the default of the cluster's other ways in.
      const others = ['Unauthenticated.Enabled', 'Sasl.Scram.Enabled', 'Tls.Enabled'];
      for (const property of others.filter((each) => dig(authentication, each) === true))
        yield {
          resource,
          property: `ClientAuthentication.${property}`,
          value: true,
          allowed: 'false: IAM is the one way in',
          fix: 'leave IAM alone to say who comes in',
        };
    }
  },
};

const PUBLIC_ACCESS = 'BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type';

const KAFKA_PUBLIC: Guardrail = {
  id: 'kafka-public',
  forbids: 'brokers with public addresses',
  why: 'whoever gets hold of credentials is then in the stream from anywhere: producers, pollers and jobs are all in the VPC',
  source: `${DEVELOPER_GUIDE}/public-access.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster')) {
      const value = dig(resource.properties, PUBLIC_ACCESS);
      if (value !== undefined && value !== 'DISABLED')
        yield {
          resource,
          property: PUBLIC_ACCESS,
          value,
          allowed: 'DISABLED, which is the default',
          fix: 'take ConnectivityInfo away, and let clients from elsewhere in by a VPC connection of their own',
        };
    }
  },
};

const KAFKA_LOGGING: Guardrail = {
  id: 'kafka-logging',
  forbids: 'brokers whose logs go nowhere',
  why: 'MSK keeps none by default, and nothing else tells why a broker was lost',
  source: `${DEVELOPER_GUIDE}/msk-logging.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::MSK::Cluster')) {
      const logs = (dig(resource.properties, 'LoggingInfo.BrokerLogs') ?? {}) as Node;
      if (!nodes(Object.values(logs)).some(({ Enabled }) => Enabled === true))
        yield {
          resource,
          property: 'LoggingInfo.BrokerLogs',
          value: resource.properties['LoggingInfo'] === undefined ? undefined : 'not enabled',
          allowed: 'CloudWatch Logs, S3 or Firehose, enabled',
          fix: 'send the broker logs to a log group with a retention',
        };
    }
  },
};

const KAFKA_ATTRIBUTE: Guardrail = {
  id: 'kafka-attribute',
  forbids: 'reading anything but Arn or CurrentVersion from a cluster, its bootstrap servers above all',
  why: 'CloudFormation does not return them, and the deployment fails on its way',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-serverlesscluster.html',
  *check(deployment) {
    const clusters = deployment.ofType('AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster');
    const stacks = new Set(clusters.map(({ stack }) => stack));
    // Attributes are read within a stack; others see its outputs.
    for (const resource of deployment.resources.filter(({ stack }) => stacks.has(stack)))
      for (const { property, id, attribute } of attributesIn(resource.properties)) {
        const isOfCluster = clusters.some((cluster) => cluster.stack === resource.stack && cluster.id === id);
        if (isOfCluster && attribute !== 'Arn' && attribute !== 'CurrentVersion')
          yield {
            resource,
            property,
            value: `${id}.${attribute}`,
            allowed: 'Arn or CurrentVersion of a cluster',
            fix: 'pass the ARN, and ask the Kafka API for the bootstrap servers (kafka:GetBootstrapBrokers)',
          } satisfies Fault;
      }
  },
};

interface Attribute {
  readonly property: string;
  readonly id: string;
  readonly attribute: string;
}

function attributesIn(value: unknown, path: readonly string[] = []): Attribute[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]: [string, unknown]) => {
    if (name !== 'Fn::GetAtt') return attributesIn(child, name.startsWith('Fn::') ? path : [...path, name]);
    const [id = '', ...attribute] = [child].flat().join('.').split('.');
    return [{ property: path.join('.'), id, attribute: attribute.join('.') }];
  });
}

export const KAFKA_CLUSTER_GUARDRAILS: readonly Guardrail[] = [
  KAFKA_VERSION,
  BROKER_TYPE,
  BROKERS_PER_ZONE,
  KAFKA_ENCRYPTION,
  KAFKA_AUTHENTICATION,
  KAFKA_PUBLIC,
  KAFKA_LOGGING,
  KAFKA_ATTRIBUTE,
];
