/**
 * Whether cost grows as the load does: `npm run bench:growth -- [--large]`. Landing and curating 0.1 and 1 million records (and 10
 * million with --large, once), over 1 to 64 partitions, and with 1 to 10,000 raw objects waiting; S3, Glue and SQS are in memory, so that
 * CPU and memory are those of the code. Each run is a process of its own. Fails when CPU a record is not the same at each size.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { GrowthRequest, Measured } from './growth/child.ts';
import { fitObjects } from './growth/fit-objects.ts';
import type { RecordsResult, RecordsRun, StageCost } from './growth/pass-records.ts';
import type { BacklogResult, StepCost } from './growth/work-off-backlog.ts';
import { printMachine } from './harness/machine.ts';
import { type Spread, spreadOf, writeResults } from './harness/report.ts';

const { values } = parseArgs({ options: { large: { type: 'boolean', default: false } } });
const RUNS = 5;
/** What takes minutes is run once. */
const roundsOf = (amount: number, most: number): number => (amount > most ? 1 : RUNS);
const SIZES = values.large ? [100_000, 1_000_000, 10_000_000] : [100_000, 1_000_000];
const PARTITIONS = [1, 4, 16, 64];
const PARTITIONS_RECORDS = 100_000;
const OBJECTS = [1, 100, 1000, 10_000];
/** Above the least run of the smallest size: what disturbs a run on a shared machine only ever adds to it. */
const MOST_GROWTH = 1.1;
const MOST_MEMORY_GROWTH = 1.1;
const MB = 1e6;

const run = promisify(execFile);

/** As tight as in a function of 256 MB: without it V8 lets the heap of a large machine grow before it looks for garbage. */
const TIGHT_HEAP = ['--max-old-space-size=96', '--max-semi-space-size=16'];

async function measure<T>(request: GrowthRequest, flags: readonly string[] = []): Promise<Measured<T>> {
  const child = join(import.meta.dirname, 'growth/child.ts');
  const args = [...flags, child, JSON.stringify(request)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1e8 });
  return JSON.parse(stdout) as Measured<T>;
}

async function repeat<T>(request: GrowthRequest, runs = RUNS): Promise<Measured<T>[]> {
  const measured: Measured<T>[] = [];
  for (let done = 0; done < runs; done += 1) measured.push(await measure<T>(request));
  return measured;
}

interface RecordsFigures {
  readonly records: number;
  readonly partitions: number;
  readonly rows: number;
  readonly objects: number;
  readonly cpuSecondsPerMillion: Record<'land' | 'curate' | 'last' | 'warmUp', Spread>;
  readonly requestsPerMillion: Record<'land' | 'curate', number>;
  readonly bytesPerRecord: Record<'land' | 'curate', number>;
  /** Of the whole process, the events that it makes for itself among them. One run in a tight heap. */
  readonly tightPeakBytes: number;
  readonly peakBytes: Spread;
}

/** Round after round, so that a disturbance meets all of them. */
async function passingAll(sizes: readonly RecordsRun[]): Promise<RecordsFigures[]> {
  const runs = sizes.map((): Measured<RecordsResult>[] => []);
  for (let round = 0; round < RUNS; round += 1) {
    for (const [index, size] of sizes.entries()) {
      if (round < roundsOf(size.records, 1e6))
        runs[index]?.push(await measure<RecordsResult>({ kind: 'records', ...size }));
    }
  }
  const figures: RecordsFigures[] = [];
  for (const [index, size] of sizes.entries()) {
    const tight = await measure<RecordsResult>({ kind: 'records', ...size }, TIGHT_HEAP);
    figures.push(figuresOf(size, runs[index] ?? [], tight.peakBytes));
  }
  return figures;
}

function figuresOf(
  { records, partitions }: RecordsRun,
  runs: readonly Measured<RecordsResult>[],
  tightPeakBytes: number,
): RecordsFigures {
  const [first] = runs;
  if (first === undefined) throw new RangeError('no run');
  const million = records / 1e6;
  const cpuOf = (stage: (result: RecordsResult) => number): Spread =>
    spreadOf(runs.map(({ result }) => stage(result) / million));
  const perRecord = (stage: StageCost, figure: 'requests' | 'bytes', unit: number): number =>
    stage[figure] / unit;
  const { land, curate, rows, objects } = first.result;
  const figures = {
    records,
    partitions,
    rows,
    objects,
    cpuSecondsPerMillion: {
      land: cpuOf((result) => result.land.cpuSeconds),
      curate: cpuOf((result) => result.curate.cpuSeconds),
      last: spreadOf(runs.map(({ result }) => result.lastCpuSecondsPerMillion)),
      warmUp: spreadOf(runs.map(({ result }) => (result.warmUpCpuSeconds / result.warmUpRecords) * 1e6)),
    },
    requestsPerMillion: {
      land: perRecord(land, 'requests', million),
      curate: perRecord(curate, 'requests', million),
    },
    bytesPerRecord: { land: perRecord(land, 'bytes', records), curate: perRecord(curate, 'bytes', records) },
    tightPeakBytes,
    peakBytes: spreadOf(runs.map(({ peakBytes }) => peakBytes)),
  };
  const { land: landed, curate: curated } = figures.cpuSecondsPerMillion;
  console.log(
    `${records.toLocaleString('en-US')} records, ${partitions} partitions, ${objects} objects: land ${describeSpread(landed)}, ` +
      `curate ${describeSpread(curated)} CPU s a million; peak ${Math.round(figures.tightPeakBytes / MB)} MB in a tight heap, ${Math.round(figures.peakBytes.median / MB)} MB in a wide one; ${rows} rows counted`,
  );
  return figures;
}

function describeSpread({ min, median, max }: Spread): string {
  return `${median} (${min} to ${max})`;
}

interface BacklogFigures {
  readonly objects: number;
  readonly runs: number;
  readonly rows: number;
  /** CPU, of request, curation and a sweep over what is settled. */
  readonly cpuMicrosPerObject: Record<'request' | 'curate' | 'again', Spread>;
  /** Of one run; the same in each. */
  readonly calls: Record<'request' | 'curate' | 'again', StepCost['calls']>;
}

async function waiting(objects: number, runs: number): Promise<BacklogFigures> {
  const measured = await repeat<BacklogResult>({ kind: 'backlog', objects }, runs);
  const [first] = measured;
  if (first === undefined) throw new RangeError('no run');
  const cpuOf = (step: 'request' | 'curate' | 'again'): Spread =>
    spreadOf(measured.map(({ result }) => (result[step].cpuSeconds * 1e6) / objects));
  const { request, curate, again, rows } = first.result;
  const figures = {
    objects,
    runs,
    rows,
    cpuMicrosPerObject: { request: cpuOf('request'), curate: cpuOf('curate'), again: cpuOf('again') },
    calls: { request: request.calls, curate: curate.calls, again: again.calls },
  };
  const { request: asked, curate: curated, again: settled } = figures.cpuMicrosPerObject;
  console.log(
    `${objects.toLocaleString('en-US')} objects waiting: ask ${describeSpread(asked)}, curate ${describeSpread(curated)}, ` +
      `look again ${describeSpread(settled)} CPU µs an object; ${rows} rows counted`,
  );
  return figures;
}

/** Against the smallest size; the least runs are compared. */
function growthOf(figures: readonly RecordsFigures[], figure: (each: RecordsFigures) => number): number {
  const [smallest] = figures;
  if (smallest === undefined) throw new RangeError('no size');
  return Math.max(...figures.map((each) => figure(each) / figure(smallest)));
}

printMachine();
console.log(`median (min to max) of ${RUNS} runs`);
const sizes = await passingAll(SIZES.map((records) => ({ records, partitions: 4 })));
const partitions = await passingAll(
  PARTITIONS.map((count) => ({ records: PARTITIONS_RECORDS, partitions: count })),
);
const backlogs: BacklogFigures[] = [];
for (const objects of OBJECTS) backlogs.push(await waiting(objects, roundsOf(objects, 1000)));

const stageAt = (stage: 'land' | 'curate') =>
  fitObjects(
    partitions.map(({ records, objects, cpuSecondsPerMillion }) => ({
      recordsPerObject: records / objects,
      cpuSecondsPerMillion: cpuSecondsPerMillion[stage].min,
    })),
  );
const perObject = { land: stageAt('land'), curate: stageAt('curate') };
for (const [stage, { cpuSecondsPerMillion, cpuMsPerObject }] of Object.entries(perObject)) {
  console.log(
    `${stage}: ${cpuSecondsPerMillion.toFixed(2)} CPU s a million records and ${cpuMsPerObject.toFixed(2)} CPU ms an object`,
  );
}
const growth = growthOf(sizes, ({ cpuSecondsPerMillion }) => cpuSecondsPerMillion.last.min);
const memoryGrowth = growthOf(sizes, ({ tightPeakBytes }) => tightPeakBytes);
console.log(
  `CPU of a record after all others over that of the first: ${growth.toFixed(3)} (at most ${MOST_GROWTH})`,
);
console.log(
  `peak memory in a tight heap likewise: ${memoryGrowth.toFixed(3)} (at most ${MOST_MEMORY_GROWTH})`,
);
const file = writeResults('growth', {
  sizes,
  partitions,
  perObject,
  backlogs,
  growth: { cpu: growth, memory: memoryGrowth },
});
console.log(`written: ${file}`);
if (growth > MOST_GROWTH || memoryGrowth > MOST_MEMORY_GROWTH) process.exitCode = 1;
