import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Effect, Grant, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What every bucket of the lake is, whatever it holds. */
const COMMON = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
} as const;

/** An upload that was begun and left costs money and cannot be seen in a listing. */
const ABANDONED_UPLOAD_DAYS = 7;

export interface AccessLogBucketProps {
  readonly retentionDays: number;
}

/** Where S3 writes who asked for what of the other buckets. Encrypted by S3's own key, since the log service can use no other. */
export class AccessLogBucket extends Bucket {
  constructor(scope: Construct, id: string, props: AccessLogBucketProps) {
    super(scope, id, {
      ...COMMON,
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      lifecycleRules: [
        {
          id: 'expire',
          expiration: Duration.days(props.retentionDays),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(ABANDONED_UPLOAD_DAYS),
        },
      ],
    });
    // By account, not by source bucket: buckets of other stacks log here too, and this one must not depend on them.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AccessLogs',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }
}

export interface DataBucketProps {
  readonly encryptionKey: IKey;
  readonly accessLogs: AccessLogBucket;
  /** How long an overwritten or deleted version can be brought back. */
  readonly noncurrentVersionDays: number;
  /** Rules beside those on abandoned uploads and noncurrent versions. @default - none */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /** Whether EventBridge hears of its objects. @default false */
  readonly emitsEvents?: boolean;
}

/** A bucket for the lake's data: encrypted by the lake's key, versioned, TLS only, private, access-logged, retained. */
export class DataBucket extends Bucket {
  /** Of everything in it. */
  readonly key: IKey;

  constructor(scope: Construct, id: string, props: DataBucketProps) {
    super(scope, id, {
      ...COMMON,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: true,
      versioned: true,
      lifecycleRules: [
        {
          id: 'housekeeping',
          noncurrentVersionExpiration: Duration.days(props.noncurrentVersionDays),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(ABANDONED_UPLOAD_DAYS),
        },
        ...(props.lifecycleRules ?? []),
      ],
    });
    this.key = props.encryptionKey;
    const bucket = this.node.defaultChild as CfnBucket;
    // CDK's serverAccessLogsBucket would name this bucket in the log bucket's policy, in a circle when it is in another stack.
    bucket.loggingConfiguration = {
      destinationBucketName: props.accessLogs.bucketName,
      logFilePrefix: `${id.toLowerCase()}/`,
    };
    if (props.emitsEvents === true) {
      // The native property: CDK's eventBridgeEnabled adds a function and a custom resource for the same.
      bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    }
  }
  // Narrower than Bucket's own grants, which allow listing of everything, tagging, retention and legal holds.

  /** To read objects under a prefix that ends with a slash. */
  grantGetUnder(grantee: IGrantable, prefix: string): Grant {
    this.key.grant(grantee, 'kms:Decrypt');
    return this.grantUnder(grantee, ['s3:GetObject'], prefix);
  }

  /** To write objects under a prefix that ends with a slash. */
  grantWriteUnder(grantee: IGrantable, prefix: string): Grant {
    this.key.grant(grantee, 'kms:GenerateDataKey');
    return this.grantUnder(grantee, ['s3:PutObject'], prefix);
  }

  /** To tag objects under a prefix that ends with a slash: lifecycle rules go by tags. */
  grantTagUnder(grantee: IGrantable, prefix: string): Grant {
    return this.grantUnder(grantee, ['s3:PutObjectTagging'], prefix);
  }

  /** To see how objects under a prefix that ends with a slash are tagged. */
  grantGetTagsUnder(grantee: IGrantable, prefix: string): Grant {
    return this.grantUnder(grantee, ['s3:GetObjectTagging'], prefix);
  }

  /** To delete objects under a prefix that ends with a slash; their versions stay for a while. */
  grantDeleteUnder(grantee: IGrantable, prefix: string): Grant {
    return this.grantUnder(grantee, ['s3:DeleteObject'], prefix);
  }

  /**
   * To list, and so to be told 404 instead of 403 of an object that is not there. On the whole bucket, since that answer asks
   * for the right without a prefix: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
   */
  grantList(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucketArn] });
  }

  /** To list what lies under prefixes that end with a slash, as a query engine does, and to learn in which region that is. */
  grantBrowse(grantee: IGrantable, prefixes: readonly string[]): Grant {
    const resourceArns = [this.bucketArn];
    const conditions = { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } };
    return Grant.addToPrincipal({ grantee, actions: ['s3:GetBucketLocation'], resourceArns }).combine(
      Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns, conditions }),
    );
  }

  /** To write objects in parts, as a query engine writes results, under a prefix that ends with a slash. */
  grantWritePartsUnder(grantee: IGrantable, prefix: string): Grant {
    return this.grantWriteUnder(grantee, prefix).combine(
      this.grantUnder(grantee, ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], prefix),
    );
  }

  private grantUnder(grantee: IGrantable, actions: string[], prefix: string): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.arnForObjects(`${prefix}*`)] });
  }
}
