/**
 * What landing and curating cost, S3, Glue and Kafka themselves aside: event text to raw object, raw object to Parquet.
 * `npm run bench:stages -- [--records N] [--runs N] [--json]`
 *
 * Each stage runs in a process of its own, warm; the text of an event is parsed as Lambda parses it. CPU is that of all of the
 * process's threads, garbage collection included.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';
import { type Spread, spreadOf, table, writeResults } from './harness/report.ts';
import { STAGES, type StageName, type StageRun } from './stages/stages.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    stage: { type: 'string' },
    size: { type: 'string' },
  },
});
const records = count('records', values.records);
const runs = count('runs', values.runs);

interface StageFigures {
  readonly cpuSecondsPerMillion: Spread;
  readonly wallSecondsPerMillion: Spread;
  readonly bytesPerRecord: number;
}

if (values.stage === undefined) report();
else await runStage(values.stage as StageName, count('size', values.size ?? ''));

/** In a process of its own: prints its figures as JSON. */
async function runStage(name: StageName, size: number): Promise<void> {
  const { prepare } = STAGES[name];
  const run = prepare(records, size);
  const measured: StageRun[] = [];
  await run();
  for (let round = 0; round < runs; round += 1) {
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const made = await run();
    const cpu = process.cpuUsage(cpuBefore);
    const wallSeconds = (performance.now() - startMs) / 1000;
    measured.push({ ...made, wallSeconds, cpuSeconds: (cpu.user + cpu.system) / 1e6 });
  }
  const perMillion = (figure: (each: StageRun) => number): Spread =>
    spreadOf(measured.map((each) => (figure(each) / each.records) * 1e6));
  const figures: StageFigures = {
    cpuSecondsPerMillion: perMillion(({ cpuSeconds }) => cpuSeconds),
    wallSecondsPerMillion: perMillion(({ wallSeconds }) => wallSeconds),
    bytesPerRecord: Math.round(((measured[0]?.bytes ?? 0) / (measured[0]?.records ?? 1)) * 10) / 10,
  };
  console.log(JSON.stringify(figures));
}

function report(): void {
  const found = Object.entries(STAGES).flatMap(([name, { sizes }]) =>
    sizes.map((size) => ({ name: name as StageName, size, figures: inOwnProcess(name as StageName, size) })),
  );
  const bySize = (name: StageName): Record<string, StageFigures> =>
    Object.fromEntries(
      found.filter((each) => each.name === name).map(({ size, figures }) => [size, figures]),
    );
  const results = {
    records,
    ...Object.fromEntries(
      Object.entries(STAGES).map(([name, { typical }]) => {
        const sizes = bySize(name as StageName);
        return [name, { size: typical, ...sizes[typical], sizes }];
      }),
    ),
  };
  const file = writeResults('stages', results);
  if (values.json) {
    console.log(JSON.stringify({ machine: machine(), ...results }, null, 2));
    return;
  }
  const rows = found.map(
    ({ name, size, figures: { cpuSecondsPerMillion: cpu, wallSecondsPerMillion: wall, bytesPerRecord } }) => [
      `${name}, ${size} ${STAGES[name].unit}`,
      `${cpu.min.toFixed(2)} / ${cpu.median.toFixed(2)} / ${cpu.max.toFixed(2)}`,
      wall.median.toFixed(2),
      bytesPerRecord.toFixed(1),
    ],
  );
  console.log(table(['per million records', 'CPU s, min / median / max', 'wall s', 'bytes a record'], rows));
  console.log(`${runs} runs of ${records} records each; ${file}`);
}

function inOwnProcess(name: StageName, size: number): StageFigures {
  console.error(`${name}, ${size} ${STAGES[name].unit} …`);
  const own = ['--stage', name, '--size', String(size), '--records', String(records), '--runs', String(runs)];
  const { status, stdout } = spawnSync(process.execPath, [import.meta.filename, ...own], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`stage ${name} of ${size} ended with ${String(status)}`);
  return JSON.parse(stdout) as StageFigures;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(
    `error: --${name} is ${text}, not a whole number above 0 — try: npm run bench:stages -- --${name} 5`,
  );
  process.exit(2);
}
