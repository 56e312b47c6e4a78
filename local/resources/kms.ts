/** AWS KMS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_KMS.html */
import { arn } from '../arn.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';
import { policyDocument } from './role-book.ts';

export const kmsTypes: readonly ResourceType[] = [
  {
    type: 'AWS::KMS::Key',
    level: 'emulated',
    behind: 'no bytes are encrypted; the gateway asks its policy wherever AWS would use it',
    effective: ['KeyPolicy'],
    inert: [
      'Description',
      'EnableKeyRotation',
      'Enabled',
      'KeySpec',
      'KeyUsage',
      'MultiRegion',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    ],
    provision: (request, cloud) => {
      const id = request.identifier(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      const keyArn = arn(cloud, 'kms', `key/${id}`);
      const policy = request.optionalObject('KeyPolicy');
      cloud.gateway.putKeyPolicy(keyArn, policy === undefined ? undefined : policyDocument(policy));
      return { ref: id, attributes: { Arn: keyArn, KeyId: id } };
    },
  },
  checkedType('AWS::KMS::Alias', 'nothing looks a key up by its alias', (request) => ({
    ref: request.text('AliasName'),
  })),
];
