import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnSecurityConfiguration } from 'aws-cdk-lib/aws-glue';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { logRetention } from '../operations/log-retention.ts';

export interface GlueEncryptionProps {
  /** Part of the name of each log group that is encrypted by it. */
  readonly name: string;
  readonly encryptionKey: IKey;
  readonly operations: OperationsConfig;
}

/**
 * What Glue's jobs and crawlers write on their own account is encrypted by the lake's key: logs, bookmarks, files. Glue names
 * the log groups after the security configuration and the role; they are made here, so that they do not keep logs for ever.
 * https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
 */
export class GlueEncryption extends Construct {
  /** Name of the security configuration that jobs and crawlers refer to. */
  readonly configurationName: string;
  private readonly props: GlueEncryptionProps;

  constructor(scope: Construct, id: string, props: GlueEncryptionProps) {
    super(scope, id);
    this.props = props;
    const kmsKeyArn = props.encryptionKey.keyArn;
    const configuration = new CfnSecurityConfiguration(this, 'Resource', {
      name: props.name,
      encryptionConfiguration: {
        cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn },
        s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn }],
      },
    });
    this.configurationName = configuration.ref;
  }

  /** Log groups of a job, whose driver and executors write to the one and whose script prints to the other. */
  addJobLogs(scope: Construct, role: Role): void {
    const name = `/aws-glue/jobs/${this.configurationName}-role/${role.roleName}`;
    this.addLogGroup(scope, 'ErrorLog', `${name}/error`);
    this.addLogGroup(scope, 'OutputLog', `${name}/output`);
    this.grantLog(role, `${name}/*`);
  }

  /** Log group of the crawlers that have this role. */
  addCrawlerLog(scope: Construct, role: Role): void {
    const name = `/aws-glue/crawlers-role/${role.roleName}-${this.configurationName}`;
    this.addLogGroup(scope, 'Log', name);
    this.grantLog(role, `${name}*`);
  }

  private addLogGroup(scope: Construct, id: string, logGroupName: string): void {
    new LogGroup(scope, id, {
      logGroupName,
      retention: logRetention(this.props.operations.logDays),
      encryptionKey: this.props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Glue writes with the role, and asks for the key itself even where the group has it. */
  private grantLog(role: Role, resourceName: string): void {
    const logGroup = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:AssociateKmsKey', 'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup],
      }),
    );
  }
}
