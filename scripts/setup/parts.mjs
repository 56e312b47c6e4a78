// The parts that a run needs, each installed from a committed lock by its ordinary client and stamped when whole.
// A stamp is written last and names the lock and the platform, so what was interrupted is simply not there yet.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { findCommand } from './prerequisites.mjs';

export const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const STAMP = '.tickerlake-stamp.json';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/**
 * Reads what an installed part's stamp says (the paths it recorded), or undefined when the part is not whole, is of
 * another lock or platform, or leans on a program that is gone.
 */
export function readStamp(part, context) {
  try {
    const stamp = JSON.parse(readFileSync(join(part.folder(context), STAMP), 'utf8'));
    if (stamp.key !== stampKey(part, context)) return undefined;
    for (const [path, real] of Object.entries(stamp.leansOn)) {
      if (realpathSync(path) !== real) return undefined;
    }
    return stamp;
  } catch {
    return undefined;
  }
}

function stampKey(part, context) {
  const files = part.locks.map((file) => sha256(readFileSync(join(context.root, file))));
  return sha256([part.name, process.platform, process.arch, ...files].join('\n'));
}

function writeStamp(part, context, folder, { paths = {}, leansOn = [] } = {}) {
  const stamp = {
    key: stampKey(part, context),
    paths,
    leansOn: Object.fromEntries(leansOn.map((path) => [path, realpathSync(path)])),
  };
  writeFileSync(join(folder, STAMP), `${JSON.stringify(stamp)}\n`);
}

/** Builds a folder under a name of its own and puts it in place in one step. */
async function inPlace(part, context, build) {
  const folder = part.folder(context);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeStamp(part, context, partial, await build(partial));
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/** Whether node_modules holds just what the lockfile says, as after an `npm ci` or `npm install` by hand. */
function matchesLockfile(root) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const held = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    const isSame = (path) => held[path]?.version === wanted[path]?.version && existsSync(join(root, path));
    return (
      Object.keys(held).every(isSame) &&
      Object.entries(wanted).every(([path, { optional }]) => path === '' || optional === true || isSame(path))
    );
  } catch {
    return false;
  }
}

/** Refuses a package.json that asks for other versions than the lockfile was made for. */
function refuseDrift(root) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  const asked = read('package.json');
  const locked = read('package-lock.json').packages[''];
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
    const names = new Set([...Object.keys(asked[kind] ?? {}), ...Object.keys(locked[kind] ?? {})]);
    for (const name of names) {
      if (asked[kind]?.[name] === locked[kind]?.[name]) continue;
      throw new SetupFailure(
        `package.json and package-lock.json differ on ${name}`,
        'npm install --package-lock-only --ignore-scripts, then commit both',
      );
    }
  }
}

const node = {
  name: 'node',
  title: 'npm packages, Node.js 24 among them',
  size: 'about 350 MB',
  requires: ['node'],
  needs: [],
  locks: ['package-lock.json'],
  folder: ({ root }) => join(root, 'node_modules'),
  async install({ root, installer }) {
    if (!matchesLockfile(root)) {
      refuseDrift(root);
      // What an interrupted npm left half unpacked looks whole to the next one.
      rmSync(join(root, 'node_modules'), { recursive: true, force: true });
      // Not `npm ci`: it refuses a lockfile that lacks the binary of any platform, even one that a registry does not serve.
      // This installs what is locked just so, and of the rest only this platform's own, by the exact versions asked for.
      const args = ['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional'];
      const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
      // The npm that called us, if one did: it may not be on the PATH.
      const caller = process.env.npm_execpath;
      if (caller !== undefined && /npm-cli\.c?js$/.test(caller)) {
        await installer.run(node, 'npm', process.execPath, [caller, ...args, ...quiet], { cwd: root });
      } else if (findCommand('npm') !== undefined) {
        await installer.run(node, 'npm', 'npm', [...args, ...quiet], { cwd: root });
      } else {
        throw new SetupFailure(
          'npm is not on the PATH',
          'install Node.js with its npm from https://nodejs.org',
        );
      }
    }
    const pinned = join(root, 'node_modules/.bin/node');
    if (!existsSync(pinned)) {
      throw new SetupFailure(
        `there is no pinned Node.js for ${process.platform} ${process.arch}`,
        'Linux (x64, arm64), macOS (arm64, x64) or WSL2',
      );
    }
    await installer.run(node, 'the pinned Node.js', pinned, ['--version'], { append: true });
    writeStamp(node, { root }, join(root, 'node_modules'));
  },
};

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

/** Jars copied out of Maven's repository and checked against the committed list: those files and no others. */
function jars({ name, title, size, pom, list, needs = [] }) {
  const part = {
    name,
    title,
    size,
    requires: ['java', 'maven'],
    needs,
    locks: [pom, list],
    folder: ({ tools }) => join(tools, name),
    install: (context) =>
      inPlace(part, context, async (folder) => {
        const { root, installer, found } = context;
        const args = ['-B', '-q', '-Dstyle.color=never', '-f', join(root, pom), MAVEN_GOAL];
        const goal = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
        await installer.run(part, 'Maven', found.maven.paths.mvn, [...args, ...goal]);
        checkJars(part, folder, readFileSync(join(root, list), 'utf8'));
      }),
  };
  return part;
}

function checkJars(part, folder, list) {
  const wanted = new Map(
    list
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).reverse()),
  );
  const held = readdirSync(folder).filter((file) => file.endsWith('.jar'));
  const wrong =
    held.find((file) => wanted.get(file) !== sha256(readFileSync(join(folder, file)))) ??
    [...wanted.keys()].find((file) => !held.includes(file));
  if (wrong !== undefined) {
    throw new SetupFailure(
      `${part.title}: ${wrong} differs from its locked hash`,
      "remove it from Maven's local repository (~/.m2) or ask who runs your mirror, then run the same command again",
    );
  }
}

const kafkaJars = jars({
  name: 'kafka',
  title: 'Apache Kafka 3.9 from Maven Central',
  size: 'about 70 MB',
  pom: 'scripts/locks/kafka-pom.xml',
  list: 'scripts/locks/kafka.sha256',
});

const BROKER_SOURCES = ['local/engines/kafka/LocalBroker.java', 'local/engines/kafka/TokenHandler.java'];

const kafkaHandler = {
  name: 'kafka-handler',
  title: "the broker's start and token check, compiled",
  size: 'no download',
  requires: ['java'],
  needs: ['kafka'],
  locks: [...BROKER_SOURCES, 'scripts/locks/kafka.sha256'],
  folder: ({ tools }) => join(tools, 'kafka-handler'),
  install: (context) =>
    inPlace(kafkaHandler, context, async (folder) => {
      const { root, installer, found } = context;
      const { javac, jar, java, keytool } = found.java.paths;
      const classes = join(folder, 'classes');
      const compile = [
        '--release',
        '17',
        '-proc:none',
        '-cp',
        join(kafkaJars.folder(context), '*'),
        '-d',
        classes,
      ];
      const sources = BROKER_SOURCES.map((file) => join(root, file));
      await installer.run(kafkaHandler, 'javac', javac, [...compile, ...sources]);
      const pack = ['--create', '--file', join(folder, 'handler.jar'), '-C', classes, '.'];
      await installer.run(kafkaHandler, 'jar', jar, pack, { append: true });
      rmSync(classes, { recursive: true });
      return { paths: { java, keytool }, leansOn: [java, keytool] };
    }),
};

/** What the JVM would otherwise do at each start: load, check and link some 8,000 classes, a second of work. */
const kafkaArchive = {
  name: 'kafka-archive',
  title: "the broker's classes, prepared for a quick start",
  size: 'no download',
  requires: ['java'],
  needs: ['kafka-handler'],
  locks: kafkaHandler.locks,
  folder: ({ tools }) => join(tools, 'kafka-archive'),
  install: (context) =>
    inPlace(kafkaArchive, context, async (folder) => {
      const { java } = context.found.java.paths;
      const jar = join(kafkaHandler.folder(context), 'handler.jar');
      const rehearsal = join(folder, 'rehearsal');
      mkdirSync(rehearsal);
      const options = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
      const record = [
        `-XX:ArchiveClassesAtExit=${join(folder, 'broker.jsa')}`,
        `-Djava.io.tmpdir=${rehearsal}`,
      ];
      const program = [
        '-cp',
        `${jar}:${join(kafkaJars.folder(context), '*')}`,
        'LocalBroker',
        'rehearse',
        rehearsal,
      ];
      await context.installer.run(kafkaArchive, 'Java', java, [...options, ...record, ...program]);
      rmSync(rehearsal, { recursive: true });
      // A JDK without archives of its own makes none; the broker then starts without. The archive holds only where it was made.
      return { leansOn: [java, jar] };
    }),
};

/** Every part by name. */
export const PARTS = new Map(
  [
    node,
    virtualEnvironment({
      name: 'python',
      title: 'AWS emulator, SQL translator and DuckDB extensions from PyPI',
      size: 'about 60 MB',
      lock: 'scripts/locks/requirements-runtime.txt',
      modules: [
        ...['awscrt.checksums', 'moto.moto_server.werkzeug_app', 'sqlglot', 'sqlglot.optimizer'],
        ...['events', 'glue', 's3', 'secretsmanager', 'sqs', 'ssm'].map((name) => `moto.${name}.responses`),
      ],
      extensions: true,
    }),
    kafkaJars,
    kafkaHandler,
    kafkaArchive,
    virtualEnvironment({
      name: 'python-test',
      title: 'Python packages of the tests from PyPI',
      size: 'about 110 MB',
      lock: 'scripts/locks/requirements-test.txt',
      modules: ['aws_msk_iam_sasl_signer', 'cfnlint.core', 'fastavro', 'kafka', 'pyarrow.parquet'],
    }),
    jars({
      name: 'kafka-client',
      title: "Kafka's Java clients from Maven Central, for the tests",
      size: 'about 34 MB',
      pom: 'scripts/locks/kafka-client-pom.xml',
      list: 'scripts/locks/kafka-client.sha256',
      // Maven's local repository is not made for two writers.
      needs: ['kafka'],
    }),
  ].map((part) => [part.name, part]),
);

/** What can be asked for by `--with`, and the parts that it means. */
export const CHOICES = {
  node: ['node'],
  python: ['python'],
  kafka: ['kafka', 'kafka-handler', 'kafka-archive'],
  test: ['python-test'],
  'kafka-client': ['kafka', 'kafka-client'],
};

/** Where things are: the checkout, its state folder (TICKERLAKE_HOME moves it) and the tools in it. */
export function locate(root, env = process.env) {
  const state = env.TICKERLAKE_HOME ? resolve(env.TICKERLAKE_HOME) : join(root, '.tickerlake');
  return { root, state, tools: join(state, 'tools') };
}

/** The nearest folder of `path` that exists. */
export function existingAncestor(path) {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}
