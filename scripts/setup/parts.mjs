// The parts that a run needs, each installed from a committed lock by its ordinary client and stamped when whole.
import { browserPart } from './browser-part.mjs';
import { kafkaArchivePart, kafkaClientPart, kafkaHandlerPart, kafkaPart } from './kafka-parts.mjs';
import { nodePart } from './node-part.mjs';
import { notebookPart, pythonPart, pythonTestPart, supersetPart } from './python-parts.mjs';
import {
  rivalsClassesPart,
  rivalsConnectPart,
  rivalsFlinkPart,
  rivalsPythonPart,
  rivalsSparkPart,
} from './rivals-parts.mjs';
import { sparkJarsPart, sparkJavaPart, sparkPart } from './spark-parts.mjs';
import { trinoJavaPart, trinoPart } from './trino-parts.mjs';

export { locate, readStamp } from './stamp.mjs';

/** Every part by name, what others need first. */
export const PARTS = new Map(
  [
    ...[nodePart, pythonPart, kafkaPart, kafkaHandlerPart, kafkaArchivePart, pythonTestPart, kafkaClientPart],
    ...[sparkPart, sparkJavaPart, sparkJarsPart, trinoPart, trinoJavaPart],
    ...[notebookPart, supersetPart, browserPart],
    ...[rivalsPythonPart, rivalsSparkPart, rivalsFlinkPart, rivalsConnectPart, rivalsClassesPart],
  ].map((part) => [part.name, part]),
);

/** What can be asked for by `--with`, and the parts that it means. */
export const CHOICES = {
  node: ['node'],
  python: ['python'],
  kafka: ['kafka', 'kafka-handler', 'kafka-archive'],
  test: ['python-test'],
  'kafka-client': ['kafka', 'kafka-client'],
  spark: ['spark', 'spark-java', 'spark-jars'],
  trino: ['python', 'trino', 'trino-java'],
  notebook: ['notebook'],
  superset: ['superset'],
  browser: ['browser'],
  rivals: [
    ...['spark', 'spark-java', 'rivals-python', 'rivals-spark'],
    ...['rivals-flink', 'rivals-connect', 'rivals-classes'],
  ],
};
