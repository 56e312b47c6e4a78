// Makes the locks anew from the *.in files and the POMs: `node scripts/locks/relock.mjs [python|jars] [name]`. See README.md.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAVEN_GOAL } from '../setup/maven-jars.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
// The last two only read office files that are uploaded to Superset.
const LEFT_OUT = ['duckdb', 'pywin32', 'odfpy', 'pyxlsb'];
// PyPI has no wheel of them: they are built where they are installed.
const SOURCES = ['pyspark', 'wtforms-json'];
const PLATFORMS = ['x86_64-manylinux_2_28', 'aarch64-manylinux_2_28', 'aarch64-apple-darwin'];
const PYTHONS = ['3.11', '3.12', '3.13', '3.14'];
/** Of what pins packages that have no wheel for newer ones. */
const SOME_PYTHONS = { superset: ['3.11', '3.12'] };

const run = (command, args) =>
  execFileSync(command, args, { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });

function lockPython(name, scratch) {
  const file = `requirements-${name}.txt`;
  const plain = ['--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links'];
  const omitted = LEFT_OUT.flatMap((left) => ['--no-emit-package', left]);
  const every = ['--universal', '--python-version', PYTHONS[0], '--generate-hashes'];
  run('uv', [
    'pip',
    'compile',
    '--quiet',
    ...every,
    ...plain,
    ...omitted,
    `requirements-${name}.in`,
    '-o',
    file,
  ]);
  const wrong = readFileSync(join(here, file), 'utf8')
    .split('\n')
    .find(
      (line) => !/^(?:[a-z0-9.-]+==\S+(?: ; .+)? \\| {4}--hash=sha256:[0-9a-f]{64}(?: \\)?|)$/.test(line),
    );
  if (wrong !== undefined) throw new Error(`${file} holds more than packages and hashes: ${wrong}`);
  const wheels = join(scratch, file);
  writeFileSync(wheels, withoutSources(readFileSync(join(here, file), 'utf8')));
  for (const platform of PLATFORMS) {
    for (const python of SOME_PYTHONS[name] ?? PYTHONS) {
      const where = ['--python-platform', platform, '--python-version', python, '--target', scratch];
      const locked = ['--dry-run', '--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', wheels];
      run('uv', ['pip', 'install', '--quiet', ...where, ...locked]);
    }
  }
}

/** The packages of a lock that must have a wheel for every platform. */
const withoutSources = (lock) =>
  lock
    .split(/^(?=\S)/m)
    .filter((entry) => !SOURCES.includes(entry.split('==')[0]))
    .join('');

function lockJars(name, scratch) {
  const folder = join(scratch, name);
  const goal = [MAVEN_GOAL, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
  run('mvn', ['-B', '-q', '-f', `${name}-pom.xml`, ...goal]);
  const lines = readdirSync(folder)
    .sort()
    .map(
      (jar) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, jar)))
          .digest('hex')}  ${jar}\n`,
    );
  writeFileSync(join(here, `${name}.sha256`), lines.join(''));
}

const LOCKS = {
  python: {
    lock: lockPython,
    names: ['runtime', 'test', 'build', 'spark', 'jdk', 'trino', 'notebook', 'superset', 'rivals'],
  },
  jars: {
    lock: lockJars,
    names: ['kafka', 'kafka-client', 'spark', 'trino', 'rivals-spark', 'rivals-flink', 'rivals-connect'],
  },
};
const [kind, only] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'tickerlake-relock-'));
try {
  for (const [name, { lock, names }] of Object.entries(LOCKS)) {
    if (kind !== undefined && kind !== name) continue;
    for (const file of names) if (only === undefined || only === file) lock(file, scratch);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
