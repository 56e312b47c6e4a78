import type { Progress } from '../terminal/progress.ts';
import type { GroupAdmin, ReplayStart, Rewind } from './consumer-group.ts';
import type { EventSource } from './event-source.ts';

export interface DeliverAgainRequest {
  readonly source: Pick<EventSource, 'isEnabled' | 'pause' | 'resume' | 'resumeCommand'>;
  readonly group: GroupAdmin;
  readonly start: ReplayStart;
  readonly partition: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly note: (line: string) => void;
}

/** How long resuming may take after all else was given up. */
const LAST_RESORT_MS = 60_000;

/**
 * Has the topic's records delivered again: pauses the event source, sets its group's offsets back, resumes it. Landing trims
 * what is in raw already, and what is filtered or served twice is the same record. Whatever happens in between, the event source is resumed, Ctrl-C included; only the end of this very
 * process leaves it paused, and the line printed before says how to resume it. Running this again does, too.
 */
export async function deliverAgain(request: DeliverAgainRequest): Promise<readonly Rewind[]> {
  const { source, group, start, partition, signal, progress, note } = request;
  const wasEnabled = await source.isEnabled();
  if (!wasEnabled)
    note('the event source was paused already, as by a replay that died: it is resumed in the end');
  const planned = await group.plan(start, partition);
  if (planned.length === 0 && wasEnabled) return [];

  note(`pausing the event source; should this end before it is resumed: ${source.resumeCommand}`);
  let rewinds: readonly Rewind[] = [];
  try {
    await progress.step('pause delivery', async (report) => {
      await source.pause(signal, report);
      await group.empty(signal, report);
    });
    await progress.step('set offsets back', async (report) => {
      // Planned again: what was read until the pause is not to be skipped, nor left out of what comes again.
      rewinds = await group.plan(start, partition);
      signal.throwIfAborted();
      if (rewinds.length > 0) await group.rewind(rewinds);
      report(`${rewinds.length} partitions`);
    });
  } finally {
    // Not with the command's own signal: it may be the reason why we are here.
    await progress.step('resume delivery', (report) =>
      source.resume(AbortSignal.timeout(LAST_RESORT_MS), report).catch((error: unknown) => {
        note(`the event source is still paused; resume it with: ${source.resumeCommand}`);
        throw error;
      }),
    );
  }
  await progress.step('deliver again', (report) => group.caughtUp(signal, report));
  return rewinds;
}
