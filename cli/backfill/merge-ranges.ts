import { receiptPrefix } from '../../core/layout.ts';
import type { MergeRange } from '../compact/compact-topic.ts';
import type { CuratedObject } from '../curation/receipt-watch.ts';

/** A job's arguments are no place for long lists: with more, each partition is one range, and what lies between is merged too. */
const MOST_RANGES = 500;

/** The offsets that receipts account for, as few ranges a partition as cover them. Merging more than asked changes nothing. */
export function mergeRanges(
  objects: readonly CuratedObject[],
  mostRanges = MOST_RANGES,
): readonly MergeRange[] {
  const partitions = [...Map.groupBy(objects, ({ object }) => receiptPrefix(object)).values()];
  const ranges = partitions.flatMap((group) => joined(group, 1));
  return ranges.length <= mostRanges
    ? ranges
    : partitions.flatMap((group) => joined(group, Number.POSITIVE_INFINITY));
}

/** @param reach how far behind the end of a range another may start and still be one with it */
function joined(group: readonly CuratedObject[], reach: number): readonly MergeRange[] {
  const ranges: { -readonly [Key in keyof MergeRange]: MergeRange[Key] }[] = [];
  for (const { object, receipt } of group.toSorted((a, b) => a.receipt.first - b.receipt.first)) {
    const last = ranges.at(-1);
    if (last !== undefined && receipt.first <= last.to_offset + reach) {
      last.to_offset = Math.max(last.to_offset, receipt.last);
    } else {
      ranges.push({
        log_id: object.logId,
        kafka_partition: object.partition,
        from_offset: receipt.first,
        to_offset: receipt.last,
      });
    }
  }
  return ranges;
}
