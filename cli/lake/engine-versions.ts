import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgresPackage } from '../../local/engines/postgres/binaries.ts';
import type { ToolPaths } from '../../local/tools.ts';

export type EngineVersions = Readonly<
  Record<'node' | 'kafka' | 'java' | 'moto' | 'duckdb' | 'sqlglot' | 'postgresql', string>
>;

/** What really runs, read from what is installed, not from what was asked for. */
export async function readEngineVersions(tools: ToolPaths): Promise<EngineVersions> {
  const [kafka, java, packages, duckdb, postgres] = await Promise.all([
    kafkaVersion(tools.kafkaClasspath),
    javaVersion(tools.java),
    pythonPackages(tools.python),
    import('@duckdb/node-api').then(({ version }) => version().replace(/^v/, '')),
    findPostgresPackage(),
  ]);
  return {
    node: process.versions.node,
    kafka,
    java,
    moto: packages.get('moto') ?? UNKNOWN,
    duckdb,
    sqlglot: packages.get('sqlglot') ?? UNKNOWN,
    postgresql: postgres.version,
  };
}

const UNKNOWN = 'unknown';

async function kafkaVersion(classpath: string): Promise<string> {
  const folders = classpath.split(':').filter((entry) => entry.endsWith('/*'));
  const jars = await Promise.all(folders.map((entry) => readdir(dirname(entry)).catch(() => [])));
  return firstMatch(jars.flat(), /^kafka_[\d.]+-(\d[\w.-]*)\.jar$/);
}

/** `java -version` speaks on stderr: `openjdk version "17.0.15" …` */
async function javaVersion(java: string): Promise<string> {
  const { stderr } = await promisify(execFile)(java, ['-version']);
  return firstMatch([stderr], /version "([^"]+)"/);
}

/** Name -> version, from the folders that pip leaves beside the packages. */
async function pythonPackages(python: string): Promise<ReadonlyMap<string, string>> {
  const lib = join(dirname(dirname(python)), 'lib');
  const versions = await readdir(lib).catch(() => []);
  const folders = await Promise.all(
    versions.map((version) => readdir(join(lib, version, 'site-packages')).catch(() => [])),
  );
  const infos = folders.flat().map((name) => /^([\w.]+)-([\w.]+)\.dist-info$/.exec(name));
  return new Map(infos.flatMap((match) => (match?.[1] && match[2] ? [[match[1], match[2]] as const] : [])));
}

function firstMatch(texts: readonly string[], pattern: RegExp): string {
  for (const text of texts) {
    const [, found] = pattern.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  return UNKNOWN;
}
