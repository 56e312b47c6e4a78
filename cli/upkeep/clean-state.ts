import { rm } from 'node:fs/promises';
import { statePaths, takeRunLock } from '../../local/state.ts';
import { assembliesIn } from '../assembly/synthesize.ts';
import type { CommandContext } from '../context.ts';

/** `clean`: refuses while a lake runs, since its data are what would go. */
export async function cleanState({ terminal, env }: CommandContext, all: boolean): Promise<void> {
  const paths = statePaths(env);
  const lock = takeRunLock(paths);
  try {
    for (const notice of lock.notices) terminal.note(notice);
    const folders = [paths.run, assembliesIn(paths.folder), ...(all ? [paths.tools] : [])];
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
    const removed = all ? 'data, logs, templates and tools' : 'data, logs and templates';
    terminal.print(`removed ${removed} from ${paths.folder}`);
  } finally {
    lock.release();
  }
}
