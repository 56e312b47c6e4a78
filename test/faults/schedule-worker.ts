/** Plays schedules of the whole path on one thread, and tells how it goes. */
import { parentPort, workerData } from 'node:worker_threads';
import './remember-results.ts';
import type { ScheduleReport, ScheduleTask } from './schedules.ts';

/** Reading every row of every file takes longer than all the rest. */
const READ_ROWS_EVERY = 10;
const REPORT_MS = 500;

const { playPipeline } = await import('../helpers/pipeline-schedule.ts');
const { firstSeed, from, step, count, stop } = workerData as ScheduleTask;
let report: ScheduleReport = { done: 0, injected: {}, failed: [] };
let reportedAt = performance.now();

function send(): void {
  parentPort?.postMessage(report);
  report = { done: 0, injected: {}, failed: [] };
  reportedAt = performance.now();
}

async function play(seed: number, readRows: boolean): Promise<void> {
  try {
    const { faults, injected } = await playPipeline(seed, { readRows });
    if (faults.length > 0) report.failed.push({ seed, faults });
    for (const [kind, times] of Object.entries(injected)) {
      report.injected[kind] = (report.injected[kind] ?? 0) + times;
    }
  } catch (error) {
    report.failed.push({ seed, faults: [error instanceof Error ? (error.stack ?? '') : String(error)] });
  }
}

for (let index = from; index < count && Atomics.load(stop, 0) === 0; index += step) {
  await play(firstSeed + index, index % READ_ROWS_EVERY === 0);
  report.done += 1;
  if (report.failed.length > 0 || performance.now() - reportedAt >= REPORT_MS) send();
}
send();
