/** Messages between a run and its guard, over the IPC channel whose end tells the guard that the run is gone. */

export interface SpawnOptions {
  /** Names the process in messages and in the journal. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. @default - that of the run */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
  /** User and group to drop to; only root may. @default - that of the run */
  readonly uid?: number;
  readonly gid?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Request =
  | { readonly type: 'spawn'; readonly id: number; readonly options: SpawnOptions }
  | { readonly type: 'kill'; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly type: 'stop' };

export type Report =
  | { readonly type: 'spawned'; readonly id: number; readonly pid: number }
  | { readonly type: 'failed'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: 'exited'; readonly pid: number; readonly exit: Exit }
  | { readonly type: 'stopped' };

/** One line of the journal: enough to end the process later without hitting a stranger that got its pid. */
export interface JournalEntry {
  readonly name: string;
  readonly pid: number;
  readonly identity: string;
}
