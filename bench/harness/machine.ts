/** Where figures were taken, and with what. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly zlib: string;
  readonly zstd: string;
  /** Of the checkout, with a plus sign where files differ from it, results and docs aside; null outside of a checkout. */
  readonly commit: string | null;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    zlib: process.versions.zlib,
    zstd: process.versions['zstd'] ?? 'none',
    commit: commit(),
  };
}

/** To standard error, so that standard output is the figures. */
export function printMachine(): void {
  const { cpu, cores, memoryGb, node, zlib, zstd, commit: at } = machine();
  console.error(
    `${cpu} x ${cores}, ${memoryGb} GB, Node ${node}, zlib ${zlib}, zstd ${zstd}, commit ${at ?? 'unknown'}`,
  );
}

function commit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const changes = git(
      'status',
      '--porcelain',
      '-uno',
      '--',
      ':/',
      ':(top,exclude)bench/results',
      ':(top,exclude)docs',
    );
    return git('rev-parse', '--short', 'HEAD') + (changes === '' ? '' : '+');
  } catch {
    return null;
  }
}
