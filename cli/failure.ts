import { CommanderError } from 'commander';
import { TickerlakeError } from '../core/errors.ts';

/** Exit codes: what a shell script can tell apart. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/**
 * A failure as people read it: one line, what is wrong and the next thing to try; the stack only when asked for.
 * @param command what was run, for the error of a command line that makes no sense
 */
export function describeFailure(error: unknown, env: NodeJS.ProcessEnv, command = 'tickerlake'): Failure {
  const { message, hint, exitCode } = explain(error, command);
  const lines = [`error: ${oneLine(message)} — try: ${oneLine(hint)}`];
  if (env['TICKERLAKE_DEBUG'] === '1') lines.push(...stackOf(error));
  return { lines, exitCode };
}

interface Explanation {
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
}

function explain(error: unknown, command: string): Explanation {
  if (error instanceof CommanderError) {
    return {
      message: error.message.replace(/^error: /, ''),
      hint: `${command} --help`,
      exitCode: EXIT.usage,
    };
  }
  if (error instanceof TickerlakeError) {
    return {
      message: error.message,
      hint: error.hint ?? DEFAULT_HINT,
      exitCode: error.code === 'USAGE' ? EXIT.usage : EXIT.failed,
    };
  }
  return { message: messageOf(error), hint: hintFor(error), exitCode: EXIT.failed };
}

const DEFAULT_HINT = 'again with TICKERLAKE_DEBUG=1 for the whole story, or docs/troubleshooting.md';

/** The codes of the operating system that a user can do something about. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'whether the lake still runs: tickerlake status; else start it: npm run up',
  EACCES: 'a state folder that you may write: TICKERLAKE_HOME=<folder>',
  EPERM: 'a state folder that you may write: TICKERLAKE_HOME=<folder>',
  EROFS: 'a state folder that you may write: TICKERLAKE_HOME=<folder>',
  ENOSPC: 'freeing disk space: tickerlake clean',
  EADDRINUSE: 'ending what listens on that port, or leaving the choice of ports to tickerlake',
};

function hintFor(error: unknown): string {
  const code = codeOf(error);
  return (code === undefined ? undefined : SYSTEM_HINTS[code]) ?? DEFAULT_HINT;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : undefined;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message =
    error.message === '' && error instanceof AggregateError ? messageOf(error.errors[0]) : error.message;
  return error.name === 'Error' || error.name === 'AggregateError' ? message : `${error.name}: ${message}`;
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack === undefined ? [] : error.stack.split('\n');
  return error.cause === undefined ? own : [...own, 'caused by:', ...stackOf(error.cause)];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
