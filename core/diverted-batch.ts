/**
 * A batch that the Kafka event source gave up, as its S3 on-failure destination holds it: what failed, and the whole event.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
import { TickerlakeError } from './errors.ts';

/** Lambda writes what it diverts under a prefix of its own choice. */
export const DIVERTED_PREFIX = 'aws/lambda/';

/** The event by which land-quotes is asked to land a diverted batch. */
export interface DivertedBatchRequest {
  readonly divertedBatch: { readonly key: string };
}

/**
 * The key that is asked for, or undefined if the event is something else.
 * @throws TickerlakeError EVENT_MALFORMED if it asks for a key where nothing is diverted to
 */
export function parseDivertedBatchRequest(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('divertedBatch' in event)) return undefined;
  const { divertedBatch } = event as { readonly divertedBatch: { readonly key?: unknown } | null };
  const key = divertedBatch?.key;
  if (typeof key === 'string' && key.startsWith(DIVERTED_PREFIX)) return key;
  throw new TickerlakeError(
    'EVENT_MALFORMED',
    `divertedBatch.key is ${JSON.stringify(key)}, not a key under ${DIVERTED_PREFIX}`,
    { hint: 'list what is diverted: tickerlake replay --diverted' },
  );
}

/**
 * The event that a document holds. It may be larger than any that Lambda would hand over.
 * @throws TickerlakeError EVENT_MALFORMED
 */
export function readDivertedEvent(key: string, text: string): unknown {
  const document = parseJson(text);
  if (typeof document !== 'object' || document === null) throw malformed(key, 'it is not a JSON object');
  if (!('payload' in document)) throw malformed(key, 'it has no payload');
  const { payload } = document;
  const event = typeof payload === 'string' ? parseJson(payload) : undefined;
  if (event === undefined) throw malformed(key, 'its payload is not the text of an event');
  return event;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(key: string, what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the diverted batch cannot be read: ${what}`, {
    coordinates: { key },
    hint: 'only documents of the event source’s on-failure destination hold batches',
  });
}
