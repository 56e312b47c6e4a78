import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionPart, Stage } from '../../../core/names.ts';
import { functionName } from '../../../core/names.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { logRetention } from '../operations/log-retention.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../../..');

export interface LakeFunctionProps {
  readonly stage: Stage;
  /** Also the folder under lambdas/ whose handler.ts it runs. */
  readonly part: FunctionPart;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly environment?: Readonly<Record<string, string>>;
  readonly operations: OperationsConfig;
  /**
   * Where it runs when it has to reach brokers.
   * @default - outside of any VPC
   */
  readonly network?: { readonly vpc: IVpc; readonly securityGroup: ISecurityGroup };
}

/**
 * A function of the lake: one bundle with its SDK pinned inside, a role of its own that starts with nothing but its own log,
 * and an alarm on its errors. Callers grant the rest to `role`.
 */
export class LakeFunction extends Construct {
  readonly handler: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LakeFunctionProps) {
    super(scope, id);
    const name = functionName(props.stage, props.part);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      retention: logRetention(props.operations.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not the managed basic execution policy: that one may write to every log group of the account.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Execution role of ${name}`,
    });
    logGroup.grantWrite(this.role);
    if (props.network !== undefined) this.role.addToPolicy(networkInterfaces());

    this.handler = new NodejsFunction(this, 'Handler', {
      functionName: name,
      description: props.description,
      entry: join(PROJECT_ROOT, 'lambdas', props.part, 'handler.ts'),
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: join(PROJECT_ROOT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(props.network && { vpc: props.network.vpc, securityGroups: [props.network.securityGroup] }),
      bundling: {
        // ESM bundles of kafkajs and avsc die with "Dynamic require".
        format: OutputFormat.CJS,
        target: 'node24',
        minify: true,
        keepNames: true,
        // No source map: it holds paths of the machine, so asset hashes would differ between machines.
        sourceMap: false,
        // The runtime brings its own SDK, of whatever version: ours is pinned and goes along.
        externalModules: [],
        bundleAwsSDK: true,
      },
    });

    new RunbookAlarm(this, 'Errors', {
      metric: this.handler.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 3,
      summary: `${name} fails`,
      section: 'function-errors',
      operations: props.operations,
    });
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions: none takes a resource. */
function networkInterfaces(): PolicyStatement {
  return new PolicyStatement({
    sid: 'NetworkInterfaces',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
