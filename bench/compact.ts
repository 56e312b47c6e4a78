/**
 * What compacting a day costs: `npm run bench:compact -- [rows] [files]`. A lake runs here whole; a day of many small curated files
 * is put into it, job compact makes it history, and a query of one symbol says what it read before and after: while the files that history
 * covers still wait to expire, and when they have, which takes a lake's lifecycle a few days.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { GlueClient } from '@aws-sdk/client-glue';
import { createDayPartitions } from '../adapters/catalog.ts';
import { runQuery } from '../cli/athena/run-query.ts';
import { compactTopic } from '../cli/compact/compact-topic.ts';
import { fetchEngine } from '../cli/jobs/fetch-engine.ts';
import type { LakeClients } from '../cli/lake/clients.ts';
import { type LakeConnection, outputOf } from '../cli/lake/connection.ts';
import { withLocalLake } from '../cli/lake/local-lake.ts';
import { Progress } from '../cli/terminal/progress.ts';
import { Terminal } from '../cli/terminal/terminal.ts';
import { locations } from '../core/layout.ts';
import { tableNames } from '../core/names.ts';
import { statePaths } from '../local/state.ts';
import { expireCovered } from '../test/helpers/expire-covered.ts';
import type { DayRequest } from './compact/put-curated-day.ts';
import { BENCH_DAYS } from './data/records.ts';
import { ASKED } from './data/symbols.ts';
import { printMachine } from './harness/machine.ts';
import { writeResults } from './harness/report.ts';

const rows = Number(process.argv[2] ?? 5_000_000);
const files = Number(process.argv[3] ?? 2000);
const LIMITS = { seconds: 180, bytes: 3e9, timesFewer: 10 };
const [DAY] = BENCH_DAYS;
const SAMPLE_MS = 250;
const { run } = statePaths();
const MB = 1e6;

async function putDay(lake: LakeConnection, report: (text: string) => void): Promise<void> {
  const request: DayRequest = {
    rows,
    rowsOfFile: Math.ceil(rows / files),
    bucket: outputOf(lake, 'lake', 'LakeBucketName'),
    client: {
      endpoint: lake.endpoint,
      region: lake.region,
      credentials: lake.operator,
      forcePathStyle: true,
    },
  };
  // The lake's endpoint answers in this thread.
  const worker = new Worker(new URL('compact/put-curated-day.ts', import.meta.url), { workerData: request });
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (put: number) => {
      report(`${put} of ${files} files`);
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      resolve();
    });
  });
}

async function registerDay(lake: LakeConnection, glue: GlueClient): Promise<void> {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const partitions = createDayPartitions(glue, {
    database: outputOf(lake, 'lake', 'DatabaseName'),
    table: tableNames('quotes').curated,
    locationOf: (day) => `s3://${bucket}/${locations.curatedDay('quotes', day)}`,
  });
  await partitions.register([DAY]);
}

interface SymbolRead {
  readonly bytes: number;
  readonly seconds: number;
}

async function querySymbol(lake: LakeConnection, { athena }: LakeClients): Promise<SymbolRead> {
  const started = performance.now();
  const { scannedBytes } = await runQuery(athena, {
    sql: `SELECT event_time, latest_price, latest_volume FROM quotes WHERE symbol = '${ASKED}' AND dt = '${DAY}'`,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
  });
  return { bytes: scannedBytes, seconds: (performance.now() - started) / 1000 };
}

/** The most memory that Python and the JVM of a job held together, sampled while `work` goes on. */
async function withPeak<T>(work: Promise<T>): Promise<{ readonly result: T; readonly peakBytes: number }> {
  let [peakBytes, isOver] = [0, false];
  const sample = async (): Promise<void> => {
    while (!isOver) {
      peakBytes = Math.max(peakBytes, jobBytes());
      await delay(SAMPLE_MS);
    }
  };
  const sampling = sample();
  try {
    return { result: await work, peakBytes };
  } finally {
    isOver = true;
    await sampling;
  }
}

/** Of the processes that this lake's job runs in. Reads /proc, so Linux only. */
function jobBytes(): number {
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(join(run, 'jobs'))) continue;
      const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      bytes += Number(kib) * 1024;
    } catch {
      // It has ended.
    }
  }
  return bytes;
}

const terminal = new Terminal(process.stdout, process.stderr, process.env);
const progress = new Progress(terminal);
const { signal } = new AbortController();
const context = { terminal, env: process.env, signal, fail: () => undefined };

printMachine();
await fetchEngine('spark', context);
await withLocalLake(context, { stage: 'dev', progress, withSchedules: false }, async (lake, clients) => {
  await progress.step(`curated day: ${rows} rows in ${files} files`, (report) => putDay(lake, report));
  await registerDay(lake, clients.glue);
  const before = await progress.step(`${ASKED} from curated files`, () => querySymbol(lake, clients));
  const { result, peakBytes } = await progress.step('compact', (report) =>
    withPeak(compactTopic(lake, clients, { topic: 'quotes', signal, report })),
  );
  const waiting = await progress.step(`${ASKED} from history`, () => querySymbol(lake, clients));
  await progress.step('covered files expire', () =>
    expireCovered(clients.s3, outputOf(lake, 'lake', 'LakeBucketName'), 'quotes'),
  );
  const after = await progress.step(`${ASKED} from history alone`, () => querySymbol(lake, clients));
  const timesFewer = before.bytes / after.bytes;
  const shown = (read: SymbolRead): string =>
    `${(read.bytes / MB).toFixed(2)} MB in ${read.seconds.toFixed(1)} s`;
  console.log(`compact: ${result.seconds} s wall (at most ${LIMITS.seconds})`);
  console.log(`peak of JVM and Python: ${Math.round(peakBytes / MB)} MB (at most ${LIMITS.bytes / MB})`);
  console.log(
    `one symbol: before ${shown(before)}, after ${shown(waiting)}, covered files expired ${shown(after)}: ` +
      `${timesFewer.toFixed(1)} times fewer bytes (at least ${LIMITS.timesFewer})`,
  );
  const isMet =
    result.seconds <= LIMITS.seconds && peakBytes <= LIMITS.bytes && timesFewer >= LIMITS.timesFewer;
  const figures = {
    rows,
    files,
    seconds: result.seconds,
    peakBytes,
    symbol: { before, whileCoveredWait: waiting, after, timesFewer: Math.round(timesFewer * 10) / 10 },
  };
  console.log(`written: ${writeResults('compact', figures)}`);
  if (!isMet) process.exitCode = 1;
});
