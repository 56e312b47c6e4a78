/** Security groups that let in more, and changes that do not. */
import { describe, expect, test } from '@jest/globals';
import { blockIncludes } from '../../../cli/diff/rules/security-groups.ts';
import { only, type Resources, told } from './compared.ts';

type Rule = Readonly<Record<string, unknown>>;

function group(...ingress: Rule[]): Resources {
  return {
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'g', SecurityGroupIngress: ingress },
    },
  };
}

const kafka: Rule = { CidrIp: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 };
const separate = (properties: Rule): Resources => ({
  ...group(),
  Rule: {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: { GroupId: { 'Fn::GetAtt': ['Group', 'GroupId'] }, ...properties },
  },
});

describe('lets in more', () => {
  test.each<[string, Rule, string]>([
    ['a larger block', { ...kafka, CidrIp: '10.0.0.0/8' }, 'tcp port 9098 from 10.0.0.0/8'],
    ['the world', { ...kafka, CidrIp: '0.0.0.0/0' }, 'tcp port 9098 from 0.0.0.0/0 (the world)'],
    [
      'the world by IPv6',
      { ...kafka, CidrIp: undefined, CidrIpv6: '::/0' },
      'tcp port 9098 from ::/0 (the world)',
    ],
    ['more ports', { ...kafka, ToPort: 9100 }, 'tcp ports 9098 to 9100 from 10.0.0.0/16'],
    ['all protocols', { CidrIp: '10.0.0.0/16', IpProtocol: '-1' }, 'everything from 10.0.0.0/16'],
    [
      'another group',
      { ...kafka, CidrIp: undefined, SourceSecurityGroupId: 'sg-1' },
      'tcp port 9098 from sg-1',
    ],
  ])('from %s', (_case, rule, detail) => {
    const found = only('security-group-widened', group(kafka), group(rule));
    expect(found).toMatchObject({ severity: 'danger', address: 'lake/Group', details: [detail] });
  });

  test('by a rule that is a resource of its own', () => {
    expect(told(group(), separate(kafka))).toEqual(['danger security-group-widened lake/Group']);
  });

  test('by being new and open to the world', () => {
    expect(told({}, group({ ...kafka, CidrIp: '0.0.0.0/0' }))).toEqual([
      'danger security-group-widened lake/Group',
    ]);
  });
});

describe('lets in no more', () => {
  test.each<[string, Resources, Resources]>([
    ['from a smaller block', group(kafka), group({ ...kafka, CidrIp: '10.0.3.0/24' })],
    ['through fewer ports', group({ ...kafka, ToPort: 9100 }), group(kafka)],
    ['without a rule', group(kafka), group()],
    [
      'with rules in another order',
      group(kafka, { ...kafka, FromPort: 1, ToPort: 2 }),
      group({ ...kafka, FromPort: 1, ToPort: 2 }, kafka),
    ],
    ['with another description', group(kafka), group({ ...kafka, Description: 'Kafka' })],
    ['by a rule of its own instead of one in the group', group(kafka), separate(kafka)],
    ['by being new', {}, group(kafka)],
  ])('%s', (_case, before, after) => {
    expect(told(before, after)).toEqual([]);
  });
});

test('that more is let out is for a person to look at', () => {
  const out = (...rules: Rule[]): Resources => ({
    Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { SecurityGroupEgress: rules } },
  });
  expect(told(out(kafka), out({ ...kafka, CidrIp: '0.0.0.0/0' }))).toEqual([
    'caution security-group-widened lake/Group',
  ]);
});

test.each([
  ['10.0.0.0/8', '10.1.2.0/24', true],
  ['10.1.2.0/24', '10.0.0.0/8', false],
  ['10.0.0.0/9', '10.128.0.0/16', false],
  ['0.0.0.0/0', '::/0', false],
  ['2001:db8::/32', '2001:db8:1::/48', true],
  ['2001:db8::/32', '2001:db9::/48', false],
])('%s holds %s: %s', (wide, narrow, holds) => {
  expect(blockIncludes(wide, narrow)).toBe(holds);
});
