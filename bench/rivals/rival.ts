/** What a rival is: a program that reads a topic to its end into Parquet, and how its rows are found. */
import type { TreeOptions } from '../harness/process-tree.ts';

/** What a run is about. */
export interface Task {
  /** Of the broker: plain, without login. */
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  /** End offset of each partition. */
  readonly ends: readonly number[];
  /** Empty, and the run's own: whatever it leaves is removed afterwards. */
  readonly folder: string;
  /** Quotes as Avro schema, JSON. */
  readonly schemaFile: string;
}

export type Program = Pick<TreeOptions, 'command' | 'args' | 'env' | 'isDone'>;

export interface Rival {
  readonly name: string;
  /** With its version, as the table has it. */
  readonly title: string;
  /** Topics that it wants for itself, one partition each. @default - none */
  readonly topics?: (task: Task) => readonly string[];
  /** Writes what its program reads and says what to run. Not measured. */
  readonly prepare: (task: Task) => Promise<Program>;
  /** Files that it has written, as DuckDB finds them. */
  readonly files: (task: Task) => string;
  /** The column of the volume there. */
  readonly volumeColumn: string;
}
