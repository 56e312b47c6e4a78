/** Which processes of this machine have to do with a folder: by their arguments, their working folder or their environment. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
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
      return isOurs && command !== '' ? [{ pid: Number(name), command }] : [];
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
