import type { RawObjectId } from '../../core/layout.ts';

/** Offsets of one partition whose raw objects are curated again, both ends those of an object. */
export interface DueRange {
  readonly logId: string;
  readonly partition: number;
  readonly fromOffset: number;
  readonly toOffset: number;
}

/**
 * As few requests as reach every due object: what follows one another in a partition's log is one. Fills come behind the
 * chain in a listing, so objects are taken by where they start.
 * @param objects all that there are, with whether each is due
 */
export function dueRanges(
  objects: readonly { readonly object: RawObjectId; readonly isDue: boolean }[],
): readonly DueRange[] {
  const partitions = Map.groupBy(objects, ({ object }) => `${object.logId}/${object.partition}`);
  return [...partitions.values()].flatMap(rangesIn);
}

function rangesIn(objects: readonly { readonly object: RawObjectId; readonly isDue: boolean }[]): DueRange[] {
  const ranges: { -readonly [Key in keyof DueRange]: DueRange[Key] }[] = [];
  let isOpen = false;
  for (const { object, isDue } of objects.toSorted((a, b) => a.object.start - b.object.start)) {
    const { logId, partition, start } = object;
    const last = ranges.at(-1);
    if (isDue && isOpen && last !== undefined) last.toOffset = start;
    else if (isDue) ranges.push({ logId, partition, fromOffset: start, toOffset: start });
    isOpen = isDue;
  }
  return ranges;
}
