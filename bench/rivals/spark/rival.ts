/** Spark 3.5's Structured Streaming in one local JVM of two threads: see stream.py. */
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rival } from '../rival.ts';
import type { RivalTools } from '../tools.ts';

export const sparkRival = ({ javaHome, sparkHome, sparkPython, sparkJars }: RivalTools): Rival => ({
  name: 'spark',
  title: 'Spark 3.5 Structured Streaming',
  prepare: async ({ bootstrap, topic, schemaFile, folder }) => {
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const jars = readdirSync(sparkJars).filter((file) => file.endsWith('.jar'));
    const settings = {
      'spark.ui.enabled': 'false',
      'spark.sql.session.timeZone': 'UTC',
      'spark.local.dir': temporary,
      'spark.sql.warehouse.dir': join(folder, 'warehouse'),
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.jars': jars.map((file) => join(sparkJars, file)).join(','),
    };
    return {
      command: join(sparkHome, 'bin/spark-submit'),
      args: [
        ...['--master', 'local[2]'],
        ...Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
        ...[join(import.meta.dirname, 'stream.py'), bootstrap, topic, schemaFile],
        ...[join(folder, 'out'), join(folder, 'checkpoint')],
      ],
      env: {
        ...process.env,
        JAVA_HOME: javaHome,
        SPARK_HOME: sparkHome,
        SPARK_LOCAL_IP: '127.0.0.1',
        PYSPARK_PYTHON: sparkPython,
        PYSPARK_DRIVER_PYTHON: sparkPython,
      },
    };
  },
  files: ({ folder }) => join(folder, 'out/dt=*/hour=*/*.parquet'),
  volumeColumn: 'latestVolume',
});
