/** Lands a batch that the event source gave up. */
import { takeInDiverted } from '../../adapters/diverted-batches.ts';
import type { ObjectStore } from '../../adapters/objects.ts';
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
  return takeInDiverted(raw, key, async (partitions) => {
    const outcomes = await lander.land(partitions);
    const failed = outcomes.find(({ landing }) => landing === undefined);
    if (failed !== undefined) throw failed.error;
    return outcomes;
  });
}
