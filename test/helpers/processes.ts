/** Starts child processes directly, for tests that need no supervisor. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import type { ChildProcess, ProcessPort } from '../../local/invoke/process-port.ts';

export const directProcesses: ProcessPort = {
  async spawn({ command, args, env, cwd, logFile }): Promise<ChildProcess> {
    const log = openSync(logFile, 'a');
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', log, log] });
    const exited = Promise.withResolvers<{ code: number | null; signal: string | null }>();
    child.once('exit', (code, signal) => {
      exited.resolve({ code, signal });
    });
    await once(child, 'spawn');
    return {
      pid: child.pid ?? 0,
      exited: exited.promise,
      kill: (signal) => {
        child.kill(signal);
      },
    };
  },
};
