import { spawnSync } from 'node:child_process';

/** Hash of the commit that is checked out; undefined where there is no git, or no repository. */
export function currentCommit(): string | undefined {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
  return status === 0 && /^[0-9a-f]{40}/.test(stdout) ? stdout.trim() : undefined;
}
