// Jars from Maven Central, and what is made of them here.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { inPlace, sha256 } from './stamp.mjs';

export const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Jars copied out of Maven's repository and checked against the committed list: those files and no others. */
function jars({ name, title, size, pom, list, needs = [] }) {
  const part = {
    name,
    title,
    size,
    requires: ['java', 'maven'],
    needs,
    locks: [pom, list],
    folder: ({ tools }) => join(tools, name),
    install: (context) =>
      inPlace(part, context, async (folder) => {
        const { root, installer, found } = context;
        const args = ['-B', '-q', '-Dstyle.color=never', '-f', join(root, pom), MAVEN_GOAL];
        const goal = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
        await installer.run(part, 'Maven', found.maven.paths.mvn, [...args, ...goal]);
        checkJars(part, folder, readFileSync(join(root, list), 'utf8'));
      }),
  };
  return part;
}

function checkJars(part, folder, list) {
  const wanted = new Map(
    list
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).reverse()),
  );
  const held = readdirSync(folder).filter((file) => file.endsWith('.jar'));
  const wrong =
    held.find((file) => wanted.get(file) !== sha256(readFileSync(join(folder, file)))) ??
    [...wanted.keys()].find((file) => !held.includes(file));
  if (wrong !== undefined) {
    throw new SetupFailure(
      `${part.title}: ${wrong} differs from its locked hash`,
      "remove it from Maven's local repository (~/.m2) or ask who runs your mirror, then run the same command again",
    );
  }
}

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
