import { HashSum } from '../../core/hash.ts';
import { OffsetSet } from './offset-set.ts';

/** All rows of one partition that somebody shows, by the offsets that they name. */
export interface SummedRows {
  readonly rows: number;
  readonly offsets: OffsetSet;
  readonly firstDoubled: number | undefined;
  /** Sum of the hashes of all rows' values, as 16 hex digits. */
  readonly hash: string;
}

export const NO_ROWS: SummedRows = {
  rows: 0,
  offsets: new OffsetSet(),
  firstDoubled: undefined,
  hash: '0'.repeat(16),
};

interface PartitionSum {
  rows: number;
  readonly offsets: OffsetSet;
  firstDoubled: number | undefined;
  readonly hash: HashSum;
}

/** Sums rows per partition, in any order. */
export class RowSums {
  readonly #partitions = new Map<number, PartitionSum>();
  #total = 0;

  /** Rows so far. */
  get total(): number {
    return this.#total;
  }

  add(partition: number, offset: number, hash: bigint): void {
    let sum = this.#partitions.get(partition);
    if (sum === undefined) {
      sum = { rows: 0, offsets: new OffsetSet(), firstDoubled: undefined, hash: new HashSum() };
      this.#partitions.set(partition, sum);
    }
    sum.rows++;
    sum.hash.add(hash);
    if (!sum.offsets.add(offset)) sum.firstDoubled = Math.min(sum.firstDoubled ?? offset, offset);
    this.#total++;
  }

  has(partition: number, offset: number): boolean {
    return this.#partitions.get(partition)?.offsets.has(offset) ?? false;
  }

  partitions(): ReadonlyMap<number, SummedRows> {
    return new Map(
      [...this.#partitions].map(([partition, { hash, ...rest }]) => [
        partition,
        { ...rest, hash: hash.toString() },
      ]),
    );
  }
}
