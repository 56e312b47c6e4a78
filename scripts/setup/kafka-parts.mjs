// The broker and its clients from Maven Central, and what is made of them here.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jars } from './maven-jars.mjs';
import { inPlace } from './stamp.mjs';

/** The broker. */
export const kafkaPart = jars({
  name: 'kafka',
  title: 'Apache Kafka 3.9 from Maven Central',
  size: 'about 70 MB',
  pom: 'scripts/locks/kafka-pom.xml',
  list: 'scripts/locks/kafka.sha256',
});

const BROKER_SOURCES = ['local/engines/kafka/LocalBroker.java', 'local/engines/kafka/TokenHandler.java'];

/** Our own Java: small enough to be compiled where it runs. */
export const kafkaHandlerPart = {
  name: 'kafka-handler',
  title: "the broker's start and token check, compiled",
  size: 'no download',
  requires: ['java'],
  needs: ['kafka'],
  locks: [...BROKER_SOURCES, 'scripts/locks/kafka.sha256'],
  folder: ({ tools }) => join(tools, 'kafka-handler'),
  install: (context) =>
    inPlace(kafkaHandlerPart, context, async (folder) => {
      const { root, installer, found } = context;
      const { javac, jar, java, keytool } = found.java.paths;
      const classes = join(folder, 'classes');
      const compile = [
        '--release',
        '17',
        '-proc:none',
        '-cp',
        join(kafkaPart.folder(context), '*'),
        '-d',
        classes,
      ];
      const sources = BROKER_SOURCES.map((file) => join(root, file));
      await installer.run(kafkaHandlerPart, 'javac', javac, [...compile, ...sources]);
      const pack = ['--create', '--file', join(folder, 'handler.jar'), '-C', classes, '.'];
      await installer.run(kafkaHandlerPart, 'jar', jar, pack, { append: true });
      rmSync(classes, { recursive: true });
      return { paths: { java, keytool }, leansOn: [java, keytool] };
    }),
};

/** What the JVM would otherwise do at each start: load, check and link some 8,000 classes, a second of work. */
export const kafkaArchivePart = {
  name: 'kafka-archive',
  title: "the broker's classes, prepared for a quick start",
  size: 'no download',
  requires: ['java'],
  needs: ['kafka-handler'],
  locks: kafkaHandlerPart.locks,
  folder: ({ tools }) => join(tools, 'kafka-archive'),
  install: (context) =>
    inPlace(kafkaArchivePart, context, async (folder) => {
      const { java } = context.found.java.paths;
      const jar = join(kafkaHandlerPart.folder(context), 'handler.jar');
      const rehearsal = join(folder, 'rehearsal');
      mkdirSync(rehearsal);
      const options = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
      const record = [
        `-XX:ArchiveClassesAtExit=${join(folder, 'broker.jsa')}`,
        `-Djava.io.tmpdir=${rehearsal}`,
      ];
      const program = [
        '-cp',
        `${jar}:${join(kafkaPart.folder(context), '*')}`,
        'LocalBroker',
        'rehearse',
        rehearsal,
      ];
      await context.installer.run(kafkaArchivePart, 'Java', java, [...options, ...record, ...program]);
      rmSync(rehearsal, { recursive: true });
      // A JDK without archives of its own makes none; the broker then starts without. The archive holds only where it was made.
      return { leansOn: [java, jar] };
    }),
};

/** Java's own clients, for the tests. */
export const kafkaClientPart = jars({
  name: 'kafka-client',
  title: "Kafka's Java clients from Maven Central, for the tests",
  size: 'about 34 MB',
  pom: 'scripts/locks/kafka-client-pom.xml',
  list: 'scripts/locks/kafka-client.sha256',
  // Maven's local repository is not made for two writers.
  needs: ['kafka'],
});
