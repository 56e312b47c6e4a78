import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  checkJava,
  checkMaven,
  checkNode,
  checkPython,
  isAtLeast,
} from '../../../scripts/setup/prerequisites.mjs';
import { Checkout } from './checkout.ts';

let checkout: Checkout;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  checkout = await Checkout.create();
  env = { PATH: `${checkout.bin}:/bin` };
});

afterEach(async () => {
  await checkout.delete();
});

test.each([
  ['17', [17], true],
  ['17.0.15+6', [17], true],
  ['3.8.7', [3, 8], true],
  ['3.10.0', [3, 8], true],
  ['4', [3, 8], true],
  ['20.19.0', [20, 19], true],
  ['20.18.3', [20, 19], false],
  ['3.7.9', [3, 8], false],
  ['11.0.2', [17], false],
])('%s is at least %p: %p', (version, minimum, expected) => {
  expect(isAtLeast(version, minimum)).toBe(expected);
});

test.each([
  ['18.20.4', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['24.0.0', true],
])('Node.js %s fits: %p', (version, fits) => {
  expect(checkNode(version)).toMatchObject({ ok: fits, found: version });
});

describe('the JDK', () => {
  test('is found on the PATH, with its other programs beside it', async () => {
    const { ok, found, paths } = await checkJava(env);
    expect([ok, found]).toEqual([true, '21.0.4']);
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['java', 'javac', 'jar', 'keytool']));
  });

  test('that is too old is told with its version', async () => {
    await checkout.stub('javac', 'echo "javac 11.0.2"');
    expect(await checkJava(env)).toMatchObject({ ok: false, found: '11.0.2' });
    expect((await checkJava(env)).problem).toMatch(/^the JDK 11\.0\.2 in .* is too old$/);
  });

  test('is not a JRE', async () => {
    await checkout.remove('javac');
    expect(await checkJava({ PATH: checkout.bin })).toMatchObject({
      ok: false,
      problem: 'the Java 21.0.4 here is a JRE, without the compiler javac',
    });
  });

  test('is not a stub that only says where to get one', async () => {
    await checkout.stub('javac', 'echo "Unable to locate a Java Runtime." >&2; exit 1');
    await checkout.stub('java', 'exit 1');
    expect(await checkJava({ PATH: checkout.bin })).toMatchObject({ ok: false, found: undefined });
  });
});

describe('Maven', () => {
  test('is found in spite of its colours', async () => {
    await checkout.stub('mvn', "printf '\\033[1mApache Maven 3.8.7\\033[m\\n'");
    expect(await checkMaven(env)).toMatchObject({ ok: true, found: '3.8.7' });
  });

  test('that is too old is told with its version', async () => {
    await checkout.stub('mvn', 'echo "Apache Maven 3.6.3"');
    expect(await checkMaven(env)).toMatchObject({ ok: false, problem: 'Maven 3.6.3 is too old' });
  });
});

describe('Python', () => {
  const only = () => ({ PATH: checkout.bin });

  test('is the first that fits', async () => {
    await checkout.stub('python3', 'echo "3.9.2 $0"; echo venv');
    await checkout.stub('python3.12', 'echo "3.12.1 $0"; echo venv');
    expect(await checkPython(only())).toMatchObject({ ok: true, found: '3.12.1' });
  });

  test.each([
    ['3.10.13', 'venv', 'Python 3.10.13 is too old'],
    ['3.15.0', 'venv', 'Python 3.15.0 is newer than the locked packages know'],
    ['3.12.1', '', 'Python 3.12.1 lacks its venv module'],
  ])('%s with %p does not fit', async (version, modules, problem) => {
    await checkout.stub('python3', `echo "${version} $0"; echo ${modules}`);
    expect(await checkPython(only())).toMatchObject({ ok: false, found: version, problem });
  });

  test('that does not run is none', async () => {
    await checkout.stub('python3', 'echo "pyenv: python3: command not found" >&2; exit 127');
    expect(await checkPython(only())).toMatchObject({ ok: false, problem: 'Python 3 is not on the PATH' });
  });
});
