/** A standalone worker of Kafka Connect with Apache Iceberg's sink. It never ends by itself: it is told to once all is committed. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findFreePorts } from '../../../local/engines/ports.ts';
import type { Rival, Task } from '../rival.ts';
import type { RivalTools } from '../tools.ts';

/** Of each run another: the broker keeps how far a consumer group has come. */
const sinkName = ({ folder }: Task): string => basename(folder);
const controlTopic = (task: Task): string => `control-${sinkName(task)}`;
const tableFolder = ({ folder }: Task): string => join(folder, 'warehouse/bench/quotes');

/** How often the sink commits; its own default is 5 minutes, which a bounded run would wait for. */
const COMMIT_MS = 10_000;

const properties = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

async function configure(task: Task): Promise<string[]> {
  const { bootstrap, topic, folder, schemaFile } = task;
  const [port = 0] = await findFreePorts(1);
  const plugins = join(folder, 'plugins');
  await mkdir(plugins);
  const worker = {
    'bootstrap.servers': bootstrap,
    listeners: `http://127.0.0.1:${port}`,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'GlueAvroConverter',
    'value.converter.schema.file': schemaFile,
    'offset.storage.file.filename': join(folder, 'offsets'),
    // An idle task waits for so long before its sink hears that it is to commit: with the default, a minute.
    'offset.flush.interval.ms': 5000,
    // All is on the class path, and every class is named: nothing has to be looked for, which would take most of the start.
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
  };
  const sink = {
    name: sinkName(task),
    'connector.class': 'org.apache.iceberg.connect.IcebergSinkConnector',
    'tasks.max': 2,
    topics: topic,
    'iceberg.tables': 'bench.quotes',
    'iceberg.tables.auto-create-enabled': 'true',
    // Hours hold their days; Iceberg takes no second partition from the same column.
    'iceberg.tables.default-partition-by': 'hour(latestUpdate)',
    'iceberg.tables.auto-create-props.write.parquet.compression-codec': 'zstd',
    'iceberg.catalog.type': 'hadoop',
    'iceberg.catalog.warehouse': pathToFileURL(join(folder, 'warehouse')).href,
    'iceberg.control.topic': controlTopic(task),
    'iceberg.control.commit.interval-ms': COMMIT_MS,
  };
  const files = [join(folder, 'worker.properties'), join(folder, 'sink.properties')];
  await Promise.all([worker, sink].map((values, index) => writeFile(files[index] ?? '', properties(values))));
  await writeFile(join(folder, 'log4j.properties'), properties(LOG));
  return files;
}

/** Warnings and what went wrong, to standard output. */
const LOG = {
  'log4j.rootLogger': 'WARN, stdout',
  'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.stdout.layout.ConversionPattern': '%d{ISO8601} %p %m (%c{1})%n',
};

/** Rows of the table's current snapshot. */
async function committedRows(task: Task): Promise<number> {
  const metadata = join(tableFolder(task), 'metadata');
  const names = await readdir(metadata).catch(() => []);
  const versions = names.flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? []).map(Number);
  if (versions.length === 0) return 0;
  const text = await readFile(join(metadata, `v${Math.max(...versions)}.metadata.json`), 'utf8');
  const table = JSON.parse(text) as {
    readonly 'current-snapshot-id'?: number;
    readonly snapshots?: readonly { readonly summary: Readonly<Record<string, string>> }[];
  };
  return Number(table.snapshots?.at(-1)?.summary['total-records'] ?? 0);
}

export const connectRival = ({ java, connectJars, connectClasses }: RivalTools): Rival => ({
  name: 'connect',
  title: 'Kafka Connect 3.9, Iceberg sink 1.10',
  topics: (task) => [controlTopic(task)],
  prepare: async (task) => ({
    command: java,
    args: [
      // As connect-standalone.sh has it.
      ...['-Xms256M', '-Xmx2G', '-XX:+UseG1GC'],
      `-Dlog4j.configuration=${pathToFileURL(join(task.folder, 'log4j.properties')).href}`,
      ...['-cp', `${connectClasses}:${join(connectJars, '*')}`],
      ...['org.apache.kafka.connect.cli.ConnectStandalone', ...(await configure(task))],
    ],
    isDone: async () => (await committedRows(task)) >= task.records,
  }),
  files: (task) => join(tableFolder(task), 'data/*/*.parquet'),
  volumeColumn: 'latestVolume',
});
