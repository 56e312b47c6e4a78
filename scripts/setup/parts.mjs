// The parts that a run needs, each installed from a committed lock by its ordinary client and stamped when whole.
import { kafkaArchivePart, kafkaClientPart, kafkaHandlerPart, kafkaPart } from './kafka-parts.mjs';
import { nodePart } from './node-part.mjs';
import { pythonPart, pythonTestPart } from './python-parts.mjs';
import { sparkJarsPart, sparkJavaPart, sparkPart } from './spark-parts.mjs';

export { locate, readStamp } from './stamp.mjs';

/** Every part by name, what others need first. */
export const PARTS = new Map(
  [
    ...[nodePart, pythonPart, kafkaPart, kafkaHandlerPart, kafkaArchivePart, pythonTestPart, kafkaClientPart],
    ...[sparkPart, sparkJavaPart, sparkJarsPart],
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
};
