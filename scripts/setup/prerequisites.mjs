// What must be on the machine before anything is installed, what was found, and how to get it here.
// Shared by scripts/setup.mjs (before any npm ci) and `tickerlake doctor`.
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export const NEEDED = {
  node: { name: 'Node.js', minimum: [20, 19], text: 'Node.js >= 20.19' },
  java: { name: 'JDK', minimum: [17], text: 'JDK >= 17 (with javac and keytool)' },
  maven: { name: 'Maven', minimum: [3, 8], text: 'Maven >= 3.8' },
  python: {
    name: 'Python',
    minimum: [3, 11],
    below: [3, 15],
    text: 'Python 3.11 to 3.14 with its venv module',
  },
};

const PYTHON_COMMANDS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python'];
// Homebrew installs a JDK without linking it; `/usr/bin/javac` of macOS is then only a stub that fails.
const KEG_ONLY_JDKS = ['openjdk', 'openjdk@25', 'openjdk@21', 'openjdk@17'].flatMap((keg) =>
  ['/opt/homebrew/opt', '/usr/local/opt'].map((prefix) => join(prefix, keg, 'bin', 'javac')),
);

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The full path of a command, or undefined. */
export function findCommand(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** Output of a command with both streams together, or undefined when it fails. */
function output(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 20_000, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve(error ? undefined : `${stdout}\n${stderr}`);
    });
  });
}

/** Compares a version such as '21.0.4+7' with a minimum such as [17]. */
export function isAtLeast(version, minimum) {
  const parts = version.split(/[^0-9]+/).map(Number);
  for (const [index, wanted] of minimum.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** The tool that installs packages here, as far as we can tell. */
function packageManager() {
  if (process.platform === 'darwin') return 'brew';
  return ['apt-get', 'dnf', 'brew'].find((name) => findCommand(name) !== undefined);
}

const PACKAGES = {
  java: { 'apt-get': 'default-jdk-headless', dnf: 'java-21-openjdk-devel', brew: 'openjdk@21' },
  maven: { 'apt-get': 'maven', dnf: 'maven', brew: 'maven' },
  python: { 'apt-get': 'python3 python3-venv', dnf: 'python3.12', brew: 'python@3.13' },
};
const HOME_PAGES = {
  java: 'install a JDK 21 from https://adoptium.net',
  maven: 'install Maven from https://maven.apache.org/download.cgi',
  python: 'install Python 3.13 from https://www.python.org/downloads',
};

/** The command that installs a missing prerequisite on this platform, as one line. */
export function installHint(tool) {
  if (tool === 'node') return 'install Node.js 24 from https://nodejs.org, or: nvm install 24';
  const manager = packageManager();
  if (manager === undefined) return HOME_PAGES[tool];
  const sudo = manager === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
  const yes = manager === 'brew' ? '' : ' -y';
  return `${sudo}${manager} install${yes} ${PACKAGES[tool][manager]}`;
}

function result(tool, found, problem, paths = {}) {
  const { name, text } = NEEDED[tool];
  return {
    tool,
    name,
    ok: problem === undefined,
    found,
    needed: text,
    problem,
    fix: installHint(tool),
    paths,
  };
}

export function checkNode(version = process.versions.node) {
  const fits = isAtLeast(version, NEEDED.node.minimum);
  return result('node', version, fits ? undefined : `Node.js ${version} is too old`);
}

/** Looks for a JDK: JAVA_HOME first, then the PATH, then where Homebrew keeps them. */
export async function checkJava(env = process.env) {
  const home = env.JAVA_HOME;
  const onPath = findCommand('javac', env.PATH);
  const candidates = [home && join(home, 'bin', 'javac'), onPath, ...KEG_ONLY_JDKS].filter(
    (file) => file && existsSync(file),
  );
  let problem;
  let found;
  for (const javac of candidates) {
    const version = /javac (\S+)/.exec((await output(javac, ['-version'])) ?? '')?.[1];
    if (version === undefined) continue;
    const bin = dirname(realpathSync(javac));
    if (!isAtLeast(version, NEEDED.java.minimum)) {
      found ??= version;
      problem ??= `the JDK ${version} in ${dirname(bin)} is too old`;
    } else {
      return result('java', version, undefined, {
        java: join(bin, 'java'),
        javac: join(bin, 'javac'),
        jar: join(bin, 'jar'),
        keytool: join(bin, 'keytool'),
        home: dirname(bin),
      });
    }
  }
  if (problem === undefined) {
    const java = [home && join(home, 'bin', 'java'), findCommand('java', env.PATH)].find(
      (file) => file && existsSync(file),
    );
    const version = java && /version "([^"]+)"/.exec((await output(java, ['-version'])) ?? '')?.[1];
    if (version) {
      found = `${version}, a JRE`;
      problem = `the Java ${version} here is a JRE, without the compiler javac`;
    }
  }
  return result('java', found, problem ?? 'no JDK found (neither JAVA_HOME nor javac on the PATH)');
}

export async function checkMaven(env = process.env) {
  const mvn = findCommand('mvn', env.PATH);
  if (mvn === undefined) return result('maven', undefined, 'Maven (mvn) is not on the PATH');
  // Maven 3.8 colours this line even when it is told not to.
  const text = stripVTControlCharacters((await output(mvn, ['-B', '--version'])) ?? '');
  const version = /Apache Maven (\d\S*)/.exec(text)?.[1];
  if (version === undefined) return result('maven', undefined, `${mvn} does not run: see mvn --version`);
  const fits = isAtLeast(version, NEEDED.maven.minimum);
  return result('maven', version, fits ? undefined : `Maven ${version} is too old`, { mvn });
}

/** The first Python that fits: new enough, known to the locked wheels, able to make a venv with pip in it. */
export async function checkPython(env = process.env) {
  const probe =
    'import sys, platform\nprint(platform.python_version(), sys.executable)\nimport venv, ensurepip\nprint("venv")';
  let found;
  let problem;
  for (const name of PYTHON_COMMANDS) {
    const command = findCommand(name, env.PATH);
    if (command === undefined) continue;
    const text = await new Promise((resolve) => {
      execFile(command, ['-I', '-c', probe], { timeout: 20_000, encoding: 'utf8' }, (_error, stdout) => {
        resolve(stdout ?? '');
      });
    });
    const match = /^(\S+) (.+)$/m.exec(text);
    if (match === null) continue;
    const [, version, executable] = match;
    if (!isAtLeast(version, NEEDED.python.minimum)) {
      found ??= version;
      problem ??= `Python ${version} is too old`;
    } else if (isAtLeast(version, NEEDED.python.below)) {
      found ??= version;
      problem ??= `Python ${version} is newer than the locked packages know`;
    } else if (!/^venv$/m.test(text)) {
      found = version;
      problem = `Python ${version} lacks its venv module`;
    } else {
      return result('python', version, undefined, { python: executable });
    }
  }
  return result('python', found, problem ?? 'Python 3 is not on the PATH');
}
