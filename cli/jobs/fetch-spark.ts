import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { sparkToolPaths } from '../../local/tools.ts';
import type { CommandContext } from '../context.ts';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Has the set-up fetch Spark where it is missing: no other command needs it, so it is not there from the start. The set-up
 * says itself what it fetches, and how much.
 * @throws TickerlakeError PREREQUISITE_MISSING
 */
export async function fetchSpark({ signal, env }: Pick<CommandContext, 'signal' | 'env'>): Promise<void> {
  if (isFetched()) return;
  // Its words go to stderr, since stdout has the command's result.
  const child = spawn(process.execPath, [join(ROOT, 'scripts/setup.mjs'), '--with', 'spark'], {
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
  throw new TickerlakeError('PREREQUISITE_MISSING', 'Spark could not be fetched', {
    hint: 'node scripts/setup.mjs --with spark, which tells why and goes on where it stopped',
  });
}

function isFetched(): boolean {
  try {
    sparkToolPaths();
    return true;
  } catch (error) {
    if (error instanceof TickerlakeError && error.code === 'PREREQUISITE_MISSING') return false;
    throw error;
  }
}
