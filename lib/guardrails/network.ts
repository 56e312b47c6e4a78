/** Whether all that stands in the VPC reaches what it calls. */
import { type Deployment, dig, listOf, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';
import { comesIn, hasNat, pathFault, placeOf } from './network-paths.ts';
import { permissionsOf } from './permissions.ts';

/** Clients of MSK with IAM; pollers use it too. */
const KAFKA_IAM_PORT = 9098;

/** Name of the endpoint where it is another than the prefix of the service's actions. */
const ENDPOINTS: Readonly<Record<string, string>> = { cloudwatch: 'monitoring' };

/**
 * Services whose actions a role has, and which nothing in the subnet calls: Lambda itself makes interfaces (ec2) and writes
 * logs, S3 and Secrets Manager ask KMS, and brokers and database are in the VPC.
 */
const CALLED_FROM_ELSEWHERE = ['ec2', 'logs', 'kms', 'kafka-cluster', 'rds-db', 'xray'];

const SERVICE_PATH: Guardrail = {
  id: 'network-service-path',
  forbids: 'a function in the VPC without a way to a service that its role has actions of',
  why: 'the call hangs until the function times out',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-endpoints.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Lambda::Function')) {
      const place = functionPlace(deployment, resource);
      if (place === undefined) continue;
      for (const service of servicesOf(deployment, resource)) {
        const problem = pathFault(deployment, place, service);
        if (problem !== undefined)
          yield {
            resource,
            property: 'VpcConfig',
            value: `without a way to ${service}: ${problem}`,
            allowed: 'subnets with NAT, or an endpoint whose security group lets the function in',
            fix: `add an endpoint of ${service} in LakeNetwork, or take the function out of the VPC`,
          };
      }
    }
  },
};

function functionPlace(deployment: Deployment, { properties, stack }: Resource) {
  const subnets = dig(properties, 'VpcConfig.SubnetIds');
  if (subnets === undefined) return undefined;
  return placeOf(deployment, stack, subnets, dig(properties, 'VpcConfig.SecurityGroupIds'));
}

function servicesOf(deployment: Deployment, handler: Resource): readonly string[] {
  const role = deployment.target(handler.properties['Role'], handler.stack);
  const prefixes = (role === undefined ? [] : permissionsOf(deployment, role))
    .map(({ action }) => action.split(':')[0] ?? '')
    .filter((prefix) => !CALLED_FROM_ELSEWHERE.includes(prefix));
  const isCustomResource = deployment.resources.some(
    ({ properties, stack }) =>
      properties['ServiceToken'] !== undefined &&
      deployment.target(properties['ServiceToken'], stack) === handler,
  );
  // A custom resource answers CloudFormation through a bucket.
  const services = [
    ...prefixes.map((prefix) => ENDPOINTS[prefix] ?? prefix),
    ...(isCustomResource ? ['s3'] : []),
  ];
  return [...new Set(services)].sort();
}

const POLLER_PATH: Guardrail = {
  id: 'network-poller-path',
  forbids:
    "brokers' subnets without a way to Lambda, STS, and what takes failed batches, or a group that does not let itself in",
  why: "pollers stand in the cluster's subnets and use its security groups: without a path the event source stays in Problem",
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html',
  *check(deployment) {
    for (const [resource, services] of polledClusters(deployment)) {
      const isServerless = resource.type === 'AWS::MSK::ServerlessCluster';
      const at = isServerless ? 'VpcConfigs.0' : 'BrokerNodeGroupInfo';
      const subnets = dig(resource.properties, `${at}.${isServerless ? 'SubnetIds' : 'ClientSubnets'}`);
      const place = placeOf(
        deployment,
        resource.stack,
        subnets,
        dig(resource.properties, `${at}.SecurityGroups`),
      );
      for (const service of services) {
        const problem = pathFault(deployment, place, service);
        if (problem !== undefined)
          yield {
            resource,
            property: at,
            value: `without a way to ${service}: ${problem}`,
            allowed: 'subnets with NAT, or an endpoint whose security group lets the pollers in',
            fix: `add an endpoint of ${service} in LakeNetwork, open to the brokers' security group`,
          };
      }
      for (const group of place.securityGroups)
        if (!comesIn(deployment, group, group, KAFKA_IAM_PORT))
          yield {
            resource,
            property: `${at}.SecurityGroups`,
            value: `${group.id}, closed to itself`,
            allowed: `a security group that lets itself in at port ${KAFKA_IAM_PORT}`,
            fix: 'let the brokers be reached from their own security group, which their pollers use',
          };
    }
  },
};

/** What pollers of each cluster call: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html */
function polledClusters(deployment: Deployment): ReadonlyMap<Resource, ReadonlySet<string>> {
  const clusters = new Map<Resource, Set<string>>();
  for (const { properties, stack } of deployment.ofType('AWS::Lambda::EventSourceMapping')) {
    const cluster = deployment.target(properties['EventSourceArn'], stack);
    if (cluster?.type.startsWith('AWS::MSK::') !== true) continue;
    const services = clusters.get(cluster) ?? new Set(['lambda', 'sts']);
    const destination = dig(properties, 'DestinationConfig.OnFailure.Destination');
    if (deployment.target(destination, stack)?.type === 'AWS::S3::Bucket') services.add('s3');
    if (listOf(properties['SourceAccessConfigurations']).length > 0) services.add('secretsmanager');
    clusters.set(cluster, services);
  }
  return clusters;
}

const GLUE_CONNECTION: Guardrail = {
  id: 'network-glue-connection',
  forbids:
    'a Glue connection whose subnet has no way to S3 or to the secret, or whose security group does not let itself in at all ports',
  why: 'Glue refuses the connection, or the crawler hangs',
  source: 'https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Glue::Connection')) {
      const at = 'ConnectionInput.PhysicalConnectionRequirements';
      const requirements = dig(resource.properties, at);
      if (requirements === undefined) continue;
      const groups = dig(requirements, 'SecurityGroupIdList');
      const place = placeOf(deployment, resource.stack, dig(requirements, 'SubnetId'), groups);
      const hasSecret =
        dig(resource.properties, 'ConnectionInput.ConnectionProperties.SECRET_ID') !== undefined;
      for (const service of ['s3', 'glue', ...(hasSecret ? ['secretsmanager'] : [])]) {
        const problem = pathFault(deployment, place, service);
        if (problem !== undefined)
          yield {
            resource,
            property: at,
            value: `without a way to ${service}: ${problem}`,
            allowed: 'a subnet with NAT, or an endpoint that lets the connection in',
            fix: `add an endpoint of ${service} in LakeNetwork, open to the crawlers' security group`,
          };
      }
      // The lowest and the highest port stand for all.
      const isOpenToItself = place.securityGroups.some((group) =>
        [0, 65_535].every((port) => comesIn(deployment, group, group, port)),
      );
      if (!isOpenToItself)
        yield {
          resource,
          property: `${at}.SecurityGroupIdList`,
          value: groups,
          allowed: 'a security group that lets itself in at all TCP ports',
          fix: 'give crawlers a security group of their own with such a rule',
        };
    }
  },
};

const INTERNET: Guardrail = {
  id: 'network-quotes-api',
  forbids: 'a producer that asks an HTTP API for quotes from a subnet without NAT',
  why: 'no endpoint leads to the internet: each run times out, and no quote comes',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html',
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Lambda::Function')) {
      const value = dig(resource.properties, 'Environment.Variables.QUOTE_SOURCE');
      const place = functionPlace(deployment, resource);
      if (value !== 'http' || place === undefined) continue;
      const lost = place.subnets.find((subnet) => !hasNat(deployment, subnet));
      if (lost !== undefined)
        yield {
          resource,
          property: 'Environment.Variables.QUOTE_SOURCE',
          value,
          allowed: `simulator or tape, since subnet ${lost.id} has no NAT`,
          fix: 'set quotes.source to http in the configuration, by which the network gets a NAT gateway',
        };
    }
  },
};

export const NETWORK_GUARDRAILS: readonly Guardrail[] = [
  SERVICE_PATH,
  POLLER_PATH,
  GLUE_CONNECTION,
  INTERNET,
];
