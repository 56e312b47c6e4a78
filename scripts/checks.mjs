// Runs the project's checks and ends with one line of counts: `node scripts/checks.mjs test|verify [--only NAME]`.
// `test` is what every change must pass; `verify` holds the longer proofs on real engines.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Of a failed test's message. */
const FAILURE_LINES = 25;
const JEST = ['node', '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/**
 * Each step: a name, its command (jest's arguments in a jest run, whose tests are counted), and whether it reads files only, so that
 * it may run beside the first jest run.
 */
const SUITES = {
  test: [
    { name: 'types', command: ['tsc', '--noEmit'], beside: true },
    // A browser's types, which nothing else has.
    { name: 'types of the console', command: ['tsc', '--noEmit', '-p', 'console'], beside: true },
    { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'], beside: true },
    { name: 'format', command: ['biome', 'check', '.'], beside: true },
    {
      name: 'architecture',
      command: ['depcruise', 'bin', 'lib', 'core', 'adapters', 'lambdas', 'local', 'cli', 'console', 'test'],
      beside: true,
    },
    { name: 'dead code', command: ['knip'], beside: true },
    { name: 'scripts', command: ['node', 'scripts/check-jobs.ts'], beside: true },
    {
      name: 'unit and template tests',
      command: ['test/unit', 'test/templates'],
      jest: true,
    },
    { name: 'local run', command: ['--runInBand', 'test/local', 'test/issues'], jest: true },
  ],
  verify: [
    // They wait more than they work: two lakes at once take little longer than one.
    { name: 'faults', command: ['--maxWorkers=2', 'test/verify/faults'], jest: true },
    {
      name: 'longer proofs',
      command: ['--runInBand', '--testPathIgnorePatterns=test/verify/faults/', '--', 'test/verify'],
      jest: true,
    },
    { name: 'Athena on Trino', command: ['node', 'test/athena/main.ts'] },
    { name: 'mistakes', command: ['node', 'scripts/mistakes.ts'] },
    { name: 'scripts on Spark', command: ['node', 'scripts/check-jobs.ts', '--spark'] },
    { name: 'mutants', command: ['node', 'scripts/mutants.mjs'] },
  ],
};

/**
 * Runs a command to its end. What it prints is passed on at once, or held back and given with its status. One that has written its
 * report and does not end, since a test left something running, is ended: it has failed, and must not hold the others up.
 */
function run(command, { env = process.env, hold = false, endsSoonAfter } = {}) {
  return new Promise((resolve) => {
    const output = [];
    const stdio = ['ignore', hold ? 'pipe' : 'inherit', hold ? 'pipe' : 'inherit'];
    const child = spawn(command[0], command.slice(1), { stdio, env });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => resolve({ status: 127, output: `${command[0]}: ${error.message}\n` }));
    const overdue = endsSoonAfter === undefined ? undefined : endOnceOverdue(child, endsSoonAfter);
    child.on('close', (code) => {
      clearInterval(overdue);
      running.delete(child);
      resolve({ status: code ?? 128, output: Buffer.concat(output).toString() });
    });
  });
}

const OVERDUE_MS = 60_000;

function endOnceOverdue(child, report) {
  let reportedAt;
  return setInterval(() => {
    if (reportedAt === undefined && existsSync(report)) reportedAt = performance.now();
    if (reportedAt === undefined || performance.now() - reportedAt < OVERDUE_MS) return;
    console.error('the tests are over, and their process is not: something was left running');
    child.kill('SIGKILL');
  }, 1000);
}

/** @param command jest's arguments; ours come before them, since theirs may hold a `--` */
async function runJest({ command }, folder) {
  const file = join(folder, `${performance.now()}.json`);
  const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
  const { status } = await run([...JEST, '--json', `--outputFile=${file}`, ...command], {
    env,
    endsSoonAfter: file,
  });
  const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (report === undefined) return { ok: false, passed: 0, failed: 1, skipped: 0 };
  failures.push(...describeFailures(report));
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { ok: status === 0, passed: report.numPassedTests, failed, skipped };
}

/** Each failed test with the beginning of its message: told once more at the end, where a long log is looked at first. */
function describeFailures({ testResults }) {
  return testResults.flatMap(({ name, message, status, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((each) => each.status === 'failed');
    const told = failed.map((each) => ({ title: each.fullName, text: each.failureMessages.join('\n') }));
    // A file that could not be run has no tests.
    if (status === 'failed' && told.length === 0) told.push({ title: 'the file itself', text: message });
    return told.map(({ title, text }) => {
      const lines = stripVTControlCharacters(text).trim().split('\n').slice(0, FAILURE_LINES);
      return [`✗ ${file}: ${title}`, ...lines.map((line) => `    ${line}`)].join('\n');
    });
  });
}

async function runOnce({ name, command, beside }) {
  const { status, output } = await run(command, { hold: beside });
  const ok = status === 0;
  if (!ok) process.stdout.write(`\n— ${name}\n${output}`);
  return { ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Runs steps one after the other and adds them to the totals. */
async function runSteps(steps, folder) {
  for (const step of steps) {
    const started = performance.now();
    if (!step.beside) console.log(`\n— ${step.name}`);
    const result = step.jest ? await runJest(step, folder) : await runOnce(step);
    for (const key of Object.keys(total)) total[key] += result[key];
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    lines.push(`${result.ok ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
  }
}

const [suite = 'test', ...rest] = process.argv.slice(2);
const only = rest[0] === '--only' ? rest[1] : undefined;
const steps = SUITES[suite]?.filter((step) => only === undefined || step.name === only);
if (steps === undefined || steps.length === 0) {
  const names = Object.entries(SUITES).map(
    ([key, list]) => `${key} (${list.map((step) => step.name).join(', ')})`,
  );
  console.error(`error: no such checks: ${process.argv.slice(2).join(' ')} — try: ${names.join(' | ')}`);
  process.exit(2);
}

const failures = [];
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 130;
  });
}

const folder = await mkdtemp(join(tmpdir(), 'tickerlake-checks-'));
const [first, ...others] = steps.filter((step) => !step.beside);
await Promise.all([
  runSteps(
    steps.filter((step) => step.beside),
    folder,
  ),
  runSteps(first === undefined ? [] : [first], folder),
]);
await runSteps(others, folder);
await rm(folder, { recursive: true, force: true });

if (failures.length > 0) console.log(`\n— what failed\n${failures.join('\n')}`);
console.log(`\n${lines.join('\n')}`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
const broken = total.failed > 0 || lines.some((line) => line.startsWith('FAILED'));
// A skipped test proves nothing, so it fails where it counts.
process.exit(broken || (process.env.CI && total.skipped > 0) ? 1 : 0);
