/** Where the set-up put the rivals: `node scripts/setup.mjs --with rivals`. */
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { sparkToolPaths } from '../../local/tools.ts';
import { locate, PARTS, readStamp } from '../../scripts/setup/parts.mjs';

export interface RivalTools {
  /** A Java 17 to 21: what Spark, Flink and Connect all run on. */
  readonly javaHome: string;
  readonly java: string;
  /** Python of PySpark, and its packages. */
  readonly sparkPython: string;
  readonly sparkHome: string;
  /** Python of the consumer written by hand. */
  readonly python: string;
  /** Folders of jars. */
  readonly sparkJars: string;
  readonly flinkJars: string;
  readonly connectJars: string;
  /** Folders of our classes. */
  readonly flinkClasses: string;
  readonly connectClasses: string;
}

/** @throws TickerlakeError PREREQUISITE_MISSING with the command to run */
export function rivalTools(): RivalTools {
  const place = locate(join(import.meta.dirname, '../..'));
  const folder = (name: string): string => {
    const part = PARTS.get(name);
    if (part !== undefined && readStamp(part, place) !== undefined) return part.folder(place);
    throw new TickerlakeError('PREREQUISITE_MISSING', `not installed: ${part?.title ?? name}`, {
      hint: 'node scripts/setup.mjs --with kafka,rivals',
    });
  };
  const spark = sparkToolPaths();
  return {
    javaHome: spark.javaHome,
    java: join(spark.javaHome, 'bin/java'),
    sparkPython: spark.python,
    sparkHome: join(spark.sitePackages, 'pyspark'),
    python: join(folder('rivals-python'), 'bin/python'),
    sparkJars: folder('rivals-spark'),
    flinkJars: folder('rivals-flink'),
    connectJars: folder('rivals-connect'),
    flinkClasses: join(folder('rivals-classes'), 'flink'),
    connectClasses: join(folder('rivals-classes'), 'connect'),
  };
}
