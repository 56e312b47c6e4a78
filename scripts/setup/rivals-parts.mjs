// What bench/rivals measures beside us: Flink, Kafka Connect with Iceberg's sink, and what Spark lacks to read Kafka.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jars } from './maven-jars.mjs';
import { inPlace } from './stamp.mjs';

export { rivalsPythonPart } from './python-parts.mjs';

/** Maven's local repository is not made for two writers. */
const BEFORE = ['kafka', 'kafka-client', 'spark-jars', 'trino'];
const lock = (name) => ({ name, pom: `scripts/locks/${name}-pom.xml`, list: `scripts/locks/${name}.sha256` });

export const rivalsSparkPart = jars({
  ...lock('rivals-spark'),
  title: "Spark's Kafka source and Avro from Maven Central, for bench/rivals",
  size: 'about 6 MB',
  needs: BEFORE,
});

export const rivalsFlinkPart = jars({
  ...lock('rivals-flink'),
  title: 'Apache Flink 1.20 from Maven Central, for bench/rivals',
  size: 'about 200 MB',
  needs: [...BEFORE, 'rivals-spark'],
});

export const rivalsConnectPart = jars({
  ...lock('rivals-connect'),
  title: "Kafka Connect 3.9 and Apache Iceberg's sink from Maven Central, for bench/rivals",
  size: 'about 110 MB',
  needs: [...BEFORE, 'rivals-spark', 'rivals-flink'],
});

const FLINK = 'bench/rivals/flink';
const FLINK_SOURCES = ['FlinkRival.java', 'GlueAvroFormatFactory.java'].map((file) => `${FLINK}/${file}`);
const FLINK_SERVICES = `${FLINK}/META-INF/services/org.apache.flink.table.factories.Factory`;
const CONNECT_SOURCES = ['bench/rivals/connect/GlueAvroConverter.java'];

/** What reads the registry's header for the two: `flink/` and `connect/`, folders of classes. */
export const rivalsClassesPart = {
  name: 'rivals-classes',
  title: "the rivals' readers of AWS Glue's header, compiled",
  size: 'no download',
  requires: ['java'],
  needs: ['rivals-flink', 'rivals-connect'],
  locks: [...FLINK_SOURCES, FLINK_SERVICES, ...CONNECT_SOURCES],
  folder: ({ tools }) => join(tools, 'rivals-classes'),
  install: (context) =>
    inPlace(rivalsClassesPart, context, async (folder) => {
      const { root, installer, found } = context;
      const compile = (name, part, sources) => {
        const options = ['--release', '17', '-proc:none', '-cp', join(part.folder(context), '*')];
        const files = sources.map((file) => join(root, file));
        const target = ['-d', join(folder, name)];
        return installer.run(
          rivalsClassesPart,
          'javac',
          found.java.paths.javac,
          [...options, ...target, ...files],
          {
            append: true,
          },
        );
      };
      await compile('flink', rivalsFlinkPart, FLINK_SOURCES);
      await compile('connect', rivalsConnectPart, CONNECT_SOURCES);
      const services = join(folder, 'flink/META-INF/services');
      mkdirSync(services, { recursive: true });
      cpSync(join(root, FLINK_SERVICES), join(services, 'org.apache.flink.table.factories.Factory'));
      return {};
    }),
};
