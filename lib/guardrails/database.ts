/** The serving database: who can reach it, and where its password is. */
import { BlockList, isIPv4 } from 'node:net';
import { type Deployment, listOf, type Node, nodes, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';
import { isPublic } from './network-paths.ts';

const RDS_GUIDE = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide';

const NOT_PUBLIC: Guardrail = {
  id: 'database-public',
  forbids: 'a database with a public address, or one that leaves that to its subnets',
  why: 'its name then resolves to an address that the internet reaches',
  source: `${RDS_GUIDE}/USER_VPC.WorkingWithRDSInstanceinaVPC.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::RDS::DBInstance')) {
      const value = resource.properties['PubliclyAccessible'];
      if (value !== false)
        yield {
          resource,
          property: 'PubliclyAccessible',
          value,
          allowed: 'false',
          fix: 'set publiclyAccessible to false',
        };
    }
  },
};

const SUBNETS: Guardrail = {
  id: 'database-subnets',
  forbids: 'a database in a subnet with a route to an internet gateway',
  why: 'one flag, and it is public',
  source: `${RDS_GUIDE}/USER_VPC.WorkingWithRDSInstanceinaVPC.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::RDS::DBSubnetGroup'))
      for (const value of listOf(resource.properties['SubnetIds'])) {
        const subnet = deployment.target(value, resource.stack);
        if (subnet !== undefined && isPublic(deployment, subnet))
          yield {
            resource,
            property: 'SubnetIds',
            value: subnet.id,
            allowed: 'subnets without a route to an internet gateway',
            fix: 'use the isolated subnets of LakeNetwork',
          };
      }
  },
};

const INGRESS: Guardrail = {
  id: 'ingress-from-world',
  forbids:
    'a rule of a security group, of the database or anything else, that lets in more than another group or a range within the VPC',
  why: 'nothing here serves the internet: brokers, database and endpoints are for the VPC alone, and 0.0.0.0/1 is half of the world',
  source: 'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
  *check(deployment) {
    for (const { rule, resource, at } of ingressRules(deployment))
      for (const property of SOURCES) {
        const value = rule[property];
        if (value !== undefined && !isWithinVpc(deployment, value, resource.stack))
          yield {
            resource,
            property: `${at}${property}`,
            value,
            allowed: 'a security group as its source, or a range within the VPC',
            fix: 'let in the security group of the client (SecurityGroup.addIngressRule)',
          };
      }
  },
};

/** Where a rule says whom it lets in, other than by a security group. What a list of prefixes holds, a template does not show. */
const SOURCES = ['CidrIp', 'CidrIpv6', 'SourcePrefixListId'];

/** Every rule that lets something in, whether its group is in these stacks or named by its id. */
function ingressRules(
  deployment: Deployment,
): readonly { readonly rule: Node; readonly resource: Resource; readonly at: string }[] {
  const inline = deployment.ofType('AWS::EC2::SecurityGroup').flatMap((resource) =>
    nodes(resource.properties['SecurityGroupIngress']).map((rule, index) => ({
      rule,
      resource,
      at: `SecurityGroupIngress.${index}.`,
    })),
  );
  const own = deployment
    .ofType('AWS::EC2::SecurityGroupIngress')
    .map((resource) => ({ rule: resource.properties, resource, at: '' }));
  return [...inline, ...own];
}

/** A range that the template takes from the VPC, or a block inside one that it gives to it. */
function isWithinVpc(deployment: Deployment, range: unknown, stack: string): boolean {
  if (deployment.target(range, stack)?.type === VPC) return true;
  const text = deployment.text(range, stack);
  const blocks = deployment
    .ofType(VPC, 'AWS::EC2::VPCCidrBlock')
    .map((resource) => deployment.text(resource.properties['CidrBlock'], resource.stack));
  return blocks.some((block) => isBlockWithin(text, block));
}

const VPC = 'AWS::EC2::VPC';
const IPV4_BLOCK = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/;

function isBlockWithin(inner: string, outer: string): boolean {
  const [, innerAddress = '', innerBits] = IPV4_BLOCK.exec(inner) ?? [];
  const [, outerAddress = '', outerBits] = IPV4_BLOCK.exec(outer) ?? [];
  if (!isIPv4(innerAddress) || !isIPv4(outerAddress)) return false;
  const block = new BlockList();
  block.addSubnet(outerAddress, Number(outerBits));
  return Number(innerBits) >= Number(outerBits) && block.check(innerAddress);
}

const PASSWORD: Guardrail = {
  id: 'database-password',
  forbids: 'a master password in the template, or one that nobody rotates',
  why: 'templates are read by many and kept for ever',
  source: `${RDS_GUIDE}/rds-secrets-manager.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::RDS::DBInstance')) {
      const { ManageMasterUserPassword, MasterUserPassword, SourceDBInstanceIdentifier } =
        resource.properties;
      if (ManageMasterUserPassword === true || SourceDBInstanceIdentifier !== undefined) continue;
      const password = deployment.text(MasterUserPassword, resource.stack);
      const secret = /^\{\{resolve:secretsmanager:(.+?):SecretString:/.exec(password)?.[1];
      if (secret === undefined || !isRotated(deployment, secret))
        yield {
          resource,
          property: 'MasterUserPassword',
          value: secret === undefined ? 'written in the template' : 'a secret without rotation',
          allowed: "RDS's own (ManageMasterUserPassword), or a secret that is rotated",
          fix: 'set manageMasterUserPassword; with a read replica, which RDS makes of no such instance, rotate the secret',
        };
    }
  },
};

/** @param secret as Deployment.text tells a reference to it */
function isRotated(deployment: Deployment, secret: string): boolean {
  const rotates = ({ properties, stack }: Resource): boolean => {
    const attachment = deployment.target(properties['SecretId'], stack);
    const inner = attachment?.properties['SecretId'];
    return [properties['SecretId'], inner].some((each) => deployment.text(each, stack) === secret);
  };
  return deployment.ofType('AWS::SecretsManager::RotationSchedule').some(rotates);
}

export const DATABASE_GUARDRAILS: readonly Guardrail[] = [NOT_PUBLIC, SUBNETS, INGRESS, PASSWORD];
