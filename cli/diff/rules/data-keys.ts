import { type Finding, finding } from '../finding.ts';
import { at, listOf, type Plain, plainText } from '../plain-values.ts';
import type { ResourcePairs } from '../resource-pairs.ts';

/**
 * Findings for buckets that encrypt with another key from now on. What is in them stays under the former one, which nobody is
 * granted any more when the grants follow the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
 */
export function dataKeyFindings({ pairs }: ResourcePairs): readonly Finding[] {
  return pairs.flatMap(({ before, after }) => {
    if (after.type !== 'AWS::S3::Bucket') return [];
    const [former, next] = [keysOf(before.properties), keysOf(after.properties)];
    if (former.length === 0 || next.length === 0 || former.join() === next.join()) return [];
    return finding('data-key-changed', after, {
      what: 'It encrypts with another key: what is in it stays under the former one.',
      details: [`${former.join(', ')} becomes ${next.join(', ')}.`],
      instead:
        'Leave the key. Else let every reader decrypt with both, until S3 Batch Operations has copied each object onto itself.',
    });
  });
}

function keysOf(properties: Plain | undefined): readonly string[] {
  return listOf(at(properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration')).flatMap((rule) => {
    const key = at(rule, 'ServerSideEncryptionByDefault', 'KMSMasterKeyID');
    return key === undefined ? [] : [plainText(key)];
  });
}
