// Jars from Maven Central, fetched by Maven and checked against a committed list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { inPlace, sha256 } from './stamp.mjs';

export const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Jars copied out of Maven's repository and checked against the committed list: those files and no others. */
export function jars({ name, title, size, pom, list, needs = [] }) {
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
