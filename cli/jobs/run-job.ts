import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchStopJobRunCommand,
  ConcurrentRunsExceededException,
  GetJobRunCommand,
  type GlueClient,
  type JobRun,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { TickerlakeError } from '../../core/errors.ts';

export interface JobRequest {
  readonly glue: GlueClient;
  readonly jobName: string;
  /** As the script reads them, each with its dashes: `--topic`. */
  readonly arguments: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
  /** Last line that the run logged, where its log can be read. */
  readonly lastLogLine?: () => Promise<string | undefined>;
  /** What to read when it fails. */
  readonly logHint: string;
  /** @default 1 s */
  readonly pollMs?: number;
}

export interface FinishedJobRun {
  readonly id: string;
  readonly seconds: number;
}

const POLL_MS = 1000;

/** States that a run does not leave: https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html */
const FAILED = new Set(['FAILED', 'ERROR', 'TIMEOUT', 'STOPPED', 'EXPIRED']);

/**
 * Starts a Glue job and waits for its end, however long that takes: the job has its own time-out. A run whose caller gives
 * up is stopped.
 * @throws TickerlakeError JOB_FAILED with the run's own words
 */
export async function runJob(request: JobRequest): Promise<FinishedJobRun> {
  const { glue, jobName, signal } = request;
  const started = performance.now();
  const id = await start(request);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { JobRun: run } = await glue.send(new GetJobRunCommand({ JobName: jobName, RunId: id }));
      const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
      const state = run?.JobRunState ?? 'STARTING';
      if (state === 'SUCCEEDED') return { id, seconds };
      if (FAILED.has(state)) throw failureOf(request, id, state, run);
      const line = await request.lastLogLine?.();
      request.report?.([state.toLowerCase(), line].filter((part) => part !== undefined).join(': '));
      await sleep(request.pollMs ?? POLL_MS, undefined, { signal });
    }
  } catch (error) {
    if (signal.aborted) {
      await glue
        .send(new BatchStopJobRunCommand({ JobName: jobName, JobRunIds: [id] }))
        .catch(() => undefined);
    }
    throw error;
  }
}

async function start({ glue, jobName, arguments: given, signal }: JobRequest): Promise<string> {
  signal.throwIfAborted();
  try {
    const { JobRunId: id } = await glue.send(
      new StartJobRunCommand({ JobName: jobName, Arguments: { ...given } }),
    );
    if (id !== undefined) return id;
  } catch (error) {
    if (!(error instanceof ConcurrentRunsExceededException)) throw error;
    throw new TickerlakeError('JOB_FAILED', `job ${jobName} runs as often at once as it may`, {
      cause: error,
      hint: 'the same command again, when the run that is under way has ended',
    });
  }
  throw new TickerlakeError('JOB_FAILED', `Glue gave the run of ${jobName} no id`);
}

function failureOf(
  { jobName, logHint }: JobRequest,
  id: string,
  state: string,
  run: JobRun | undefined,
): TickerlakeError {
  const why = run?.ErrorMessage ?? 'it said nothing';
  return new TickerlakeError('JOB_FAILED', `job ${jobName} ended as ${state}: ${why}`, {
    coordinates: { jobName, runId: id },
    hint: logHint,
  });
}
