/** AWS CloudTrail: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CloudTrail.html */
import { arn } from '../arn.ts';
import { checkedType, type ResourceType } from './resource-type.ts';

export const cloudtrailTypes: readonly ResourceType[] = [
  checkedType(
    'AWS::CloudTrail::Trail',
    'the gateway’s own log tells who asked for what',
    (request, cloud) => {
      const name = request.physicalName('TrailName', 128);
      return { ref: name, attributes: { Arn: arn(cloud, 'cloudtrail', `trail/${name}`) } };
    },
  ),
];
