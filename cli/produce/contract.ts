/** What the function produce-quotes takes and answers: stated here as a client of the Lambda API knows it. */

export interface SimulatorCursor {
  readonly tick: number;
  readonly symbol: number;
}

export interface TapeCursor {
  readonly byte: number;
  readonly line: number;
}

export interface ProduceEvent {
  readonly source: 'simulator' | 'tape';
  readonly simulator?: {
    readonly seed?: number;
    /** ISO time of tick 0. @default the last session's open */
    readonly start?: string;
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

export interface SkippedLine {
  readonly line: number;
  readonly reason: string;
}

/** Acknowledgements of one partition: a run of offsets. */
export interface PartitionAcks {
  readonly partition: number;
  readonly records: number;
  readonly firstOffset: string;
  readonly lastOffset: string;
}

/** What a producer's ledger line says, as well as the function's answer. */
export interface ProduceResult {
  readonly topic: string;
  /** Records acknowledged. */
  readonly produced: number;
  readonly partitions: readonly PartitionAcks[];
  /** Records that pass the quality rules, and per partition the sum of their hashes mod 2^64, in hex. */
  readonly accepted: { readonly records: number; readonly hashes: Readonly<Record<string, string>> };
  /** Produced though they break a rule, by its code: they will be quarantined. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Lines of a tape that do not parse; the first hundred are listed. */
  readonly skipped: readonly SkippedLine[];
  readonly skippedTotal: number;
  readonly next?: SimulatorCursor | TapeCursor;
}
