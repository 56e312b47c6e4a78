/** The Athena engine of a local run. */
import { join } from 'node:path';
import type { AthenaEngine } from '../gateway/types.ts';
import type { Guard } from '../supervisor/index.ts';
import type { ToolPaths } from '../tools.ts';
import { DuckDbEngine } from './engine.ts';
import { Translator } from './translator.ts';

export interface EngineOptions {
  /** Starts the SQL translator's process. */
  readonly guard: Pick<Guard, 'spawn'>;
  readonly tools: Pick<ToolPaths, 'python' | 'duckdbExtensions'>;
  /** Folder for the translator's log. */
  readonly logs: string;
  /** Folder that large sorts and joins spill into. */
  readonly tempDirectory: string;
  /** Most memory of one caller's queries together, as DuckDB writes sizes. @default '512MB': what takes more goes to `tempDirectory` */
  readonly memoryLimit?: string;
}

/** More than there are cores: threads wait for objects most of the time. */
const THREADS = 8;

/** Nothing starts before the first query. */
export function createDuckDbEngine(options: EngineOptions): AthenaEngine {
  const { guard, tools, logs, tempDirectory, memoryLimit = '512MB' } = options;
  return new DuckDbEngine({
    limits: { extensions: tools.duckdbExtensions, tempDirectory, memoryLimit, threads: THREADS },
    startTranslator: () =>
      Translator.start({ guard, python: tools.python, logFile: join(logs, 'athena-translator.log') }),
  });
}
