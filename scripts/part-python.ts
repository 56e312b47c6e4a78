/** The Python of a virtual environment that set-up made, for what is run in it. */
import { join } from 'node:path';
import { TickerlakeError } from '../core/errors.ts';
import { locate, PARTS, readStamp } from './setup/parts.mjs';

/** Throws PREREQUISITE_MISSING where the part has not been fetched: the command to do so is its hint. */
export function pythonOf(name: 'notebook' | 'superset'): string {
  const place = locate(join(import.meta.dirname, '..'));
  const part = PARTS.get(name);
  const python = part === undefined ? undefined : readStamp(part, place)?.paths['python'];
  if (python === undefined) {
    throw new TickerlakeError('PREREQUISITE_MISSING', `not installed: ${part?.title ?? name}`, {
      hint: `node scripts/setup.mjs --with ${name}`,
    });
  }
  return python;
}
