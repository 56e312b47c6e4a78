// What Spark needs beside PySpark to work as it does on Glue: Iceberg, and S3 by its own file system.
import { javaPart } from './java-part.mjs';
import { jars } from './maven-jars.mjs';

export { sparkPart } from './python-parts.mjs';

/** Spark 3.5 is made for Java 17 and runs on 21; Java 24 took away the Security Manager, which its Hadoop cannot do without. */
export const sparkJavaPart = javaPart({
  name: 'spark-java',
  of: 'Spark',
  from: 17,
  to: 21,
  lock: 'scripts/locks/requirements-jdk.txt',
  venv: 'spark',
});

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
