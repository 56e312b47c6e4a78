/** Secrets Manager and SSM parameters: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SecretsManager.html */
import { randomInt } from 'node:crypto';
import { arn } from '../arn.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';
import { policyDocument } from './role-book.ts';

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const ALPHABETS = {
  ExcludeUppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ExcludeLowercase: 'abcdefghijklmnopqrstuvwxyz',
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: PUNCTUATION,
} as const;

/** The secret's value, as GenerateSecretString says: a random text, alone or as one key of a JSON map. */
function secretValue(request: ResourceRequest): string {
  const given = request.optionalText('SecretString');
  if (given !== undefined) return given;
  const rules = request.within('GenerateSecretString');
  const excluded = rules.optionalText('ExcludeCharacters') ?? '';
  const alphabet = Object.entries(ALPHABETS)
    .flatMap(([flag, characters]) => (rules.flag(flag, false) ? [] : characters.split('')))
    .filter((character) => !excluded.includes(character));
  if (alphabet.length === 0)
    throw request.error('GenerateSecretString', 'leaves no character to choose from');
  const length = rules.number('PasswordLength', 32);
  const password = Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');
  const template = rules.optionalText('SecretStringTemplate');
  if (template === undefined) return password;
  return JSON.stringify({ ...(JSON.parse(template) as object), [rules.text('GenerateStringKey')]: password });
}

/** Whoever reads the secret then needs the key, too. */
export function setSecretKey(cloud: Cloud, secretArn: string, key: string | undefined): void {
  if (key === undefined) return;
  cloud.gateway.setSecretKey(secretArn, key.startsWith('arn:') ? key : arn(cloud, 'kms', `key/${key}`));
}

export const secretTypes: readonly ResourceType[] = [
  {
    type: 'AWS::SecretsManager::Secret',
    level: 'emulated',
    behind: 'moto; KMS permissions by the gateway',
    effective: ['Description', 'GenerateSecretString', 'KmsKeyId', 'Name', 'SecretString'],
    inert: ['Tags'],
    provision: async (request, cloud) => {
      const created = await cloud.api.json('secretsmanager', 'CreateSecret', {
        Name: request.physicalName('Name', 512),
        Description: request.optionalText('Description'),
        SecretString: secretValue(request),
      });
      const secretArn = String(created['ARN']);
      setSecretKey(cloud, secretArn, request.optionalText('KmsKeyId'));
      return { ref: secretArn, attributes: { Id: secretArn } };
    },
  },
  {
    type: 'AWS::SecretsManager::SecretTargetAttachment',
    level: 'emulated',
    behind: 'moto; the secret is given where its database is, as Secrets Manager does',
    effective: ['SecretId', 'TargetId', 'TargetType'],
    provision: async (request, cloud) => {
      const type = request.text('TargetType');
      if (type !== 'AWS::RDS::DBInstance')
        throw request.error('TargetType', `is ${type}; the runner has AWS::RDS::DBInstance only`);
      const [SecretId, identifier] = [request.text('SecretId'), request.text('TargetId')];
      const { postgres } = cloud.database;
      if (postgres === undefined || !cloud.database.hasInstance(identifier))
        throw request.error('TargetId', `is ${identifier}, which is no instance here`);
      const { SecretString } = await cloud.api.json('secretsmanager', 'GetSecretValue', { SecretId });
      const { host, port, database: dbname } = postgres;
      const place = { engine: 'postgres', host, port, dbname, dbInstanceIdentifier: identifier };
      await cloud.api.json('secretsmanager', 'PutSecretValue', {
        SecretId,
        SecretString: JSON.stringify({ ...(JSON.parse(String(SecretString)) as object), ...place }),
      });
      return { ref: SecretId, attributes: { Id: SecretId } };
    },
  },
  {
    type: 'AWS::SecretsManager::ResourcePolicy',
    level: 'run',
    behind: 'the gateway, for each call on the secret',
    effective: ['ResourcePolicy', 'SecretId'],
    inert: ['BlockPublicPolicy'],
    provision: (request, cloud) => {
      const secretArn = request.text('SecretId');
      cloud.gateway.putSecretPolicy(secretArn, policyDocument(request.object('ResourcePolicy')));
      return { ref: secretArn, attributes: { Id: secretArn } };
    },
  },
  checkedType('AWS::SecretsManager::RotationSchedule', 'no local run is that long', (request) => ({
    ref: request.text('SecretId'),
    attributes: { Id: request.text('SecretId') },
  })),
  {
    type: 'AWS::SSM::Parameter',
    level: 'emulated',
    behind: 'moto',
    effective: ['Description', 'Name', 'Type', 'Value'],
    inert: ['Tags', 'Tier'],
    provision: async (request, cloud) => {
      const Name = request.physicalName('Name', 512);
      const [Type, Value] = [request.text('Type'), request.text('Value')];
      await cloud.api.json('ssm', 'PutParameter', {
        Name,
        Type,
        Value,
        Description: request.optionalText('Description'),
      });
      return { ref: Name, attributes: { Type, Value } };
    },
  },
];
