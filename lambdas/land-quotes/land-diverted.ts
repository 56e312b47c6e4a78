/** Lands a batch that the event source gave up, once what stopped it is mended; then its document has done its work. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { readDivertedEvent } from '../../core/diverted-batch.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { parseKafkaEvent } from '../../core/kafka-event.ts';
import type { PartitionOutcome, QuoteLander } from './land-quotes.ts';

/**
 * @throws TickerlakeError OBJECT_NOT_FOUND, EVENT_MALFORMED, or why a partition did not land: the document then stays, and
 * landing it again trims what did
 */
export async function landDiverted(
  lander: Pick<QuoteLander, 'land'>,
  raw: Pick<ObjectStore, 'get' | 'delete'>,
  key: string,
): Promise<PartitionOutcome[]> {
  const document = await raw.get(key);
  if (document === undefined) {
    throw new TickerlakeError('OBJECT_NOT_FOUND', 'there is no such diverted batch', {
      coordinates: { key },
      hint: 'it may have been landed already: list what is left with tickerlake replay --diverted',
    });
  }
  const outcomes = await lander.land(parseKafkaEvent(readDivertedEvent(key, document.body.toString())));
  const failed = outcomes.find(({ landing }) => landing === undefined);
  if (failed !== undefined) throw failed.error;
  await raw.delete(key);
  return outcomes;
}
