/** Makes a lake retry within seconds instead of minutes, so that a fault is over soon. Nothing but waits is changed. */
import type { StackPart } from '../../core/names.ts';
import { type EditableTemplate, theResource } from '../helpers/local-lake.ts';

/** Seconds; long enough for a cold start on a busy machine. */
export const LAND_TIMEOUT_SECONDS = 6;
export const CURATE_TIMEOUT_SECONDS = 10;

export function shortenWaits(template: (part: StackPart) => EditableTemplate): void {
  const pipeline = template('pipeline');
  const functionOf = (name: string): Record<string, unknown> =>
    theResource(pipeline, 'AWS::Lambda::Function', ({ FunctionName }) => String(FunctionName).endsWith(name))
      .Properties;
  functionOf('-land-quotes')['Timeout'] = LAND_TIMEOUT_SECONDS;
  functionOf('-curate-quotes')['Timeout'] = CURATE_TIMEOUT_SECONDS;
  const isWorkQueue = ({ RedrivePolicy }: Record<string, unknown>): boolean => RedrivePolicy !== undefined;
  theResource(pipeline, 'AWS::SQS::Queue', isWorkQueue).Properties['VisibilityTimeout'] =
    CURATE_TIMEOUT_SECONDS;
  kafkaMapping(pipeline)['MaximumBatchingWindowInSeconds'] = 1;
}

/** What fails is diverted after two more attempts; only a mapping with provisioned pollers takes this. */
export function divertSoon(template: (part: StackPart) => EditableTemplate): void {
  kafkaMapping(template('pipeline'))['MaximumRetryAttempts'] = 2;
}

/** Properties of the event source mapping of land-quotes. */
export function kafkaMapping(pipeline: EditableTemplate): Record<string, unknown> {
  return theResource(pipeline, 'AWS::Lambda::EventSourceMapping', ({ Topics }) => Topics !== undefined)
    .Properties;
}
