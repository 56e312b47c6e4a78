// What Spark needs beside PySpark to work as it does on Glue: Iceberg, and S3 by its own file system.
import { jars } from './maven-jars.mjs';

export { sparkJavaPart, sparkPart } from './python-parts.mjs';

/** Iceberg with its AWS clients, S3A and the few AWS libraries that S3A loads. */
export const sparkJarsPart = jars({
  name: 'spark-jars',
  title: 'Apache Iceberg 1.10 and Hadoop S3A for Spark from Maven Central',
  size: 'about 120 MB',
  pom: 'scripts/locks/spark-pom.xml',
  list: 'scripts/locks/spark.sha256',
  // Maven's local repository is not made for two writers.
  needs: ['kafka', 'kafka-client'],
});
