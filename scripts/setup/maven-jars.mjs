// Jars from Maven Central, fetched by Maven and checked against a committed list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { inPlace, sha256 } from './stamp.mjs';

export const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/**
 * A part that is jars copied out of Maven's repository and checked against the committed list. Of a fetched POM `needs` may name
 * the parts that fetch before: Maven's local repository is not made for two writers.
 */
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
      inPlace(part, context, (folder) => fetchLocked(part, context, { pom, list, folder })),
  };
  return part;
}

/** Copies what a POM names into a folder: the files of the committed list and no others. */
export async function fetchLocked(part, { root, installer, found }, { pom, list, folder }) {
  const args = ['-B', '-q', '-Dstyle.color=never', '-f', join(root, pom), MAVEN_GOAL];
  const goal = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
  await installer.run(part, 'Maven', found.maven.paths.mvn, [...args, ...goal]);
  checkFiles(part, folder, readFileSync(join(root, list), 'utf8'));
}

function checkFiles(part, folder, list) {
  const wanted = new Map(
    list
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).reverse()),
  );
  const held = readdirSync(folder);
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
