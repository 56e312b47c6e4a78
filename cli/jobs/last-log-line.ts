import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobPart } from '../../core/names.ts';
import type { LakeConnection } from '../lake/connection.ts';

/** The end of a log that is looked at: more than a line of it. */
const TAIL_BYTES = 4096;

/** Reads the last line of a job's log that was written since now; undefined while there is none. */
export function lastLogLine(
  lake: Pick<LakeConnection, 'logsDir'>,
  job: JobPart,
  sinceMs = Date.now(),
): () => Promise<string | undefined> {
  const file = join(lake.logsDir, `${job}.log`);
  return async () => {
    const log = await open(file).catch(() => undefined);
    if (log === undefined) return undefined;
    try {
      const { size, mtimeMs } = await log.stat();
      if (mtimeMs < sinceMs) return undefined;
      const { buffer, bytesRead } = await log.read({
        buffer: Buffer.alloc(TAIL_BYTES),
        position: Math.max(0, size - TAIL_BYTES),
      });
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      return lines.map((line) => line.trim()).findLast((line) => line !== '');
    } finally {
      await log.close();
    }
  };
}
