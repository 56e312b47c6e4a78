/** Runs a program to its end, for tests of what it prints and how it exits. */
import { spawn } from 'node:child_process';

export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when the program has ended and closed its output; kills it and rejects, with what it said, after the deadline. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { env, cwd, deadlineMs = 60_000 }: { env?: NodeJS.ProcessEnv; cwd?: string; deadlineMs?: number } = {},
): Promise<ProgramResult> {
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = Promise.withResolvers<Pick<ProgramResult, 'code' | 'signal'>>();
  child.once('error', ended.reject);
  child.once('close', (code, signal) => {
    ended.resolve({ code, signal });
  });
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
  }, deadlineMs);
  try {
    const end = await ended.promise;
    const said = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
    if (child.killed)
      throw new Error(
        `${command} took longer than ${deadlineMs} ms\n${said.stdout.slice(-2000)}\n${said.stderr.slice(-2000)}`,
      );
    return { ...end, ...said };
  } finally {
    clearTimeout(timer);
  }
}
