/** Finds out what of some offsets is landed already, by listing near them. */
import { chainStartsFrom } from '../../adapters/chain-starts.ts';
import type { ObjectStore } from '../../adapters/objects.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { type LogPartition, rawKey } from '../../core/layout.ts';
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

/** Costs one LIST and one HEAD if an object starts within the first look back. */
export async function surveyChain(
  store: ChainReader,
  log: LogPartition,
  offsets: OffsetRun,
): Promise<ChainSurvey> {
  const starts: number[] = [];
  for await (const start of chainStartsFrom(store, log, offsets.first)) {
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
