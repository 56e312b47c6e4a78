// Trino, on which Athena's SQL is proven, and a Java that is new enough for it.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { javaPart } from './java-part.mjs';
import { fetchLocked } from './maven-jars.mjs';
import { inPlace } from './stamp.mjs';

const VERSION = '476';
const POM = 'scripts/locks/trino-pom.xml';
const LIST = 'scripts/locks/trino.sha256';

/** The server's libraries and its plugins, unpacked: `lib/*.jar`, `plugin/<name>/*.jar`. */
export const trinoPart = {
  name: 'trino',
  title: `Trino ${VERSION} with its Hive and Iceberg plugins from Maven Central`,
  size: 'about 800 MB',
  requires: ['java', 'maven', 'python'],
  // Maven's local repository is not made for two writers.
  needs: ['kafka', 'kafka-client', 'spark-jars'],
  locks: [POM, LIST],
  folder: ({ tools }) => join(tools, 'trino'),
  install: (context) =>
    inPlace(trinoPart, context, async (folder) => {
      const { installer, found } = context;
      const archives = join(folder, 'archives');
      await fetchLocked(trinoPart, context, { pom: POM, list: LIST, folder: archives });
      const unpack = (module, archive, target) =>
        installer.run(
          trinoPart,
          'Python',
          found.python.paths.python,
          ['-I', '-m', module, '-e', join(archives, archive), target],
          { append: true },
        );
      const server = `trino-server-core-${VERSION}`;
      await unpack('tarfile', `${server}.tar.gz`, folder);
      renameSync(join(folder, server, 'lib'), join(folder, 'lib'));
      mkdirSync(join(folder, 'plugin'));
      for (const plugin of ['hive', 'iceberg']) {
        const name = `trino-${plugin}-${VERSION}`;
        await unpack('zipfile', `${name}.zip`, folder);
        renameSync(join(folder, name), join(folder, 'plugin', plugin));
      }
      rmSync(join(folder, server), { recursive: true });
      rmSync(archives, { recursive: true });
      return {};
    }),
};

/** Trino 476 is made for Java 24; the next releases keep what it needs. */
export const trinoJavaPart = javaPart({
  name: 'trino-java',
  of: 'Trino',
  from: 24,
  to: 25,
  lock: 'scripts/locks/requirements-trino.txt',
  venv: 'python',
});
