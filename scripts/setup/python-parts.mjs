// Python packages, each set in a virtual environment of its own.
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { isAtLeast } from './prerequisites.mjs';
import { writeStamp } from './stamp.mjs';

export const PIP = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install'];
export const LOCKED = ['--no-deps', '--only-binary=:all:', '--require-hashes'];
export const QUICK = ['--no-compile', '--progress-bar=off', '--quiet'];

/**
 * A virtual environment. It knows its own path, so it is made in place: only its stamp says that it is whole.
 * A package that PyPI has as source only is built by what the lock `builder.lock` pins, and by nothing that pip would fetch.
 * `below` is the first Python, as [3, 13], that the locked packages have no wheels for, where that is fewer than the rest can.
 */
function virtualEnvironment({ name, title, size, lock, modules, extensions = false, builder, below }) {
  const part = {
    name,
    title,
    size,
    requires: ['python'],
    needs: [],
    locks: builder === undefined ? [lock] : [lock, builder.lock],
    folder: ({ tools }) => join(tools, name),
    async install(context) {
      const { root, installer, found } = context;
      const folder = part.folder(context);
      const { found: version, paths } = found.python;
      if (below !== undefined && isAtLeast(version, below)) throw tooNew(title, version, below);
      const base = paths.python;
      const python = join(folder, 'bin/python');
      rmSync(folder, { recursive: true, force: true });
      await installer.run(part, 'python -m venv', base, ['-I', '-m', 'venv', folder]);
      const pip = (file, ...more) =>
        installer.run(
          part,
          'pip',
          python,
          [...PIP, '--no-user', ...LOCKED, ...more, '-r', join(root, file), ...QUICK],
          { append: true },
        );
      if (builder === undefined) await pip(lock);
      else {
        await pip(builder.lock);
        await pip(lock, `--no-binary=${builder.packages.join(',')}`, '--no-build-isolation');
      }
      // What is used is compiled now, not at the first run; and what cannot be loaded here is told now.
      const load = `import ${modules.join(', ')}`;
      await installer.run(part, 'Python', python, ['-I', '-c', load], { append: true });
      if (extensions) linkExtensions(folder);
      writeStamp(part, context, folder, { paths: { python }, leansOn: [python] });
    },
  };
  return part;
}

function tooNew(title, version, [major, minor]) {
  const newest = `${major}.${minor - 1}`;
  return new SetupFailure(
    `${title}: its packages are for Python 3.11 to ${newest}, and ${version} was found`,
    `put the folder of a python3 that is ${newest} first on the PATH, then run the same command again`,
  );
}

/** Gathers DuckDB's extensions, each deep in a package of its own, in one folder. */
function linkExtensions(folder) {
  const target = join(folder, 'duckdb-extensions');
  mkdirSync(target);
  const files = readdirSync(join(folder, 'lib'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((path) => path.endsWith('.duckdb_extension'))) {
    symlinkSync(join('../lib', file), join(target, file.slice(file.lastIndexOf('/') + 1)));
  }
}

/** What a run needs. */
export const pythonPart = virtualEnvironment({
  name: 'python',
  title: 'AWS emulator, SQL translator and DuckDB extensions from PyPI',
  size: 'about 60 MB',
  lock: 'scripts/locks/requirements-runtime.txt',
  modules: [
    ...['awscrt.checksums', 'moto.moto_server.werkzeug_app', 'sqlglot', 'sqlglot.optimizer'],
    ...['events', 'glue', 's3', 'secretsmanager', 'sqs', 'ssm'].map((name) => `moto.${name}.responses`),
  ],
  extensions: true,
});

/** What only the tests need. */
export const pythonTestPart = virtualEnvironment({
  name: 'python-test',
  title: 'Python packages of the tests from PyPI',
  size: 'about 140 MB',
  lock: 'scripts/locks/requirements-test.txt',
  modules: [
    'aws_msk_iam_sasl_signer',
    'awswrangler',
    'cfnlint.core',
    'fastavro',
    'kafka',
    'pyarrow.parquet',
    'pyathena',
  ],
});

/** What runs the jobs that Glue runs on AWS; fetched when it is asked for. */
export const sparkPart = virtualEnvironment({
  name: 'spark',
  title: 'Apache Spark 3.5 (PySpark) from PyPI',
  size: 'about 320 MB',
  lock: 'scripts/locks/requirements-spark.txt',
  modules: ['boto3', 'py4j.java_gateway', 'pyspark.sql.functions'],
  builder: { lock: 'scripts/locks/requirements-build.txt', packages: ['pyspark'] },
});

/** What runs notebooks/; fetched when it is asked for. */
export const notebookPart = virtualEnvironment({
  name: 'notebook',
  title: 'JupyterLab, pandas, Polars and PyAthena from PyPI',
  size: 'about 170 MB',
  lock: 'scripts/locks/requirements-notebook.txt',
  modules: [
    ...['ipykernel.kernelapp', 'jupyterlab.labapp', 'matplotlib.pyplot', 'nbclient'],
    ...['pandas', 'polars', 'pyathena.pandas.cursor', 'pyathena.polars.cursor'],
  ],
});

/** What integrations/superset is imported into and tried on; fetched when it is asked for. */
export const supersetPart = virtualEnvironment({
  name: 'superset',
  title: 'Apache Superset from PyPI',
  size: 'about 250 MB',
  lock: 'scripts/locks/requirements-superset.txt',
  modules: ['cachetools', 'pyathena.sqlalchemy_athena', 'superset.app'],
  builder: { lock: 'scripts/locks/requirements-build.txt', packages: ['wtforms-json'] },
  below: [3, 13],
});

/** What a hand-written consumer is made of: bench/rivals/python. */
export const rivalsPythonPart = virtualEnvironment({
  name: 'rivals-python',
  title: 'confluent-kafka, fastavro and pyarrow from PyPI, for bench/rivals',
  size: 'about 70 MB',
  lock: 'scripts/locks/requirements-rivals.txt',
  modules: ['confluent_kafka', 'fastavro', 'pyarrow.parquet'],
});
