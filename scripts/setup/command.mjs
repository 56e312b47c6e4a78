// Runs the command that a set-up was for, on the pinned Node.js, as if it had been called itself.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
const PARENT_CHECK_MS = 500;

/** Signal that a terminal's Ctrl-C has already given to the whole foreground group. */
const hasTerminal = () => Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);

/**
 * Runs `command` to its end and resolves to its exit code (128 + signal where a signal ended it).
 * Signals are passed on. Under npm the command is ended when npm vanishes, which no signal tells.
 */
export function runCommand([command, ...args], root) {
  const path = [join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path };
  const executable = command === 'node' ? join(root, 'node_modules/.bin/node') : command;
  return new Promise((resolve) => {
    const child = spawn(executable, args, { env, stdio: 'inherit' });
    const forward = (signal) => {
      if (signal === 'SIGINT' && hasTerminal()) return;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const parent = process.ppid;
    if (process.env.npm_lifecycle_event !== undefined) {
      setInterval(() => {
        if (process.ppid !== parent) child.kill('SIGTERM');
      }, PARENT_CHECK_MS).unref();
    }
    child.on('error', (error) => {
      const reason = error.code === 'ENOENT' ? 'no such command' : error.message;
      console.error(`error: cannot run ${command}: ${reason} — try: check its name`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
