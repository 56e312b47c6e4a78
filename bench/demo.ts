/**
 * What a demo costs, phase by phase and process by process: `npm run bench:demo -- [--records 100000] [--runs 5]`. CPU seconds are those of
 * the command and of all that it starts. Linux only, since they are read from /proc. Quotes a second count from the first one produced
 * until the last one is served.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { TickerlakeError } from '../core/errors.ts';
import { ProcessWatch } from './demo/process-costs.ts';
import { printMachine } from './harness/machine.ts';
import { spreadOf, table, writeResults } from './harness/report.ts';

const { values } = parseArgs({
  options: { records: { type: 'string', default: '100000' }, runs: { type: 'string', default: '5' } },
});
const [records, runs] = [Number(values.records), Number(values.runs)];
if (!(Number.isInteger(records) && records > 0 && Number.isInteger(runs) && runs > 0)) {
  throw new TickerlakeError('USAGE', '--records and --runs are whole numbers above 0', {
    hint: 'npm run bench:demo -- --records 20000 --runs 5',
  });
}

interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
}

interface Run {
  readonly seconds: number;
  readonly quotesPerSecond: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly peakMemoryMb: Readonly<Record<string, number>>;
  readonly phases: readonly Phase[];
}

/** Names a process as people know it. */
function kindOf(commandLine: string, environment: string): string {
  const functionName = /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=tickerlake-\w+-([^\0]*)/.exec(environment)?.[1];
  if (functionName !== undefined) return functionName;
  const known = [
    ['tickerlake.ts demo', 'command: gateway, pollers, DuckDB'],
    ['LocalBroker', 'Kafka'],
    ['moto/server.py', 'moto'],
    ['postgres', 'PostgreSQL'],
    ['bin/tickerlake.ts', 'synth'],
    ['translator', 'sqlglot'],
  ].find(([part]) => part !== undefined && commandLine.includes(part));
  return known?.[1] ?? 'others';
}

async function runOnce(): Promise<Run> {
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    ['cli/tickerlake.ts', 'demo', '--json', '--records', String(records)],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const watch = new ProcessWatch(child.pid ?? 0, kindOf);
  const phases: Phase[] = [];
  let before: Record<string, number> = {};
  let beforeMs = startedMs;
  for await (const line of createInterface({ input: child.stderr })) {
    const name = /^✓ (.+?) {2,}/.exec(line)?.[1];
    if (name === undefined) continue;
    const [now, nowMs] = [cpuOf(watch), performance.now()];
    const spent = Object.entries(now).map(([kind, cpu]) => [kind, round(cpu - (before[kind] ?? 0))] as const);
    phases.push({
      name,
      seconds: round((nowMs - beforeMs) / 1000),
      cpuSeconds: Object.fromEntries(spent.filter(([, cpu]) => cpu > 0)),
    });
    [before, beforeMs] = [now, nowMs];
  }
  const code = await ended;
  watch.stop();
  if (code !== 0) {
    throw new TickerlakeError('ENGINE_FAILED', `the demo ended with ${code ?? 'a signal'}`, {
      hint: `node cli/tickerlake.ts demo --records ${records}, which says why`,
    });
  }
  const served = phases.filter(({ name }) => name === 'produce' || name === 'wait until served');
  const costs = [...watch.costs()];
  return {
    seconds: round((performance.now() - startedMs) / 1000),
    quotesPerSecond: Math.round(records / served.reduce((sum, { seconds }) => sum + seconds, 0)),
    cpuSeconds: cpuOf(watch),
    peakMemoryMb: Object.fromEntries(costs.map(([kind, { peakMemoryMb }]) => [kind, peakMemoryMb])),
    phases,
  };
}

function cpuOf(watch: ProcessWatch): Record<string, number> {
  return Object.fromEntries([...watch.costs()].map(([kind, { cpuSeconds }]) => [kind, round(cpuSeconds)]));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const total = (cpu: Readonly<Record<string, number>>): number =>
  Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);

function spreadRow(name: string, figures: readonly number[]): string[] {
  const { min, median, max } = spreadOf(figures);
  return [name, ...[min, median, max].map(String)];
}

printMachine();
const done: Run[] = [];
for (let run = 1; run <= runs; run++) {
  done.push(await runOnce());
  console.error(`run ${run} of ${runs}: ${done.at(-1)?.quotesPerSecond ?? 0} quotes/s`);
}
const kinds = [...new Set(done.flatMap(({ cpuSeconds }) => Object.keys(cpuSeconds)))];
const phaseNames = done[0]?.phases.map(({ name }) => name) ?? [];
const ofPhase = (name: string, figure: (phase: Phase) => number): number[] =>
  done.flatMap(({ phases }) => phases.filter((phase) => phase.name === name).map(figure));
const rows = [
  spreadRow(
    'quotes/s until served',
    done.map(({ quotesPerSecond }) => quotesPerSecond),
  ),
  spreadRow(
    'seconds in all',
    done.map(({ seconds }) => seconds),
  ),
  ...phaseNames.map((name) =>
    spreadRow(
      `  ${name}`,
      ofPhase(name, ({ seconds }) => seconds),
    ),
  ),
  spreadRow(
    'CPU seconds in all',
    done.map(({ cpuSeconds }) => total(cpuSeconds)),
  ),
  ...kinds.map((kind) =>
    spreadRow(
      `  ${kind}`,
      done.map(({ cpuSeconds }) => cpuSeconds[kind] ?? 0),
    ),
  ),
];
console.log(table([`${records.toLocaleString('en')} records`, 'min', 'median', 'max'], rows));
console.error(writeResults('demo', { records, runs: done }));
