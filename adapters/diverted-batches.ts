/** Takes in a batch that the event source gave up, once what stopped it is mended; then its document has done its work. */
import { readDivertedEvent } from '../core/diverted-batch.ts';
import { TickerlakeError } from '../core/errors.ts';
import { type DeliveredPartition, parseKafkaEvent } from '../core/kafka-event.ts';
import type { ObjectStore } from './objects.ts';

/**
 * @param consume throws unless all of it is done: the document then stays, so that it can be taken in again
 * @throws TickerlakeError OBJECT_NOT_FOUND, EVENT_MALFORMED, or what `consume` throws
 */
export async function takeInDiverted<T>(
  raw: Pick<ObjectStore, 'get' | 'delete'>,
  key: string,
  consume: (partitions: readonly DeliveredPartition[]) => Promise<T>,
): Promise<T> {
  const document = await raw.get(key);
  if (document === undefined) {
    throw new TickerlakeError('OBJECT_NOT_FOUND', 'there is no such diverted batch', {
      coordinates: { key },
      hint: 'it may have been taken in already: list what is left with tickerlake replay --diverted',
    });
  }
  const result = await consume(parseKafkaEvent(readDivertedEvent(key, document.body.toString())));
  await raw.delete(key);
  return result;
}
