/** Spark's configuration of one run: what stands for Glue's cluster, with what the template says on top. */

export interface SparkSurroundings {
  /** Class path of Iceberg and S3A. */
  readonly classpath: string;
  /** The local AWS endpoint. */
  readonly endpoint: string;
  readonly region: string;
  /** Folder for what Spark spills. */
  readonly scratch: string;
}

/** Of all collectors the one that takes the least of two cores. */
const COLLECTOR = '-XX:+UseParallelGC';
/** JVM and Python stay below 3 GB: the heap, some 500 MB beside it, and a driver that keeps no rows. */
const DRIVER_MEMORY = '2g';
/** As many tasks again as there are cores: while one waits for S3, another one works. */
const TASKS_AT_ONCE = 4;

/**
 * Glue's `--conf`, which holds further settings each with a `--conf` of its own, as
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html has it for several.
 * @throws Error that names what is no `name=value`
 */
export function parseConf(conf: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const part of conf.split(/(?:^|\s)--conf\s+/)) {
    const setting = part.trim();
    if (setting === '') continue;
    const equals = setting.indexOf('=');
    if (equals <= 0) throw new Error(`--conf: ${setting} is no setting of Spark (name=value)`);
    settings.set(setting.slice(0, equals), setting.slice(equals + 1));
  }
  return settings;
}

/** The settings in effect: a template's replace those for comfort, and none of those that keep the run on this machine. */
export function sparkSettings(conf: string, around: SparkSurroundings): ReadonlyMap<string, string> {
  const { classpath, endpoint, region, scratch } = around;
  const given = parseConf(conf);
  return new Map([
    // Two cores have no use for 200 partitions.
    ['spark.sql.shuffle.partitions', '4'],
    ['spark.sql.session.timeZone', 'UTC'],
    ...given,
    ['spark.master', `local[${TASKS_AT_ONCE}]`],
    ['spark.driver.memory', DRIVER_MEMORY],
    [
      'spark.driver.extraJavaOptions',
      [
        given.get('spark.driver.extraJavaOptions'),
        `"-Djava.io.tmpdir=${scratch}"`,
        '-XX:-UsePerfData',
        COLLECTOR,
      ]
        .filter((option) => option !== undefined)
        .join(' '),
    ],
    ['spark.driver.bindAddress', '127.0.0.1'],
    ['spark.driver.host', '127.0.0.1'],
    ['spark.driver.extraClassPath', classpath],
    ['spark.ui.enabled', 'false'],
    ['spark.ui.showConsoleProgress', 'false'],
    ['spark.local.dir', scratch],
    ['spark.sql.warehouse.dir', `${scratch}/warehouse`],
    // Glue's own file system answers to s3://; here that is Hadoop's.
    ['spark.hadoop.fs.s3.impl', 'org.apache.hadoop.fs.s3a.S3AFileSystem'],
    ['spark.hadoop.fs.s3a.endpoint', endpoint],
    ['spark.hadoop.fs.s3a.endpoint.region', region],
    ['spark.hadoop.fs.s3a.path.style.access', 'true'],
    ['spark.hadoop.fs.s3a.connection.ssl.enabled', 'false'],
    // It would otherwise try to delete markers of folders up to the bucket's root, which no role may.
    ['spark.hadoop.fs.s3a.directory.marker.retention', 'keep'],
    [
      'spark.hadoop.fs.s3a.aws.credentials.provider',
      'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
    ],
  ]);
}

/** spark-defaults.conf: Java properties, in which a backslash is not itself. */
export function renderSettings(settings: ReadonlyMap<string, string>): string {
  return [...settings].map(([name, value]) => `${name} ${value.replaceAll('\\', '\\\\')}\n`).join('');
}
