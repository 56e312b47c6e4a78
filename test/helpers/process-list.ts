/** Which processes of this machine have to do with a folder: by their arguments, their working folder or their environment. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  /** The most memory that it ever held. */
  readonly peakBytes: number;
}

/** Reads /proc, so Linux only. Processes that have ended and wait to be reaped are not there any more. */
export function processesOf(folder: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const read = (what: string): string => attempt(() => readFileSync(`/proc/${name}/${what}`, 'utf8'));
      const command = read('cmdline').replaceAll('\0', ' ').trim();
      const cwd = attempt(() => readlinkSync(`/proc/${name}/cwd`));
      const isOurs = [command, cwd, read('environ')].some((text) => text.includes(folder));
      if (!isOurs || command === '') return [];
      const [, peakKiB = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(read('status')) ?? [];
      return [{ pid: Number(name), command, peakBytes: Number(peakKiB) * 1024 }];
    });
}

/** What cannot be read is another user's, or gone. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
