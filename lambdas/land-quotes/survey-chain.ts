/** Finds out what of some offsets is landed already, by listing near them. */
import type { ObjectStore } from '../../adapters/objects.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { type LogPartition, parseRawKey, rawKey, rawPrefix } from '../../core/layout.ts';
import { decodeRawHeader, parseRawMetadata, type RawHeader } from '../../core/raw-file.ts';
import { EMPTY_CHAIN_END, type OffsetRun, type RawExtent } from '../../core/raw-log.ts';

export type ChainReader = Pick<ObjectStore, 'get' | 'head' | 'list'>;

export interface ChainSurvey {
  /**
   * The chain's end, or undefined where the chain goes on beyond the offsets asked for: it then covers all of them, and
   * where it ends was not looked up.
   */
  readonly end: number | undefined;
  /** What the objects cover that may hold one of the offsets. */
  readonly covering: readonly Pick<RawExtent, 'start' | 'last'>[];
}

/** How far before the offsets the first listing starts; each further one goes 32 times as far. */
const FIRST_LOOK_BACK = 2000;
const LOOK_BACK_FACTOR = 32;

/** Costs one LIST and one HEAD if an object starts within the first look back. */
export async function surveyChain(
  store: ChainReader,
  log: LogPartition,
  offsets: OffsetRun,
): Promise<ChainSurvey> {
  const starts: number[] = [];
  for await (const start of startsFrom(store, log, offsets.first)) {
    if (start <= offsets.first) starts.length = 0;
    starts.push(start);
    if (start > offsets.last) break;
  }
  const lastStart = starts.at(-1);
  if (lastStart === undefined) return { end: EMPTY_CHAIN_END, covering: [] };
  // An object ends where the next one starts; only the last one must be asked.
  const covering = starts.slice(1).map((next, index) => ({ start: starts[index] ?? next, last: next - 1 }));
  if (lastStart > offsets.last) return { end: undefined, covering };
  const { last } = await readHeader(store, rawKey(log, lastStart));
  return { end: last, covering: [...covering, { start: lastStart, last }] };
}

/** Starts of chain objects in order, from one at or before `offset` on (or from the first of all). */
async function* startsFrom(store: ChainReader, log: LogPartition, offset: number): AsyncIterable<number> {
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

async function readHeader(store: ChainReader, key: string): Promise<RawHeader> {
  const metadata = await store.head(key);
  const header = metadata === undefined ? undefined : parseRawMetadata(metadata);
  if (header !== undefined) return header;
  const object = await store.get(key);
  if (object !== undefined) return decodeRawHeader(key, object.body);
  throw new TickerlakeError('STORE_UNAVAILABLE', 'a raw object that was listed is not there', {
    coordinates: { key },
  });
}
