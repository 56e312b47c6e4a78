import { TickerlakeError } from '../../core/errors.ts';
import { type StackPart, type Stage, stackName } from '../../core/names.ts';

/** Credentials as every AWS client takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What a client needs to know of a running lake: what `up` leaves in run.json, or `demo` holds itself. */
export interface LakeConnection {
  readonly stage: Stage;
  /** The local AWS endpoint. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** Allowed everything; may assume any role. */
  readonly operator: Credentials;
  /** host:port list of the SASL_SSL listener. */
  readonly bootstrapIam: string;
  /** PEM file of the authority that signed the broker's certificate. */
  readonly caFile: string;
  /** Stack name -> output's logical id -> value. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folder of `<function>.log`. */
  readonly logsDir: string;
}

/** The outputs that commands read, by the stack that has them. */
export interface StackOutputs {
  readonly stream:
    | 'ClusterArn'
    | 'RegistryName'
    | 'QuotesSchemaName'
    | 'QuotesTopicName'
    | 'QuotesFilteredTopicName';
  readonly lake: 'RawBucketName' | 'LakeBucketName' | 'DatabaseName';
  readonly query: 'AnalystsWorkGroupName' | 'ResultsBucketName';
  readonly pipeline:
    | 'ProduceQuotesFunctionName'
    | 'LandQuotesFunctionName'
    | 'CurateQuotesFunctionName'
    | 'RequestCurationFunctionName'
    | 'CurateQuotesQueueUrl'
    | 'CurateQuotesDeadLetterQueueUrl'
    | 'FilterQuotesFunctionName'
    | 'ServeQuotesFunctionName'
    | 'WatchlistParameterName'
    | 'LandQuotesFilteredFunctionName'
    | 'CurateQuotesFilteredFunctionName'
    | 'RequestCurationFilteredFunctionName'
    | 'CurateQuotesFilteredQueueUrl'
    | 'CurateQuotesFilteredDeadLetterQueueUrl';
  readonly jobs: 'CompactJobName' | 'LoadListingJobName' | 'ListingWorkflowName';
  readonly serving: 'DatabaseHost' | 'DatabasePort' | 'DatabaseName' | 'DatabaseReaderHost';
}

/** A stack's output: the names of things that CloudFormation named. */
export function outputOf<Part extends StackPart & keyof StackOutputs>(
  lake: LakeConnection,
  part: Part,
  id: StackOutputs[Part],
): string {
  const stack = stackName(lake.stage, part);
  const value = lake.outputs[stack]?.[id];
  if (value !== undefined) return value;
  throw new TickerlakeError('RESOURCE_FAILED', `stack ${stack} has no output ${id}`, {
    coordinates: { stack, output: id },
    hint: 'stop this lake and start it again: npm run up',
  });
}

/** Identity of the Kafka log: the last part of the cluster's ARN. */
export function logIdOf(lake: LakeConnection): string {
  return outputOf(lake, 'stream', 'ClusterArn').split('/').at(-1) ?? '';
}
