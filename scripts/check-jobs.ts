/**
 * Checks the scripts of the Glue jobs and what stands for Glue here:
 *   node scripts/check-jobs.ts             lint, format, types, and the tests that need no Spark
 *   node scripts/check-jobs.ts --spark     types against Spark's own, and the tests on Spark
 * Further arguments are pytest's (`--spark -k merge`): then nothing but those tests is run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type SparkToolPaths, sparkToolPaths, testToolPaths } from '../local/tools.ts';
import { locate } from './setup/parts.mjs';

const ROOT = join(import.meta.dirname, '..');
const CONFIG = 'glue-scripts/pyproject.toml';
/** What stands for Glue's own packages. */
const SHIM = 'local/spark';

const { python } = testToolPaths();
const programs = dirname(python);
const cache = join(locate(ROOT).state, 'cache');

const sources = [
  ...globSync('glue-scripts/*.py', { cwd: ROOT }).sort(),
  'glue-scripts/tickerlake_jobs',
  SHIM,
].filter((path) => existsSync(join(ROOT, path)));
const all = [...sources, 'glue-scripts/tests'];

function environment(spark?: SparkToolPaths): NodeJS.ProcessEnv {
  const packages = [join(ROOT, 'glue-scripts'), join(ROOT, SHIM), ...(spark ? [spark.sitePackages] : [])];
  return {
    ...process.env,
    PYTHONPATH: packages.join(':'),
    // What is checked is also what the templates carry: nothing is left beside it.
    PYTHONPYCACHEPREFIX: join(cache, 'pycache'),
    ...(spark && {
      JAVA_HOME: spark.javaHome,
      PYSPARK_PYTHON: python,
      SPARK_LOCAL_IP: '127.0.0.1',
      TICKERLAKE_SPARK_CLASSPATH: spark.classpath,
    }),
  };
}

/** Runs a program of the tests' environment; its exit code. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): number {
  const { status, error } = spawnSync(join(programs, program), args, { cwd: ROOT, env, stdio: 'inherit' });
  if (error) console.error(`error: ${program}: ${error.message} — try: node scripts/setup.mjs --with test`);
  return status ?? 1;
}

const mypy = ['--config-file', CONFIG, '--cache-dir', join(cache, 'mypy'), '--no-error-summary'];
const pytest = ['-c', CONFIG, '-q', 'glue-scripts/tests'];

function checkFast(): number {
  const env = environment();
  const ruff = ['--config', CONFIG, '--cache-dir', join(cache, 'ruff')];
  return (
    run('ruff', ['check', '--quiet', ...ruff, ...all], env) ||
    run('ruff', ['format', '--check', '--quiet', ...ruff, ...all], env) ||
    // What comes of Spark is of no known type as long as Spark is not there.
    run('mypy', [...mypy, '--no-warn-return-any', '--no-warn-unused-ignores', ...all], env) ||
    run('pytest', [...pytest, '-m', 'not spark'], env)
  );
}

function checkOnSpark(): number {
  const spark = sparkToolPaths();
  return (
    run('mypy', [...mypy, '--python-executable', spark.python, ...sources], environment(spark)) ||
    run('pytest', [...pytest, '-m', 'spark'], environment(spark))
  );
}

const [first, ...others] = process.argv.slice(2);
const onSpark = first === '--spark';
const chosen = onSpark ? others : process.argv.slice(2);
if (chosen.length > 0) {
  const env = environment(onSpark ? sparkToolPaths() : undefined);
  process.exitCode = run('pytest', [...pytest, '-m', onSpark ? 'spark' : 'not spark', ...chosen], env);
} else process.exitCode = onSpark ? checkOnSpark() : checkFast();
