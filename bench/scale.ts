/**
 * What 1,000, 100,000 and 1,000,000 quotes a second need, from measured figures and AWS's limits, and a simulation that shows that each
 * size keeps up and that a smaller one does not: `npm run bench:scale`. With `--docs` it writes the tables of docs/scale.md as well.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { synthesizedResources } from '../cli/cost/run-cost.ts';
import { Terminal } from '../cli/terminal/terminal.ts';
import { writeResults } from './harness/report.ts';
import { type CheckedSize, checkLoad, failuresOf, LOADS } from './scale/checks.ts';
import { SCALE_DOCS_FILE, withScaleTables } from './scale/docs.ts';
import { readFigures } from './scale/figures.ts';
import { scaleTables } from './scale/tables.ts';

const { values } = parseArgs({ options: { docs: { type: 'boolean', default: false } } });

function describe({
  what,
  keepsUp,
  usualLagSeconds,
  recoverySeconds,
  throttled,
  lagAfterSeconds,
}: CheckedSize): string {
  const recovered =
    recoverySeconds === null
      ? `lag of ${lagAfterSeconds} s at the end`
      : `recovered after ${recoverySeconds} s`;
  return `${what}: ${keepsUp ? 'keeps up' : 'does not keep up'}; usual lag ${usualLagSeconds} s, ${recovered}, ${throttled} times 503`;
}

const figures = readFigures();
const loads = LOADS.map((quotesPerSecond) => {
  const started = performance.now();
  const checked = checkLoad(quotesPerSecond, figures);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { partitions, pollers, curateConcurrency } = checked.sizing;
  console.log(
    `${quotesPerSecond.toLocaleString('en-US')} quotes/s: ${partitions} partitions, ${pollers} pollers, ${curateConcurrency} invocations of curation (simulated in ${seconds} s)`,
  );
  for (const size of [checked.derived, ...checked.smaller]) console.log(`  ${describe(size)}`);
  return checked;
});
writeResults('scale', { figures, loads });
const failures = loads.flatMap(failuresOf);
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;
if (values.docs) {
  const context = {
    terminal: new Terminal(process.stdout, process.stderr, process.env),
    env: process.env,
    signal: new AbortController().signal,
    fail: () => undefined,
  };
  const prod = await synthesizedResources(context, 'prod');
  const document = readFileSync(SCALE_DOCS_FILE, 'utf8');
  writeFileSync(SCALE_DOCS_FILE, withScaleTables(document, scaleTables(prod, figures, loads)));
}
