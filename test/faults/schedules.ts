/** Random schedules of landing, events, curation, sweeps and redrives on the model, on every core. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { INJECTIONS } from '../helpers/pipeline/dice.ts';

export interface ScheduleOptions {
  readonly count: number;
  /** Of the first schedule; the others follow one by one. */
  readonly seed: number;
  readonly onProgress?: (progress: ScheduleProgress) => void;
  /** Ends them early. */
  readonly signal?: AbortSignal;
  /** Ends them when one fails. @default false */
  readonly stopAtFirst?: boolean;
}

export interface ScheduleProgress {
  readonly done: number;
  readonly perSecond: number;
}

export interface FailedSchedule {
  readonly seed: number;
  readonly faults: readonly string[];
}

export interface SchedulesResult {
  /** All were played, nothing was lost or doubled, and everything that may go wrong did. */
  readonly ok: boolean;
  /** For people: counts, and how to replay what failed. */
  readonly line: string;
  readonly done: number;
  readonly perSecond: number;
  readonly failed: readonly FailedSchedule[];
  /** How often each thing went wrong on purpose. */
  readonly injected: Readonly<Record<string, number>>;
  /** What never did, though there were schedules enough. */
  readonly never: readonly string[];
}

/** What a worker is told: every `step`th schedule from index `from` on, below `count`. */
export interface ScheduleTask {
  readonly firstSeed: number;
  readonly from: number;
  readonly step: number;
  readonly count: number;
  /** Not zero in its first place: stop after the schedule under way. Node may abort when a thread is ended in midst of its work. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** What a worker tells: what came since it last did. */
export interface ScheduleReport {
  done: number;
  readonly injected: Record<string, number>;
  readonly failed: FailedSchedule[];
}

/** Fewer may miss a rare kind of mishap by chance. */
const MANY = 500;
const PROGRESS_MS = 2000;
const SHOWN = 5;

export async function runSchedules(options: ScheduleOptions): Promise<SchedulesResult> {
  const { count, seed, onProgress, stopAtFirst = false } = options;
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const startedAt = performance.now();
  const injected: Record<string, number> = Object.fromEntries(INJECTIONS.map((kind) => [kind, 0]));
  const failed: FailedSchedule[] = [];
  let done = 0;
  let shownAt = startedAt;
  const perSecond = (): number => (done * 1000) / (performance.now() - startedAt);
  const add = (report: ScheduleReport): void => {
    done += report.done;
    failed.push(...report.failed);
    if (stopAtFirst && failed.length > 0) failure.abort();
    for (const [kind, times] of Object.entries(report.injected))
      injected[kind] = (injected[kind] ?? 0) + times;
    if (performance.now() - shownAt < PROGRESS_MS) return;
    shownAt = performance.now();
    onProgress?.({ done, perSecond: perSecond() });
  };
  const threads = Math.min(availableParallelism(), count);
  await Promise.all(
    Array.from({ length: threads }, (_, from) =>
      runWorker({ firstSeed: seed, from, step: threads, count }, add, signal),
    ),
  );
  const never = count < MANY ? [] : Object.keys(injected).filter((kind) => injected[kind] === 0);
  failed.sort((left, right) => left.seed - right.seed);
  const ok = done === count && failed.length === 0 && never.length === 0;
  const result = { ok, done, perSecond: perSecond(), failed, injected, never };
  return { ...result, line: describe(result) };
}

async function runWorker(
  task: Omit<ScheduleTask, 'stop'>,
  onReport: (report: ScheduleReport) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const workerData: ScheduleTask = { ...task, stop: new Int32Array(new SharedArrayBuffer(4)) };
  const worker = new Worker(new URL('schedule-worker.ts', import.meta.url), { workerData });
  const stop = (): void => {
    Atomics.store(workerData.stop, 0, 1);
  };
  signal.addEventListener('abort', stop);
  worker.on('message', onReport);
  try {
    await once(worker, 'exit');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function describe({ done, perSecond, failed, injected, never }: Omit<SchedulesResult, 'line'>): string {
  const mishaps = Object.values(injected).reduce((sum, times) => sum + times, 0);
  return [
    ...failed.slice(0, SHOWN).map(({ seed, faults }) => `seed ${seed}: ${faults.join('; ')}`),
    ...(failed.length > SHOWN ? [`… and ${failed.length - SHOWN} more`] : []),
    ...failed.slice(0, 1).map(({ seed }) => `replay: npm run faults -- --schedules 1 --seed ${seed}`),
    ...(never.length > 0 ? [`never happened: ${never.join(', ')}`] : []),
    `schedules: ${done - failed.length} of ${done} held; ${mishaps} mishaps; ${perSecond.toFixed(1)} a second`,
  ].join('\n');
}

if (import.meta.main) {
  const [count = '2000', seed = '1', stopAt] = process.argv.slice(2);
  const { ok, line } = await runSchedules({
    count: Number(count),
    seed: Number(seed),
    stopAtFirst: stopAt === 'first',
    onProgress: ({ done, perSecond }) => {
      process.stderr.write(`  ${done} of ${count} schedules, ${perSecond.toFixed(1)} a second\n`);
    },
  });
  console.log(line);
  process.exitCode = ok ? 0 : 1;
}
