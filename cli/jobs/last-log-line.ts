import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobPart } from '../../core/names.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { cut } from '../terminal/table.ts';

/** The end of a log that is looked at: more than a line of it. */
const TAIL_BYTES = 4096;

/** Spark and the JVM warn of much that is no concern of whoever waits. */
const WARNING = /\bWARN(?:ING)?\b/;
/** What a script's line begins with, of no use to whoever watches it. */
const PREFIX = /^(?:\d{2}:\d{2}:\d{2} )?INFO /;
const MOST_CHARACTERS = 100;

/** Reads the last line of a job's log that was written since now; warnings left out; undefined while there is none. */
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
      const told = lines.map((line) => line.trim()).findLast((line) => line !== '' && !WARNING.test(line));
      return told === undefined ? undefined : cut(told.replace(PREFIX, ''), MOST_CHARACTERS);
    } finally {
      await log.close();
    }
  };
}
