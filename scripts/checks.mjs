// Runs the project's checks and ends with one line of counts: `node scripts/checks.mjs test|verify [--only NAME]`.
// `test` is what every change must pass; `verify` holds the longer proofs on real engines.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const JEST = ['node', '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/** Each step: a name, its command, and whether it is a jest run whose tests are counted. */
const SUITES = {
  test: [
    { name: 'types', command: ['tsc', '--noEmit'] },
    { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
    { name: 'format', command: ['biome', 'check', '.'] },
    {
      name: 'architecture',
      command: ['depcruise', 'bin', 'lib', 'core', 'adapters', 'lambdas', 'local', 'cli', 'test'],
    },
    { name: 'dead code', command: ['knip'] },
    {
      name: 'unit and template tests',
      command: [...JEST, 'test/unit', 'test/templates', 'test/issues'],
      jest: true,
    },
    { name: 'local run', command: [...JEST, '--runInBand', 'test/local'], jest: true },
  ],
  verify: [{ name: 'longer proofs', command: [...JEST, '--runInBand', 'test/verify'], jest: true }],
};

function run(command, env) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'], env });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    child.on('error', (error) => {
      console.error(`${command[0]}: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? code : 128));
  });
}

async function runJest(command, folder) {
  const file = join(folder, `${Date.now()}.json`);
  const status = await run([...command, '--json', `--outputFile=${file}`], {
    ...process.env,
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
  });
  const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (report === undefined) return { ok: false, passed: 0, failed: 1, skipped: 0 };
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { ok: status === 0, passed: report.numPassedTests, failed, skipped };
}

async function runOnce(command) {
  const ok = (await run(command, process.env)) === 0;
  return { ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
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

const folder = await mkdtemp(join(tmpdir(), 'tickerlake-checks-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const step of steps) {
  const started = performance.now();
  console.log(`\n— ${step.name}`);
  const result = step.jest ? await runJest(step.command, folder) : await runOnce(step.command);
  for (const key of Object.keys(total)) total[key] += result[key];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  lines.push(`${result.ok ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
}
await rm(folder, { recursive: true, force: true });

console.log(`\n${lines.join('\n')}`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
const broken = total.failed > 0 || lines.some((line) => line.startsWith('FAILED'));
// A skipped test proves nothing, so it fails where it counts.
process.exit(broken || (process.env.CI && total.skipped > 0) ? 1 : 0);
