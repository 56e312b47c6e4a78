/** Goes along a listing from where the last call got to, and keeps in mind what it had to leave behind. */

import { inGroups } from '../../adapters/log-partitions.ts';
import type { ListedObject } from '../../adapters/objects.ts';
import type { Progress } from '../../core/sweep-progress.ts';
import type { CurationRequests } from './curation-requests.ts';
import { READS_AT_ONCE } from './ports.ts';

/** What is to be curated for an object that is not settled. */
export interface Unsettled {
  readonly rawKey: string;
  readonly strays?: readonly string[];
}

/** `young`: it may still settle by itself, and so may all behind it. */
export type Finding = 'settled' | 'young' | Unsettled;

export interface Walk {
  readonly progress: Progress;
  /** What a key lists now, if it is still there. */
  readonly find: (key: string) => Promise<ListedObject | undefined>;
  /** Objects behind a key, in order. */
  readonly listBehind: (key: string | undefined) => AsyncIterable<ListedObject>;
  readonly examine: (listed: ListedObject) => Promise<Finding>;
  readonly requests: CurationRequests;
}

export interface WalkResult {
  readonly progress: Progress;
  readonly examined: number;
  readonly unsettled: number;
  /** Whether the listing was walked to its end, or to what is young. */
  readonly isAtEnd: boolean;
  /** Of what was walked, everything written before this is settled, epoch ms. */
  readonly settledBeforeMs: number;
}

/** Open keys that progress may leave behind: at more, it waits for them, so that its document stays small. */
export const MOST_OPEN = 1000;

export async function walk({ progress, find, listBehind, examine, requests }: Walk): Promise<WalkResult> {
  const open: string[] = [];
  let { through } = progress;
  let [examined, unsettled, settledBeforeMs] = [0, 0, Number.POSITIVE_INFINITY];
  const result = (isAtEnd: boolean): WalkResult => ({
    progress: { through, open },
    examined,
    unsettled,
    isAtEnd,
    settledBeforeMs,
  });
  const examineAll = async (
    group: readonly ListedObject[],
  ): Promise<(readonly [ListedObject, Finding])[]> => {
    examined += group.length;
    return Promise.all(group.map(async (listed) => [listed, await examine(listed)] as const));
  };
  const leaveOpen = async ({ writtenMs }: ListedObject, finding: Finding): Promise<void> => {
    settledBeforeMs = Math.min(settledBeforeMs, writtenMs);
    if (typeof finding === 'string') return;
    unsettled += 1;
    await requests.add(finding.rawKey, finding.strays);
  };

  for (let index = 0; index < progress.open.length; index += READS_AT_ONCE) {
    const keys = progress.open.slice(index, index + READS_AT_ONCE);
    const found = (await Promise.all(keys.map(find))).filter((listed) => listed !== undefined);
    for (const [listed, finding] of await examineAll(found)) {
      if (finding === 'settled') continue;
      open.push(listed.key);
      await leaveOpen(listed, finding);
    }
  }
  let isHeldUp = false;
  for await (const group of inGroups(listBehind(through), READS_AT_ONCE)) {
    if (!requests.canGoOn) return result(false);
    for (const [listed, finding] of await examineAll(group)) {
      if (finding !== 'settled') await leaveOpen(listed, finding);
      if (finding === 'young') return result(true);
      if (finding !== 'settled') {
        isHeldUp ||= open.length >= MOST_OPEN;
        if (!isHeldUp) open.push(listed.key);
      }
      if (!isHeldUp) through = listed.key;
    }
  }
  return result(!isHeldUp);
}
