/** Where the set-up put the engines. Nothing is installed or looked for here: scripts/setup.mjs did that. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TickerlakeError } from '../core/errors.ts';
import { locate, PARTS, readStamp, type Stamp } from '../scripts/setup/parts.mjs';

/** What a local run needs. */
export interface ToolPaths {
  /** The pinned Node.js. */
  readonly node: string;
  readonly java: string;
  readonly keytool: string;
  /** Python of the virtual environment that holds moto and sqlglot. */
  readonly python: string;
  /** Class path of the broker, the token handler included. */
  readonly kafkaClasspath: string;
  /** The broker's classes, prepared for a quick start; a JVM that cannot use it goes on without. */
  readonly kafkaArchive: string;
  /** Folder of <name>.duckdb_extension files of the very DuckDB version that is embedded. */
  readonly duckdbExtensions: string;
}

/** What only the tests need. */
export interface TestToolPaths {
  /** Python of the virtual environment that holds cfn-lint, pyarrow, kafka-python and fastavro. */
  readonly python: string;
}

/** What only the proofs with Java's own clients need. */
export interface KafkaClientPaths {
  readonly java: string;
  /** Class path of the console tools and aws-msk-iam-auth. */
  readonly classpath: string;
}

/** What the jobs need that Glue runs on AWS. */
export interface SparkToolPaths {
  /** Python of the virtual environment that holds PySpark and boto3. */
  readonly python: string;
  /** Its packages, for a Python of the same base that has others (the tests'). */
  readonly sitePackages: string;
  /** JAVA_HOME of a Java that Spark runs on. */
  readonly javaHome: string;
  /** Class path of Iceberg and S3A, for `spark.driver.extraClassPath`. */
  readonly classpath: string;
}

/** What the proof on Trino needs. */
export interface TrinoToolPaths {
  /** A Java that Trino runs on. */
  readonly java: string;
  /** Class path of the server. */
  readonly classpath: string;
  /** Folder of its plugins. */
  readonly plugins: string;
}

/** What the tests and pictures of the console need. */
export interface BrowserToolPaths {
  /** A Chrome or Chromium. */
  readonly browser: string;
  /** Libraries for a machine that lacks them, as LD_LIBRARY_PATH; empty where the browser brings its own. */
  readonly libraries: string;
}

const ROOT = join(import.meta.dirname, '..');

function installed(name: string, command: string): { folder: string; paths: Stamp['paths'] } {
  const place = locate(ROOT);
  const part = PARTS.get(name);
  const stamp = part === undefined ? undefined : readStamp(part, place);
  if (part === undefined || stamp === undefined) {
    const title = part?.title ?? name;
    throw new TickerlakeError('PREREQUISITE_MISSING', `not installed: ${title}`, { hint: command });
  }
  return { folder: part.folder(place), paths: stamp.paths };
}

function path(paths: Stamp['paths'], name: string): string {
  const value = paths[name];
  if (value === undefined)
    throw new TickerlakeError('PREREQUISITE_MISSING', `the set-up did not record ${name}`);
  return value;
}

/** Throws PREREQUISITE_MISSING with the command to run when something is not installed whole. */
export function toolPaths(): ToolPaths {
  const python = installed('python', 'npm run setup');
  const kafka = installed('kafka', 'npm run setup');
  const handler = installed('kafka-handler', 'npm run setup');
  const archive = installed('kafka-archive', 'npm run setup');
  return {
    node: process.execPath,
    java: path(handler.paths, 'java'),
    keytool: path(handler.paths, 'keytool'),
    python: path(python.paths, 'python'),
    kafkaClasspath: [join(handler.folder, 'handler.jar'), join(kafka.folder, '*')].join(':'),
    kafkaArchive: join(archive.folder, 'broker.jsa'),
    duckdbExtensions: join(python.folder, 'duckdb-extensions'),
  };
}

export function testToolPaths(): TestToolPaths {
  const { paths } = installed('python-test', 'npm run setup');
  return { python: path(paths, 'python') };
}

export function kafkaClientPaths(): KafkaClientPaths {
  const handler = installed('kafka-handler', 'npm run setup');
  const client = installed('kafka-client', 'node scripts/setup.mjs --with kafka-client');
  return { java: path(handler.paths, 'java'), classpath: join(client.folder, '*') };
}

/** Where a virtual environment has its packages: lib/python3.<minor>/site-packages. */
function sitePackages(environment: string): string {
  const library = join(environment, 'lib');
  const version = readdirSync(library).find((entry) => entry.startsWith('python'));
  return join(library, version ?? '', 'site-packages');
}

const SPARK_SETUP = 'node scripts/setup.mjs --with spark';

/** Throws PREREQUISITE_MISSING where Spark has not been fetched: the command to do so is its hint. */
export function sparkToolPaths(): SparkToolPaths {
  const spark = installed('spark', SPARK_SETUP);
  const java = installed('spark-java', SPARK_SETUP);
  const jars = installed('spark-jars', SPARK_SETUP);
  return {
    python: path(spark.paths, 'python'),
    sitePackages: sitePackages(spark.folder),
    javaHome: path(java.paths, 'home'),
    classpath: join(jars.folder, '*'),
  };
}

const TRINO_SETUP = 'node scripts/setup.mjs --with trino';

/** Throws PREREQUISITE_MISSING where Trino has not been fetched: the command to do so is its hint. */
export function trinoToolPaths(): TrinoToolPaths {
  const trino = installed('trino', TRINO_SETUP);
  const java = installed('trino-java', TRINO_SETUP);
  return {
    java: join(path(java.paths, 'home'), 'bin/java'),
    classpath: join(trino.folder, 'lib/*'),
    plugins: join(trino.folder, 'plugin'),
  };
}

/** Throws PREREQUISITE_MISSING where no browser has been fetched: the command to do so is its hint. */
export function browserToolPaths(): BrowserToolPaths {
  const { paths } = installed('browser', 'node scripts/setup.mjs --with browser');
  return { browser: path(paths, 'browser'), libraries: path(paths, 'libraries') };
}
