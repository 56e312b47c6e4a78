import type { Terminal } from './terminal/terminal.ts';

/** What a command gets from the process that it runs in. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The command did its work and its answer is no: exit 1 without an error line. */
  fail(): void;
}
