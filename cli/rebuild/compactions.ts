/** Runs of job compact that are under way: they read and move what a rebuild is about to set back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetJobRunsCommand } from '@aws-sdk/client-glue';
import { TickerlakeError } from '../../core/errors.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import type { RebuildLake } from './rebuild-lake.ts';

type CompactedLake = Pick<RebuildLake, 'glue' | 'stage' | 'outputs'>;

/** https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html */
const UNDER_WAY: ReadonlySet<string> = new Set(['WAITING', 'STARTING', 'RUNNING', 'STOPPING']);
/** The most that Glue answers at once, newest first: hours of runs, and a run ends within four. */
const LATEST = 200;
const POLL_MS = 5000;

/** @throws TickerlakeError JOB_FAILED if a run is under way: what an inspection found is half of what it makes */
export async function refuseDuringCompaction(lake: CompactedLake, topic: string): Promise<void> {
  const id = await findRun(lake, topic);
  if (id === undefined) return;
  throw new TickerlakeError('JOB_FAILED', `job compact is at topic ${topic}: run ${id}`, {
    coordinates: { runId: id },
    hint: 'the same again, when the run has ended: tickerlake rebuild --yes',
  });
}

/** Waits for a run that a schedule has started since; the job's own time-out bounds it. */
export async function compactionsEnded(
  lake: CompactedLake,
  topic: string,
  { signal, report }: { readonly signal: AbortSignal; readonly report: (text: string) => void },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const id = await findRun(lake, topic);
    if (id === undefined) return;
    report(`waiting for run ${id} of job compact`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function findRun(lake: CompactedLake, topic: string): Promise<string | undefined> {
  const JobName = stackOutput(lake, 'jobs', 'CompactJobName');
  const { JobRuns: runs = [] } = await lake.glue.send(new GetJobRunsCommand({ JobName, MaxResults: LATEST }));
  return runs.find(
    ({ JobRunState: state = '', Arguments: given }) =>
      UNDER_WAY.has(state) && (given?.['--topic'] ?? topic) === topic,
  )?.Id;
}
