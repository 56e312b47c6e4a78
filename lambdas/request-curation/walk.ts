/** Goes along a listing from where the last call got to, and keeps in mind what it had to leave behind. */
import type { ListedObject, ObjectStore } from '../../adapters/objects.ts';
import type { Progress } from '../../core/sweep-progress.ts';
import { inGroups } from './log-partitions.ts';
import { READS_AT_ONCE } from './ports.ts';

/** `young`: it may still settle by itself, and so may all behind it. */
export type Finding = 'settled' | 'open' | 'young';

export interface Walk {
  readonly progress: Progress;
  /** Where the objects lie. */
  readonly store: Pick<ObjectStore, 'listWritten'>;
  /** Objects behind a key, in order. */
  readonly listBehind: (key: string | undefined) => AsyncIterable<ListedObject>;
  readonly examine: (listed: ListedObject) => Promise<Finding>;
  /** Called for each object that is open, in order. */
  readonly onOpen: (listed: ListedObject) => Promise<void>;
  readonly canGoOn: () => boolean;
}

export interface WalkResult {
  readonly progress: Progress;
  readonly examined: number;
  /** Whether it got to the end of the listing, or to what is young. */
  readonly isAtEnd: boolean;
}

/** Open keys that progress may leave behind: more than that, and it waits, so that its document stays small. */
export const MOST_OPEN = 1000;

export async function walk({ progress, listBehind, canGoOn, ...how }: Walk): Promise<WalkResult> {
  const open: string[] = [];
  let examined = 0;
  for (const keys of chunks(progress.open, READS_AT_ONCE)) {
    const found = await Promise.all(keys.map((key) => find(how.store, key)));
    const there = found.filter((each) => each !== undefined);
    examined += there.length;
    for (const [listed, finding] of await examineAll(there, how.examine)) {
      if (finding === 'settled') continue;
      open.push(listed.key);
      if (finding === 'open') await how.onOpen(listed);
    }
  }
  let { through } = progress;
  let isHeldUp = false;
  for await (const group of inGroups(listBehind(through), READS_AT_ONCE)) {
    if (!canGoOn()) return { progress: { through, open }, examined, isAtEnd: false };
    for (const [listed, finding] of await examineAll(group, how.examine)) {
      if (finding === 'young') return { progress: { through, open }, examined, isAtEnd: !isHeldUp };
      examined += 1;
      if (finding === 'open') {
        await how.onOpen(listed);
        isHeldUp ||= open.length >= MOST_OPEN;
        if (!isHeldUp) open.push(listed.key);
      }
      if (!isHeldUp) through = listed.key;
    }
  }
  return { progress: { through, open }, examined, isAtEnd: !isHeldUp };
}

async function examineAll(
  listed: readonly ListedObject[],
  examine: Walk['examine'],
): Promise<(readonly [ListedObject, Finding])[]> {
  return Promise.all(listed.map(async (each) => [each, await examine(each)] as const));
}

/** What a key lists now, if it is still there. */
async function find(store: Walk['store'], key: string): Promise<ListedObject | undefined> {
  for await (const listed of store.listWritten(key)) return listed.key === key ? listed : undefined;
  return undefined;
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
