import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { sparkToolPaths, trinoToolPaths } from '../../local/tools.ts';
import type { CommandContext } from '../context.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Engines that only some commands need, so that they are not there from the start. */
const ENGINES = {
  spark: { title: 'Spark', locate: sparkToolPaths },
  trino: { title: 'Trino', locate: trinoToolPaths },
} as const;

/**
 * Has the set-up fetch an engine where it is missing. The set-up says itself what it fetches, and how much.
 * @throws TickerlakeError PREREQUISITE_MISSING
 */
export async function fetchEngine(
  engine: keyof typeof ENGINES,
  { signal, env }: Pick<CommandContext, 'signal' | 'env'>,
): Promise<void> {
  const { title, locate } = ENGINES[engine];
  if (isFetched(locate)) return;
  // Its words go to stderr, since stdout has the command's result.
  const child = spawn(process.execPath, [join(ROOT, 'scripts/setup.mjs'), '--with', engine], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 2, 2],
    signal,
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new TickerlakeError('PREREQUISITE_MISSING', `${title} could not be fetched`, {
    hint: `node scripts/setup.mjs --with ${engine}, which tells why and goes on where it stopped`,
  });
}

function isFetched(locate: () => unknown): boolean {
  try {
    locate();
    return true;
  } catch (error) {
    if (error instanceof TickerlakeError && error.code === 'PREREQUISITE_MISSING') return false;
    throw error;
  }
}
