// Python packages, each set in a virtual environment of its own.
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeStamp } from './stamp.mjs';

/** A virtual environment. It knows its own path, so it is made in place: only its stamp says that it is whole. */
function virtualEnvironment({ name, title, size, lock, modules, extensions = false }) {
  const part = {
    name,
    title,
    size,
    requires: ['python'],
    needs: [],
    locks: [lock],
    folder: ({ tools }) => join(tools, name),
    async install(context) {
      const { root, installer, found } = context;
      const folder = part.folder(context);
      const base = found.python.paths.python;
      const python = join(folder, 'bin/python');
      rmSync(folder, { recursive: true, force: true });
      await installer.run(part, 'python -m venv', base, ['-I', '-m', 'venv', folder]);
      const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--no-user'];
      const locked = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', join(root, lock)];
      const quick = ['--no-compile', '--progress-bar=off', '--quiet'];
      await installer.run(part, 'pip', python, [...pip, ...locked, ...quick], { append: true });
      // What is used is compiled now, not at the first run; and what cannot be loaded here is told now.
      const load = `import ${modules.join(', ')}`;
      await installer.run(part, 'Python', python, ['-I', '-c', load], { append: true });
      if (extensions) linkExtensions(folder);
      writeStamp(part, context, folder, { paths: { python }, leansOn: [python] });
    },
  };
  return part;
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
  size: 'about 110 MB',
  lock: 'scripts/locks/requirements-test.txt',
  modules: ['aws_msk_iam_sasl_signer', 'cfnlint.core', 'fastavro', 'kafka', 'pyarrow.parquet'],
});
