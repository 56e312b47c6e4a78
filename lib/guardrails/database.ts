/** The serving database: who can reach it, and where its password is. */
import { type Deployment, listOf, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';
import { isPublic, rulesOf } from './network-paths.ts';

const RDS_GUIDE = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide';
const WORLD = ['0.0.0.0/0', '::/0'];

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
  forbids: 'a security group, of the database or anything else, that lets the world in',
  why: 'nothing here serves the internet: brokers, database and endpoints are for the VPC alone',
  source: 'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
  *check(deployment) {
    for (const group of deployment.ofType('AWS::EC2::SecurityGroup'))
      for (const { rule, resource, property } of rulesOf(deployment, group, 'Ingress')) {
        const value = [rule['CidrIp'], rule['CidrIpv6']].find((range) => WORLD.includes(range as string));
        if (value !== undefined)
          yield {
            resource,
            property,
            value,
            allowed: 'a security group as its source, or a range within the VPC',
            fix: 'let in the security group of the client (SecurityGroup.addIngressRule)',
          };
      }
  },
};

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
