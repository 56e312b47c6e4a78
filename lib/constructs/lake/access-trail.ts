import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Stage } from '../../../core/names.ts';
import { PROJECT } from '../../../core/names.ts';
import type { AccessLogBucket } from './data-bucket.ts';

export interface AccessTrailProps {
  readonly stage: Stage;
  /** Whose objects are watched. */
  readonly buckets: readonly Bucket[];
  readonly accessLogs: AccessLogBucket;
}

const PREFIX = 'cloudtrail';

/**
 * Who read, wrote or deleted which object of the lake, with the identity behind it, told by CloudTrail within minutes: S3's own
 * access logs come late and not always. What the stage's own roles do is left out: it is nearly everything, is charged by the event,
 * and the functions' logs tell it. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
 */
export class AccessTrail extends Construct {
  constructor(scope: Construct, id: string, { stage, buckets, accessLogs }: AccessTrailProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    const trailName = `${PROJECT}-${stage}-access`;
    const grants = deliveries(this, trailName, accessLogs);
    for (const statement of grants) accessLogs.addToResourcePolicy(statement);
    const ownSessions = `arn:${Stack.of(this).partition}:sts::${account}:assumed-role/${PROJECT}-${stage}-`;
    const trail = new CfnTrail(this, 'Resource', {
      trailName,
      isLogging: true,
      s3BucketName: accessLogs.bucketName,
      s3KeyPrefix: PREFIX,
      enableLogFileValidation: true,
      includeGlobalServiceEvents: false,
      isMultiRegionTrail: false,
      advancedEventSelectors: [
        {
          name: 'Objects of the lake, but for what its own roles do',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            { field: 'resources.ARN', startsWith: buckets.map((bucket) => bucket.arnForObjects('')) },
            { field: 'userIdentity.arn', notStartsWith: [ownSessions] },
          ],
        },
      ],
    });
    // CloudTrail tries to write when the trail is made.
    if (accessLogs.policy !== undefined) trail.node.addDependency(accessLogs.policy);
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function deliveries(scope: Construct, trailName: string, bucket: Bucket): PolicyStatement[] {
  const stack = Stack.of(scope);
  const trailArn = stack.formatArn({
    service: 'cloudtrail',
    resource: 'trail',
    resourceName: trailName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const common = {
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('cloudtrail.amazonaws.com')],
    conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
  };
  return [
    new PolicyStatement({
      ...common,
      sid: 'TrailLooks',
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
    }),
    new PolicyStatement({
      ...common,
      sid: 'TrailWrites',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${PREFIX}/AWSLogs/${stack.account}/*`)],
    }),
  ];
}
