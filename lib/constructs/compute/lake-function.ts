import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CodeSigningConfig,
  Function,
  type FunctionProps,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, type MetricName } from '../../../core/metrics.ts';
import type { FunctionPart, Stage } from '../../../core/names.ts';
import { functionName } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { OperationsConfig } from '../../config/stage-config.ts';
import { PRIVATE } from '../network/lake-network.ts';
import { logRetention } from '../operations/log-retention.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';
import { type BundledFolders, handlerCode } from './handler-code.ts';

export interface LakeFunctionProps {
  readonly stage: Stage;
  /** Also the folder under lambdas/ whose handler.ts it runs. */
  readonly part: FunctionPart;
  /**
   * Topic that it works for, where each topic has such a function: part of its name.
   * @default - there is one such function in a stage
   */
  readonly topic?: TopicDefinition;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly environment?: Readonly<Record<string, string>>;
  /** What it reads beside its bundle. @default - nothing */
  readonly folders?: BundledFolders;
  readonly operations: OperationsConfig;
  /**
   * Where it runs when it has to reach brokers.
   * @default - outside of any VPC
   */
  readonly network?: { readonly vpc: IVpc; readonly securityGroup: ISecurityGroup };
}

/**
 * A function of the lake: one bundle with its SDK pinned inside, a role of its own that starts with nothing but its own log,
 * and alarms on its errors and throttles. Callers grant the rest to `role`.
 */
export class LakeFunction extends Construct {
  readonly handler: Function;
  readonly role: Role;
  private readonly name: string;

  constructor(scope: Construct, id: string, props: LakeFunctionProps) {
    super(scope, id);
    const name = functionName(props.stage, props.part, props.topic?.name);
    this.name = name;
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

    this.handler = new Function(this, 'Handler', {
      functionName: name,
      description: props.description,
      code: handlerCode(props.part, props.folders),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...codeSigning(this, props.operations),
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnetGroupName: PRIVATE },
        securityGroups: [props.network.securityGroup],
      }),
    });

    new RunbookAlarm(this, 'Errors', {
      metric: this.handler.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 3,
      summary: `${name} fails`,
      section: 'function-errors',
    });
    new RunbookAlarm(this, 'Throttles', {
      metric: this.handler.metricThrottles({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 3,
      summary: `${name} is throttled`,
      section: 'function-throttled',
    });
  }

  /** The sum of a metric that the function itself emits. */
  metricOf(metricName: MetricName, topic: TopicDefinition, options: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: this.name, topic: topic.name },
      statistic: Stats.SUM,
      ...options,
    });
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html */
function codeSigning(
  scope: Construct,
  { codeSigningConfigArn }: OperationsConfig,
): Pick<FunctionProps, 'codeSigningConfig'> {
  if (codeSigningConfigArn === '') return {};
  return {
    codeSigningConfig: CodeSigningConfig.fromCodeSigningConfigArn(scope, 'CodeSigning', codeSigningConfigArn),
  };
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
