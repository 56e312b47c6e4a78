/** What function produce-quotes is asked for and answers, and the line of its log that reconcile sums. */
import type { SimulatorCursor } from './simulator.ts';

/** Place in a tape: the byte that its next line starts at, and that line's number, counted from 1. */
export interface TapeCursor {
  readonly byte: number;
  readonly line: number;
}

/** The event of a caller who names the source; one without a source produces what is due now. */
export interface ProduceEvent {
  readonly source: 'simulator' | 'tape';
  readonly simulator?: {
    readonly seed?: number;
    /** ISO time of tick 0. @default the last session's open */
    readonly start?: string;
    /** Event time between two quotes of one symbol. */
    readonly intervalMs: number;
    readonly fromTick: number;
    readonly fromSymbol?: number;
    readonly records: number;
  };
  readonly tape?: {
    /** Key in the lake bucket. */
    readonly key: string;
    readonly fromByte: number;
    readonly fromLine: number;
    readonly maxRecords: number;
  };
  /** Key of a symbol listing in the lake bucket. */
  readonly listingKey?: string;
}

/** A line of a tape that gave no quote. */
export interface SkippedLine {
  readonly line: number;
  readonly reason: string;
}

/** Acknowledgements of one partition; other producers' records may lie between the two offsets. */
export interface PartitionAcks {
  readonly partition: number;
  readonly records: number;
  readonly firstOffset: string;
  readonly lastOffset: string;
}

/** What a run produced: the function's answer, and its `produced` line in the log. */
export interface ProduceResult {
  readonly topic: string;
  /** Records that the brokers acknowledged. */
  readonly produced: number;
  readonly partitions: readonly PartitionAcks[];
  /** Acknowledged records that keep every quality rule, with the sum of their hashes by partition (mod 2^64, hex). */
  readonly accepted: { readonly records: number; readonly hashes: Readonly<Record<string, string>> };
  /** Acknowledged records that break a quality rule, by its code: curate-quotes will quarantine them. */
  readonly rejected: Readonly<Record<string, number>>;
  /** The first hundred lines that gave no quote. */
  readonly skipped: readonly SkippedLine[];
  readonly skippedTotal: number;
  /** Where to go on, if the source has more. */
  readonly next?: SimulatorCursor | TapeCursor;
}
