/** The part of the supervisor that execution environments need. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

export interface ChildProcess {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal?: NodeJS.Signals): void;
}

/** Starts processes that end with the runner, however it ends. */
export interface ProcessPort {
  spawn(spec: ProcessSpec): Promise<ChildProcess>;
}
