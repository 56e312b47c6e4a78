import type { PartitionAck } from '../../adapters/kafka-producer.ts';
import type { SourceCursor } from '../../adapters/quotes/source.ts';
import type { ProduceResult, SkippedLine } from '../../core/produce-contract.ts';

/** What is known of a record when it is sent: the code of the rule it breaks, or the hash of what it says. */
export type Judgement = { readonly rule: string } | { readonly hash: bigint };

const SKIPPED_LISTED = 100;
const MOD_64 = (1n << 64n) - 1n;

interface PartitionTally {
  records: number;
  firstOffset: bigint;
  lastOffset: bigint;
}

/** Counts what was acknowledged; nothing else enters it. */
export class Ledger {
  private readonly topic: string;
  private readonly partitions = new Map<number, PartitionTally>();
  private readonly hashes = new Map<number, bigint>();
  private readonly rejected = new Map<string, number>();
  private readonly skipped: SkippedLine[] = [];
  private skippedTotal = 0;
  private acceptedRecords = 0;
  private next: SourceCursor | undefined;

  constructor(topic: string, start: SourceCursor | undefined) {
    this.topic = topic;
    this.next = start;
  }

  /** Enters one acknowledged batch. `judgements` stand in the order of the records sent. */
  acknowledge(acks: readonly PartitionAck[], judgements: readonly Judgement[]): void {
    for (const { partition, firstOffset, positions } of acks) {
      const lastOffset = firstOffset + BigInt(positions.length) - 1n;
      const tally = this.partitions.get(partition);
      if (tally === undefined) {
        this.partitions.set(partition, { records: positions.length, firstOffset, lastOffset });
      } else {
        tally.records += positions.length;
        if (firstOffset < tally.firstOffset) tally.firstOffset = firstOffset;
        if (lastOffset > tally.lastOffset) tally.lastOffset = lastOffset;
      }
      let hash = this.hashes.get(partition) ?? 0n;
      for (const position of positions) {
        const judgement = judgements[position];
        if (judgement === undefined) continue;
        if ('rule' in judgement) {
          this.rejected.set(judgement.rule, (this.rejected.get(judgement.rule) ?? 0) + 1);
        } else {
          this.acceptedRecords += 1;
          hash = (hash + judgement.hash) & MOD_64;
        }
      }
      this.hashes.set(partition, hash);
    }
  }

  skip(lines: readonly SkippedLine[]): void {
    this.skippedTotal += lines.length;
    this.skipped.push(...lines.slice(0, SKIPPED_LISTED - this.skipped.length));
  }

  /** Everything before this place is acknowledged or skipped. */
  reach(next: SourceCursor | undefined): void {
    this.next = next;
  }

  result(): ProduceResult {
    const partitions = [...this.partitions].sort(([a], [b]) => a - b);
    const hashes = [...this.hashes].sort(([a], [b]) => a - b);
    return {
      topic: this.topic,
      produced: partitions.reduce((sum, [, { records }]) => sum + records, 0),
      partitions: partitions.map(([partition, { records, firstOffset, lastOffset }]) => ({
        partition,
        records,
        firstOffset: String(firstOffset),
        lastOffset: String(lastOffset),
      })),
      accepted: {
        records: this.acceptedRecords,
        hashes: Object.fromEntries(
          hashes.map(([partition, hash]) => [String(partition), hash.toString(16).padStart(16, '0')]),
        ),
      },
      rejected: Object.fromEntries([...this.rejected].sort(([a], [b]) => (a < b ? -1 : 1))),
      skipped: this.skipped,
      skippedTotal: this.skippedTotal,
      ...(this.next === undefined ? {} : { next: this.next }),
    };
  }
}
