/** Makes a lake retry within seconds instead of minutes, so that a fault is over soon. Nothing but waits is changed. */
import type { FunctionPart, StackPart } from '../../core/names.ts';
import { type EditableTemplate, theResource } from '../helpers/local-lake.ts';

/** Seconds; long enough for a cold start on a busy machine. */
export const LAND_TIMEOUT_SECONDS = 6;
export const CURATE_TIMEOUT_SECONDS = 10;

/** Of what is made for each topic, of both. */
const TIMEOUT_SECONDS: Partial<Readonly<Record<FunctionPart, number>>> = {
  'land-quotes': LAND_TIMEOUT_SECONDS,
  'curate-quotes': CURATE_TIMEOUT_SECONDS,
  // They begin nothing that might not end in time.
  'filter-quotes': 20,
  'serve-quotes': 12,
};

export function shortenWaits(template: (part: StackPart) => EditableTemplate): void {
  const pipeline = template('pipeline');
  for (const { Type, Properties } of Object.values(pipeline.Resources)) {
    if (Type === 'AWS::Lambda::Function') {
      const name = String(Properties['FunctionName']).replace(/^tickerlake-[a-z]+-|-filtered$/g, '');
      Properties['Timeout'] = TIMEOUT_SECONDS[name as FunctionPart] ?? Properties['Timeout'];
    } else if (isWorkQueue(Type, Properties)) Properties['VisibilityTimeout'] = CURATE_TIMEOUT_SECONDS;
    else if (isKafkaMapping(Type, Properties)) Properties['MaximumBatchingWindowInSeconds'] = 1;
  }
  // What it keeps has two more windows before it.
  kafkaMapping(pipeline, 'filter-quotes')['MaximumBatchingWindowInSeconds'] = 0;
}

/** What fails is diverted after two more attempts; only a mapping with provisioned pollers takes this. */
export function divertSoon(template: (part: StackPart) => EditableTemplate): void {
  for (const consumer of ['land-quotes', 'filter-quotes'] as const)
    kafkaMapping(template('pipeline'), consumer)['MaximumRetryAttempts'] = 2;
}

/** Properties of the event source mapping of a function that reads topic quotes, or of the one that serves. */
export function kafkaMapping(
  pipeline: EditableTemplate,
  consumer: FunctionPart = 'land-quotes',
): Record<string, unknown> {
  const { id } = theResource(pipeline, 'AWS::Lambda::Function', ({ FunctionName }) =>
    String(FunctionName).endsWith(`-${consumer}`),
  );
  return theResource(pipeline, 'AWS::Lambda::EventSourceMapping', ({ Topics, FunctionName }) => {
    return Topics !== undefined && (FunctionName as { Ref?: string }).Ref === id;
  }).Properties;
}

function isKafkaMapping(type: string, { Topics }: Record<string, unknown>): boolean {
  return type === 'AWS::Lambda::EventSourceMapping' && Topics !== undefined;
}

/** Not a queue of dead letters. */
export function isWorkQueue(type: string, { RedrivePolicy }: Record<string, unknown>): boolean {
  return type === 'AWS::SQS::Queue' && RedrivePolicy !== undefined;
}
