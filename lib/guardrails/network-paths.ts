/** How a network interface of the deployment comes to an AWS service: by an endpoint, or by NAT. */
import { type Deployment, listOf, type Node, nodes, type Resource } from './deployment.ts';

/** Where something stands in a VPC: a function, the pollers of a cluster, a connection of Glue. */
export interface Place {
  readonly subnets: readonly Resource[];
  readonly securityGroups: readonly Resource[];
}

const HTTPS = 443;

export function placeOf(deployment: Deployment, stack: string, subnets: unknown, groups: unknown): Place {
  const targets = (values: unknown): readonly Resource[] =>
    listOf(values).flatMap((value) => deployment.target(value, stack) ?? []);
  return { subnets: targets(subnets), securityGroups: targets(groups) };
}

/**
 * Why there is no path from a place to a service; undefined if there is one from each of its subnets.
 * @param service as in the name of its endpoint: `s3`, `secretsmanager`
 */
export function pathFault(deployment: Deployment, place: Place, service: string): string | undefined {
  const closed = place.securityGroups.find((group) => !leavesBy(deployment, group, HTTPS));
  if (closed !== undefined) return `security group ${closed.id} lets nothing out to port ${HTTPS}`;
  const cutOff = place.subnets.filter((subnet) => !hasNat(deployment, subnet));
  if (cutOff.length === 0) return undefined;
  const endpoints = deployment
    .ofType('AWS::EC2::VPCEndpoint')
    .filter((endpoint) => serviceOf(deployment, endpoint) === service);
  const lost = cutOff.find((subnet) => !endpoints.some((each) => serves(deployment, each, subnet, place)));
  if (lost === undefined) return undefined;
  return `subnet ${lost.id} has no NAT and no endpoint of ${service} that lets it in`;
}

export function hasNat(deployment: Deployment, subnet: Resource): boolean {
  const table = routeTableOf(deployment, subnet);
  return deployment
    .ofType('AWS::EC2::Route')
    .some(
      ({ properties, stack }) =>
        deployment.target(properties['RouteTableId'], stack) === table &&
        properties['DestinationCidrBlock'] === '0.0.0.0/0' &&
        properties['NatGatewayId'] !== undefined,
    );
}

/** Whether the subnet's route table leads to an internet gateway, so that what stands in it can be public. */
export function isPublic(deployment: Deployment, subnet: Resource): boolean {
  const table = routeTableOf(deployment, subnet);
  return deployment
    .ofType('AWS::EC2::Route')
    .some(
      ({ properties, stack }) =>
        deployment.target(properties['RouteTableId'], stack) === table &&
        properties['GatewayId'] !== undefined,
    );
}

function routeTableOf(deployment: Deployment, subnet: Resource): Resource | undefined {
  const association = deployment
    .ofType('AWS::EC2::SubnetRouteTableAssociation')
    .find(({ properties, stack }) => deployment.target(properties['SubnetId'], stack) === subnet);
  return association && deployment.target(association.properties['RouteTableId'], association.stack);
}

/** `com.amazonaws.${AWS::Region}.s3` -> `s3` */
function serviceOf(deployment: Deployment, { properties, stack }: Resource): string {
  return deployment.text(properties['ServiceName'], stack).replace(/^.*?com\.amazonaws\.[^.]+\./, '');
}

function serves(deployment: Deployment, endpoint: Resource, subnet: Resource, place: Place): boolean {
  const { properties, stack } = endpoint;
  const includes = (values: unknown, resource: Resource | undefined): boolean =>
    listOf(values).some((value) => deployment.target(value, stack) === resource);
  if (properties['VpcEndpointType'] !== 'Interface')
    return includes(properties['RouteTableIds'], routeTableOf(deployment, subnet));
  const isInVpc =
    deployment.text(properties['VpcId'], stack) === deployment.text(subnet.properties['VpcId'], subnet.stack);
  const groups = listOf(properties['SecurityGroupIds']).flatMap(
    (each) => deployment.target(each, stack) ?? [],
  );
  // An interface in any zone serves the whole VPC, by the name that private DNS gives it.
  return (
    isInVpc &&
    properties['PrivateDnsEnabled'] === true &&
    groups.some((group) => place.securityGroups.some((from) => comesIn(deployment, from, group, HTTPS)))
  );
}

/** Rules of a security group, inline and of their own. */
function rulesOf(
  deployment: Deployment,
  group: Resource,
  direction: 'Ingress' | 'Egress',
): readonly { readonly rule: Node; readonly resource: Resource; readonly property: string }[] {
  const property = `SecurityGroup${direction}`;
  const inline = nodes(group.properties[property]).map((rule, index) => ({
    rule,
    resource: group,
    property: `${property}.${index}`,
  }));
  const own = deployment
    .ofType(`AWS::EC2::SecurityGroup${direction}`)
    .filter(({ properties, stack }) => deployment.target(properties['GroupId'], stack) === group)
    .map((resource) => ({ rule: resource.properties, resource, property: 'CidrIp' }));
  return [...inline, ...own];
}

/** Whether one security group lets in what comes from another at a port. */
export function comesIn(deployment: Deployment, from: Resource, to: Resource, port: number): boolean {
  return rulesOf(deployment, to, 'Ingress').some(
    ({ rule, resource }) =>
      isForPort(rule, port) &&
      (rule['CidrIp'] !== undefined ||
        deployment.target(rule['SourceSecurityGroupId'], resource.stack) === from),
  );
}

function leavesBy(deployment: Deployment, group: Resource, port: number): boolean {
  const rules = rulesOf(deployment, group, 'Egress');
  // A group that says nothing lets everything out.
  return rules.length === 0 || rules.some(({ rule }) => isForPort(rule, port));
}

function isForPort({ IpProtocol: protocol, FromPort: from, ToPort: to }: Node, port: number): boolean {
  if (String(protocol) === '-1') return true;
  return protocol === 'tcp' && Number(from ?? 0) <= port && port <= Number(to ?? 65_535);
}
