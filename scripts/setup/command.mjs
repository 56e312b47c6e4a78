// Runs the command that a set-up was for, on the pinned Node.js, as if it had been called itself.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { onParentGone } from './parent.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Signal that a terminal's Ctrl-C has already given to the whole foreground group. */
const hasTerminal = () => Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);

/**
 * Runs `command` to its end and resolves to its exit code (128 + signal where a signal ended it).
 * Signals are passed on. What is killed takes the command with it: npm, as far as npm called us, and ourselves.
 */
export function runCommand([command, ...args], root) {
  const path = [join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path };
  const isNode = command === 'node';
  const executable = isNode ? join(root, 'node_modules/.bin/node') : command;
  const leash = isNode ? ['--import', new URL('leash.mjs', import.meta.url).href] : [];
  return new Promise((resolve) => {
    const child = spawn(executable, [...leash, ...args], { env, stdio: 'inherit' });
    const forward = (signal) => {
      if (signal === 'SIGINT' && hasTerminal()) return;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    // Called by hand we may well outlive the shell, as with nohup.
    if (process.env.npm_lifecycle_event !== undefined) onParentGone(() => child.kill('SIGTERM'));
    child.on('error', (error) => {
      const reason = error.code === 'ENOENT' ? 'no such command' : error.message;
      console.error(`error: cannot run ${command}: ${reason} — try: check its name`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
