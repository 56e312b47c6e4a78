import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { readable } from '../helpers/readable.ts';
import { onlyOne, synthesize } from './synthesize.ts';

const dev = synthesize('dev').stacks.network;
const prod = synthesize('prod').stacks.network;
const withHttp = synthesize('dev', {
  overrides: {
    quotes: {
      source: 'http',
      apiSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:finnhub-AbCdEf',
    },
  },
}).stacks.network;

const services = (template: typeof dev): string[] =>
  Object.values(template.findResources('AWS::EC2::VPCEndpoint'))
    .map((each) => readable((each['Properties'] as { ServiceName: unknown }).ServiceName).replace(/.*\./, ''))
    .sort();

describe('the VPC', () => {
  test.each([
    ['dev', dev, 2],
    ['prod', prod, 3],
  ])('of %s has a private and an isolated subnet in each of its zones', (_stage, template, zones) => {
    template.resourceCountIs('AWS::EC2::Subnet', 2 * zones);
    for (let index = 0; index < zones; index += 1) {
      template.hasResourceProperties('AWS::EC2::Subnet', {
        AvailabilityZone: { 'Fn::Select': [index, { 'Fn::GetAZs': '' }] },
        MapPublicIpOnLaunch: false,
      });
    }
  });

  test('has no way to the internet unless quotes come over HTTP', () => {
    for (const template of [dev, prod]) {
      template.resourceCountIs('AWS::EC2::NatGateway', 0);
      template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    }
    withHttp.resourceCountIs('AWS::EC2::NatGateway', 1);
    withHttp.hasResourceProperties('AWS::EC2::Route', {
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: Match.anyValue(),
    });
  });

  test('gives isolated subnets no way out, whatever the others have', () => {
    for (const [id, { Properties }] of Object.entries(withHttp.findResources('AWS::EC2::Route')))
      expect({ id, table: readable((Properties as { RouteTableId: unknown }).RouteTableId) }).toMatchObject({
        table: expect.not.stringContaining('Isolated') as unknown,
      });
  });

  test('keeps its subnets when it gets a way out: cluster and database would be replaced with them', () => {
    const keptSubnets = (template: typeof dev) =>
      Object.entries(template.findResources('AWS::EC2::Subnet'))
        .filter(([id]) => !id.includes('Public'))
        .map(([id, { Properties }]) => {
          const { CidrBlock, AvailabilityZone } = Properties as Record<string, unknown>;
          return { id, CidrBlock, AvailabilityZone };
        });
    expect(keptSubnets(withHttp)).toEqual(keptSubnets(dev));
  });

  test('has the endpoints that pollers and functions need, and no more', () => {
    const needed = ['glue', 'kafka', 'lambda', 's3', 'secretsmanager', 'ssm', 'sts'];
    for (const template of [dev, prod, withHttp]) expect(services(template)).toEqual(needed);
  });

  test('logs rejected traffic', () => {
    prod.hasResourceProperties('AWS::EC2::FlowLog', { ResourceType: 'VPC', TrafficType: 'REJECT' });
  });
});

describe('security groups', () => {
  test('let nobody in from an address: only group to group', () => {
    for (const { Properties } of Object.values(dev.findResources('AWS::EC2::SecurityGroup'))) {
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
    }
    const rules = Object.values(dev.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(rules).toHaveLength(9);
    for (const { Properties } of rules) {
      expect(Properties).not.toHaveProperty('CidrIp');
      expect(Properties).toHaveProperty('SourceSecurityGroupId');
    }
  });

  test.each([
    ['Kafka from functions', 9098],
    ['Kafka from pollers', 9098],
    ['AWS services from functions', 443],
    ['AWS services from pollers', 443],
    ['AWS services from crawlers', 443],
    ['PostgreSQL from functions', 5432],
    ['PostgreSQL from its proxy', 5432],
    ['PostgreSQL from crawlers', 5432],
  ])('open one port for %s', (Description, port) => {
    expect(onlyOne(dev, 'AWS::EC2::SecurityGroupIngress', { Description })).toMatchObject({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
    });
  });

  test('let the database out to itself alone', () => {
    const database = Object.keys(dev.findResources('AWS::EC2::SecurityGroup')).find((id) =>
      id.startsWith('NetworkDatabase'),
    );
    const rules = Object.values(dev.findResources('AWS::EC2::SecurityGroupEgress'))
      .map(({ Properties }) => Properties as Record<string, unknown>)
      .filter(({ GroupId }) => readable(GroupId).includes(String(database)));
    expect(rules).toEqual([
      expect.objectContaining({ FromPort: 5432, DestinationSecurityGroupId: rules[0]?.['GroupId'] }),
    ]);
  });

  test('let brokers out to each other and to AWS alone', () => {
    const groups = Object.values(dev.findResources('AWS::EC2::SecurityGroup'));
    const egress = groups.flatMap(({ Properties }) => {
      const { SecurityGroupEgress: rules = [] } = Properties as {
        SecurityGroupEgress?: { FromPort?: number }[];
      };
      return rules;
    });
    // ICMP type 252 to nowhere is how CDK writes "nothing".
    expect([...new Set(egress.map(({ FromPort }) => FromPort))].sort()).toEqual([252, 443]);
  });
});
