/** Runs of Glue jobs: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../http/errors.ts';
import type { GlueJob, JobProcess } from '../types.ts';
import type { Clock } from './clock.ts';

/** https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html */
export type JobRunState =
  | 'STARTING'
  | 'RUNNING'
  | 'STOPPING'
  | 'STOPPED'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMEOUT';
/** States that a run does not leave. */
export type JobOutcome = Extract<JobRunState, 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT'>;

export interface JobStart {
  /** Over the job's own, by name with its dashes. */
  readonly arguments?: Readonly<Record<string, string>>;
  /** @default that of the job */
  readonly timeoutMs?: number;
  readonly triggerName?: string;
}

/** One attempt of a job, under way or over. */
export class JobRun {
  readonly id: string;
  readonly job: GlueJob;
  readonly attempt: number;
  readonly start: JobStart;
  readonly previousRunId: string | undefined;
  readonly startedMs: number;
  /** Resolves at the end of this attempt. */
  readonly ended: Promise<JobOutcome>;
  readonly #settle: (outcome: JobOutcome) => void;
  #state: JobRunState = 'STARTING';
  #process: JobProcess | undefined;
  /** What the end will be called: that of the process, unless somebody ends it. */
  #ending: 'STOPPED' | 'TIMEOUT' | undefined;
  #message: string | undefined;
  #endedMs: number | undefined;
  #modifiedMs: number;

  constructor(job: GlueJob, start: JobStart, nowMs: number, previous?: JobRun) {
    this.job = job;
    this.start = start;
    this.attempt = previous === undefined ? 0 : previous.attempt + 1;
    // A retry has the first run's id and its number.
    const first = previous?.id.replace(/_attempt_\d+$/, '');
    this.id =
      first === undefined
        ? `jr_${randomUUID().replaceAll('-', '')}${randomUUID().replaceAll('-', '')}`
        : `${first}_attempt_${this.attempt}`;
    this.previousRunId = previous?.id;
    this.startedMs = nowMs;
    this.#modifiedMs = nowMs;
    const { promise, resolve } = Promise.withResolvers<JobOutcome>();
    this.ended = promise;
    this.#settle = resolve;
  }

  get state(): JobRunState {
    return this.#state;
  }

  get message(): string | undefined {
    return this.#message;
  }

  get isOver(): boolean {
    return this.#endedMs !== undefined;
  }

  get pid(): number | undefined {
    return this.isOver ? undefined : this.#process?.pid;
  }

  running(process: JobProcess, nowMs: number): void {
    this.#process = process;
    if (this.#ending !== undefined) process.kill();
    else this.#become('RUNNING', nowMs);
  }

  /** Ends it before its time. */
  end(as: 'STOPPED' | 'TIMEOUT', nowMs: number): void {
    if (this.isOver || this.#ending !== undefined) return;
    this.#ending = as;
    if (as === 'STOPPED') this.#become('STOPPING', nowMs);
    this.#process?.kill();
  }

  /** Kills its process and says nothing of why. */
  kill(): void {
    this.#process?.kill();
  }

  over(failure: string | undefined, nowMs: number): JobOutcome {
    const outcome = this.#ending ?? (failure === undefined ? 'SUCCEEDED' : 'FAILED');
    if (outcome === 'FAILED') this.#message = failure;
    if (outcome === 'TIMEOUT') this.#message = 'Job run exceeded its time-out.';
    this.#endedMs = nowMs;
    this.#become(outcome, nowMs);
    this.#settle(outcome);
    return outcome;
  }

  /** https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
  describe(): Readonly<Record<string, unknown>> {
    const { job, start } = this;
    const endMs = this.#endedMs;
    return {
      ...job.runDescription,
      Id: this.id,
      Attempt: this.attempt,
      ...(this.previousRunId === undefined ? {} : { PreviousRunId: this.previousRunId }),
      ...(start.triggerName === undefined ? {} : { TriggerName: start.triggerName }),
      JobName: job.name,
      StartedOn: this.startedMs / 1000,
      LastModifiedOn: this.#modifiedMs / 1000,
      ...(endMs === undefined ? {} : { CompletedOn: endMs / 1000 }),
      JobRunState: this.#state,
      Arguments: start.arguments ?? {},
      ...(this.#message === undefined ? {} : { ErrorMessage: this.#message }),
      ExecutionTime: Math.round(((endMs ?? this.#modifiedMs) - this.startedMs) / 1000),
      Timeout: Math.round((start.timeoutMs ?? job.timeoutMs) / 60_000),
      LogGroupName: '/aws-glue/jobs',
      PredecessorRuns: [],
    };
  }

  #become(state: JobRunState, nowMs: number): void {
    this.#state = state;
    this.#modifiedMs = nowMs;
  }
}

export interface JobRunsOptions {
  readonly clock: Clock;
  /** Told of every run that has ended. */
  readonly onEnd: (run: JobRun, outcome: JobOutcome) => void;
}

/** The jobs and their runs, newest first. */
export class JobRuns {
  readonly #options: JobRunsOptions;
  readonly #jobs = new Map<string, GlueJob>();
  readonly #runs = new Map<string, JobRun[]>();
  readonly #underWay = new Set<Promise<unknown>>();
  #stopping = false;

  constructor(options: JobRunsOptions) {
    this.#options = options;
  }

  put(job: GlueJob): void {
    this.#jobs.set(job.name, job);
  }

  get jobs(): readonly GlueJob[] {
    return [...this.#jobs.values()];
  }

  job(name: string): GlueJob {
    const job = this.#jobs.get(name);
    if (job === undefined)
      throw new AwsError(
        400,
        'EntityNotFoundException',
        `Failed to start job run due to missing metadata: job ${name}`,
      );
    return job;
  }

  runsOf(jobName: string): readonly JobRun[] {
    return this.#runs.get(this.job(jobName).name) ?? [];
  }

  get running(): readonly JobRun[] {
    return [...this.#runs.values()].flat().filter((run) => !run.isOver);
  }

  run(jobName: string, runId: string): JobRun {
    const run = this.runsOf(jobName).find(({ id }) => id === runId);
    if (run === undefined)
      throw new AwsError(400, 'EntityNotFoundException', `Job run ${runId} of job ${jobName} not found`);
    return run;
  }

  /**
   * Begins a run: `ended` resolves when it is over, its retries with it.
   * @throws AwsError EntityNotFoundException, ConcurrentRunsExceededException
   */
  start(
    jobName: string,
    start: JobStart = {},
  ): { readonly run: JobRun; readonly ended: Promise<JobOutcome> } {
    const job = this.job(jobName);
    const running = this.runsOf(jobName).filter((run) => !run.isOver).length;
    if (this.#stopping || running >= job.maxConcurrentRuns) {
      throw new AwsError(
        400,
        'ConcurrentRunsExceededException',
        `Concurrent runs exceeded for ${jobName}: ${running} of ${job.maxConcurrentRuns} are under way`,
      );
    }
    const run = this.#add(new JobRun(job, start, this.#options.clock.nowMs()));
    const ended = this.#attempts(run);
    this.#underWay.add(ended);
    void ended.finally(() => this.#underWay.delete(ended));
    return { run, ended };
  }

  stopRun(run: JobRun): void {
    run.end('STOPPED', this.#options.clock.nowMs());
  }

  /** Ends every run, and resolves when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const run of this.running) this.stopRun(run);
    await Promise.all(this.#underWay);
  }

  #add(run: JobRun): JobRun {
    this.#runs.set(run.job.name, [run, ...(this.#runs.get(run.job.name) ?? [])]);
    return run;
  }

  async #attempts(first: JobRun): Promise<JobOutcome> {
    for (let run = first; ; ) {
      const outcome = await this.#attempt(run);
      if (outcome !== 'FAILED' || run.attempt >= run.job.maxRetries || this.#stopping) return outcome;
      run = this.#add(new JobRun(run.job, run.start, this.#options.clock.nowMs(), run));
    }
  }

  async #attempt(run: JobRun): Promise<JobOutcome> {
    const { clock, onEnd } = this.#options;
    const { job, start } = run;
    const stopTimer = clock.after(start.timeoutMs ?? job.timeoutMs, () => {
      run.end('TIMEOUT', clock.nowMs());
    });
    const failure = await this.#process(run).catch((error: unknown) => error as Error);
    stopTimer();
    const outcome = run.over(failure?.message, clock.nowMs());
    onEnd(run, outcome);
    return outcome;
  }

  /** Why the run failed, if it did. */
  async #process(run: JobRun): Promise<Error | undefined> {
    const { job, start, id } = run;
    const process = await job.launch({
      runId: id,
      attempt: run.attempt,
      arguments: { ...job.defaultArguments, ...start.arguments },
    });
    run.running(process, this.#options.clock.nowMs());
    const failure = await process.ended;
    return failure === undefined ? undefined : new Error(failure);
  }
}
