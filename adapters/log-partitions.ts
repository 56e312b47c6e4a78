/** Which partitions of which logs there are: what lies in the bucket says so, a topic's definition only knows today's. */

import { type LogPartition, parseLogFolder } from '../core/layout.ts';
import type { ObjectStore } from './objects.ts';

export interface PartitionChoice {
  readonly logId?: string;
  readonly partition?: number;
}

/** Partitions with a folder under a prefix, in the order of their keys. */
export async function* logPartitions(
  store: Pick<ObjectStore, 'listFolders'>,
  prefix: string,
  { logId, partition }: PartitionChoice = {},
): AsyncIterable<LogPartition> {
  for await (const logFolder of store.listFolders(prefix)) {
    for await (const folder of store.listFolders(logFolder)) {
      const log = parseLogFolder(folder);
      if (log === undefined) continue;
      if (logId !== undefined && log.logId !== logId) continue;
      if (partition === undefined || log.partition === partition) yield log;
    }
  }
}

/** Items in arrays of `size`, the last one shorter. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
