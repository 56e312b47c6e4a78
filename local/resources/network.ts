/** Networks and what watches them: nothing runs behind these, but references to them hold. */

import { arn, nameFromArn } from '../arn.ts';
import type { JsonObject } from '../template/template.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

const NO_NETWORK = 'functions and broker share the loopback interface';

/** An EC2 resource of which Ref is `prefix-<17 digits>` and so is the attribute named `idAttribute`. */
function ec2(
  type: string,
  prefix: string,
  idAttribute?: string,
  more: (request: ResourceRequest) => JsonObject = () => ({}),
): ResourceType {
  return checkedType(`AWS::EC2::${type}`, NO_NETWORK, (request) => {
    const id = `${prefix}-${request.identifier(17)}`;
    return {
      ref: id,
      attributes: { ...(idAttribute === undefined ? {} : { [idAttribute]: id }), ...more(request) },
    };
  });
}

export const networkTypes: readonly ResourceType[] = [
  ec2('VPC', 'vpc', 'VpcId', (request) => ({
    CidrBlock: request.text('CidrBlock'),
    CidrBlockAssociations: [`vpc-cidr-assoc-${request.identifier(17)}`],
    DefaultSecurityGroup: `sg-${request.identifier(17)}`,
    DefaultNetworkAcl: `acl-${request.identifier(17)}`,
  })),
  ec2('Subnet', 'subnet', 'SubnetId', (request) => ({
    AvailabilityZone: request.optionalText('AvailabilityZone') ?? '',
    CidrBlock: request.optionalText('CidrBlock') ?? '',
    VpcId: request.text('VpcId'),
  })),
  ec2('RouteTable', 'rtb', 'RouteTableId'),
  ec2('SubnetRouteTableAssociation', 'rtbassoc', 'Id'),
  ec2('Route', 'r'),
  ec2('InternetGateway', 'igw', 'InternetGatewayId'),
  ec2('VPCGatewayAttachment', 'vpcgw'),
  ec2('EIP', 'eipalloc', 'AllocationId', () => ({ PublicIp: '127.0.0.1' })),
  ec2('NatGateway', 'nat', 'NatGatewayId'),
  ec2('SecurityGroup', 'sg', 'GroupId', (request) => ({ VpcId: request.optionalText('VpcId') ?? '' })),
  ec2('SecurityGroupIngress', 'sgr', 'Id'),
  ec2('SecurityGroupEgress', 'sgr', 'Id'),
  ec2('VPCEndpoint', 'vpce', 'Id', () => ({ DnsEntries: [], NetworkInterfaceIds: [] })),
  ec2('FlowLog', 'fl', 'Id'),
  checkedType('AWS::Logs::LogGroup', 'a function’s log is a file in the state folder', (request, cloud) => {
    const name = request.physicalName('LogGroupName', 512);
    return { ref: name, attributes: { Arn: arn(cloud, 'logs', `log-group:${name}:*`) } };
  }),
  checkedType('AWS::SNS::Topic', 'nobody is notified locally', (request, cloud) => {
    const topicArn = arn(cloud, 'sns', request.physicalName('TopicName', 256));
    return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: nameFromArn(topicArn) } };
  }),
  checkedType('AWS::CDK::Metadata', 'what CDK was used', (request) => ({ ref: request.identity.logicalId })),
];
