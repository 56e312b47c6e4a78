/** Finds a place in a partition's raw log without listing all of it. */
import { type LogPartition, parseRawKey, rawKey, rawPrefix } from '../core/layout.ts';
import type { ObjectStore } from './objects.ts';

/** How far before an offset the first listing starts; each further one goes 32 times as far. */
const FIRST_LOOK_BACK = 2000;
const LOOK_BACK_FACTOR = 32;

/**
 * Starts of chain objects in order, from one at or before `offset` on (or from the first of all). Costs one LIST if an
 * object starts within the first look back.
 */
export async function* chainStartsFrom(
  store: Pick<ObjectStore, 'list'>,
  log: LogPartition,
  offset: number,
): AsyncIterable<number> {
  for (let lookBack = FIRST_LOOK_BACK; ; lookBack *= LOOK_BACK_FACTOR) {
    const from = offset - lookBack;
    let isFirst = true;
    for await (const key of store.list(rawPrefix(log), from <= 0 ? undefined : rawKey(log, from))) {
      const object = parseRawKey(key);
      // Fills follow the chain's last object.
      if (object?.kind !== 'chain') break;
      if (isFirst && object.start > offset && from > 0) break;
      isFirst = false;
      yield object.start;
    }
    if (!isFirst || from <= 0) return;
  }
}
