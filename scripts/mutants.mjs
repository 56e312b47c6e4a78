// Breaks the code on purpose, one way at a time, in a copy of the checkout, and fails if a break goes unnoticed:
// `node scripts/mutants.mjs [--only NAME]`. The breaks are in test/mutants/.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { MUTANTS } from '../test/mutants/index.mjs';

const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
/** Breaks that only some schedules notice are noticed by some of these. */
const SCHEDULES = 400;
const LOG_SCHEDULES = 300;
const TIME_OUT_MS = 300_000;
const NOT_COPIED = new Set(['.git', '.tickerlake', 'node_modules', 'cdk.out', 'docs', 'bench']);

const root = join(import.meta.dirname, '..');
const running = new Set();
const folders = [];
let isStopping = false;

async function copyCheckout() {
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-mutants-'));
  folders.push(folder);
  await cp(root, folder, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, '.tickerlake'));
  await symlink(join(root, '.tickerlake/tools'), join(folder, '.tickerlake/tools'));
  return folder;
}

/** Runs node in a copy to its end; a run that hangs is ended. */
function run(folder, args) {
  return new Promise((resolve) => {
    const env = { ...process.env, SCHEDULES: String(LOG_SCHEDULES), SEED: '1' };
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    let isLate = false;
    running.add(child);
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, TIME_OUT_MS);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ status: code ?? 128, output: Buffer.concat(output).toString(), isLate });
    });
  });
}

/**
 * Runs one test. `failed` is what noticed something; `broken` says that nothing was tested, so that a break which cannot
 * even be loaded never counts as noticed.
 */
async function runTest(folder, test) {
  if (test === 'schedules') {
    const args = ['test/faults/schedules.ts', String(SCHEDULES), '1', 'first'];
    const { output, isLate } = await run(folder, args);
    const seed = /^seed (\d+)/m.exec(output)?.[1];
    if (seed !== undefined) return { failed: `schedules (seed ${seed})` };
    if (!isLate && output.includes(`schedules: ${SCHEDULES} of ${SCHEDULES} held`)) return {};
    return { broken: `${test} did not end\n${output}` };
  }
  if (test.startsWith('pytest ')) return runPytest(folder, test);
  const file = join(folder, 'mutant-report.json');
  await rm(file, { force: true });
  const [path, name] = test.split(' -t ');
  const { output, isLate } = await run(folder, [
    ...JEST,
    path,
    ...(name === undefined ? [] : ['-t', name]),
    '--runInBand',
    '--json',
    `--outputFile=${file}`,
  ]);
  const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (isLate || report === undefined || report.numTotalTests === 0)
    return { broken: `${test} did not run\n${output}` };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  return failed === undefined ? {} : { failed: `${test}: ${failed.fullName}` };
}

async function runPytest(folder, test) {
  const args = ['scripts/check-jobs.ts', '-k', test.slice('pytest '.length)];
  const { status, output, isLate } = await run(folder, args);
  const failed = /^FAILED \S+::(\S+)/m.exec(output)?.[1];
  if (!isLate && status === 1 && failed !== undefined) return { failed: `${test}: ${failed}` };
  if (!isLate && status === 0 && /\d+ passed/.test(output)) return {};
  return { broken: `${test} did not run\n${output}` };
}

/** The file's text with the break in it. Throws unless each place is found exactly once. */
function applyEdits(text, { name, file, edits, find, replace }) {
  return (edits ?? [{ find, replace }]).reduce((before, edit) => {
    const places = before.split(edit.find).length - 1;
    if (places === 1) return before.replace(edit.find, () => edit.replace);
    throw new Error(`mutant "${name}": its text is found ${places} times in ${file}, not once: ${edit.find}`);
  }, text);
}

async function tryMutant(folder, mutant) {
  const path = join(folder, mutant.file);
  const text = await readFile(path, 'utf8');
  const startMs = performance.now();
  await writeFile(path, applyEdits(text, mutant));
  try {
    for (const test of mutant.tests) {
      const { failed, broken } = await runTest(folder, test);
      if (isStopping) return { ok: false, line: '' };
      if (broken !== undefined) return { ok: false, line: `BROKEN   ${mutant.name}: ${broken}` };
      if (failed === undefined) continue;
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      return { ok: true, line: `ok       ${mutant.name}: killed by ${failed} in ${seconds} s` };
    }
    return { ok: false, line: `SURVIVED ${mutant.name} (${mutant.file})` };
  } finally {
    await writeFile(path, text);
  }
}

/** Works off a list on all copies at once. */
async function inCopies(copies, items, work) {
  const waiting = [...items];
  await Promise.all(
    copies.map(async (folder) => {
      for (let item = waiting.shift(); item !== undefined && !isStopping; item = waiting.shift())
        await work(folder, item);
    }),
  );
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const chosen = MUTANTS.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) {
    console.error(`error: no mutant "${values.only}" — try: ${MUTANTS.map(({ name }) => name).join(' | ')}`);
    return 2;
  }
  for (const mutant of chosen) applyEdits(await readFile(join(root, mutant.file), 'utf8'), mutant);
  const lanes = Math.min(2, availableParallelism(), chosen.length);
  const copies = await Promise.all(Array.from({ length: lanes }, copyCheckout));
  console.log('without a break …');
  const reasons = [];
  await inCopies(copies, new Set(chosen.flatMap(({ tests }) => tests)), async (folder, test) => {
    const { failed, broken } = await runTest(folder, test);
    const reason = failed ?? broken;
    if (reason !== undefined) reasons.push(reason);
  });
  if (isStopping) return 130;
  if (reasons.length > 0) {
    console.error(`error: these fail without a break — try: npm test\n${reasons.join('\n')}`);
    return 1;
  }
  let killed = 0;
  await inCopies(copies, chosen, async (folder, mutant) => {
    const { ok, line } = await tryMutant(folder, mutant);
    if (isStopping) return;
    if (ok) killed += 1;
    console.log(line);
  });
  if (isStopping) return 130;
  console.log(`mutants: ${killed} of ${chosen.length} killed`);
  return killed === chosen.length ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    isStopping = true;
    for (const child of running) child.kill(signal);
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}
