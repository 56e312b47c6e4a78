/** Flink 1.20's SQL in one local JVM of two slots: see FlinkRival.java. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QUOTE_FIELDS } from '../../../core/quote.ts';
import type { Rival, Task } from '../rival.ts';
import type { RivalTools } from '../tools.ts';

const TYPES = { string: 'STRING', double: 'DOUBLE', time: 'TIMESTAMP(3)' };
/** What Flink's own start script opens to it. */
const OPENED = ['java.base/java.lang', 'java.base/java.util', 'java.base/java.nio', 'java.base/java.time'];

function statements({ bootstrap, topic, folder }: Task): string {
  const columns = QUOTE_FIELDS.map(
    ({ name, kind, nullable }) => `  \`${name}\` ${TYPES[kind]}${nullable ? '' : ' NOT NULL'}`,
  );
  const options = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([name, value]) => `  '${name}' = '${value}'`)
      .join(',\n');
  const source = {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': bootstrap,
    'scan.startup.mode': 'earliest-offset',
    'scan.bounded.mode': 'latest-offset',
    format: 'glue-avro',
  };
  const sink = {
    connector: 'filesystem',
    path: pathToFileURL(join(folder, 'out')).href,
    format: 'parquet',
    'parquet.compression': 'ZSTD',
    'parquet.utc-timezone': 'true',
    'parquet.write.int64.timestamp': 'true',
  };
  return [
    `CREATE TABLE quotes (\n${columns.join(',\n')}\n) WITH (\n${options(source)}\n)`,
    `CREATE TABLE lake (\n${columns.join(',\n')},\n  dt STRING,\n  \`hour\` STRING\n) PARTITIONED BY (dt, \`hour\`) WITH (\n${options(sink)}\n)`,
    "INSERT INTO lake SELECT *, DATE_FORMAT(latestUpdate, 'yyyy-MM-dd'), DATE_FORMAT(latestUpdate, 'HH') FROM quotes",
  ].join('\n\n');
}

export const flinkRival = ({ java, flinkJars, flinkClasses }: RivalTools): Rival => ({
  name: 'flink',
  title: 'Flink 1.20 SQL',
  prepare: async (task) => {
    const file = join(task.folder, 'job.sql');
    await writeFile(file, statements(task));
    return {
      command: java,
      args: [
        '-Xmx1g',
        ...OPENED.map((opened) => `--add-opens=${opened}=ALL-UNNAMED`),
        ...['-cp', `${flinkClasses}:${join(flinkJars, '*')}`, 'FlinkRival', file],
        join(task.folder, 'checkpoints'),
      ],
    };
  },
  // Hidden files are those that no checkpoint has made good.
  files: ({ folder }) => join(folder, 'out/dt=*/hour=*/part-*'),
  volumeColumn: 'latestVolume',
});
