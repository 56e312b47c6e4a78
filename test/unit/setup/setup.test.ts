import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { processIdentity } from '../../../scripts/setup/process.mjs';
import { until } from '../../helpers/until.ts';
import { Checkout } from './checkout.ts';

const ALL = ['--with', 'node,python,kafka,test,kafka-client'];

let checkout: Checkout;

beforeEach(async () => {
  checkout = await Checkout.create();
});

afterEach(async () => {
  await checkout.delete();
});

/** Every line that went to standard error is the one error. */
function expectOneLine(stderr: string, pattern: RegExp): void {
  const lines = stderr.trim().split('\n');
  const errors = lines.filter((line) => line.startsWith('error:'));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(pattern);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('installing', () => {
  test('brings every part, once', async () => {
    expect(await checkout.run(ALL)).toMatchObject({ code: 0, stdout: '' });
    const calls = async () =>
      Promise.all(['npm', 'mvn', 'javac', 'python3'].map((name) => checkout.calls(name)));
    const before = await calls();
    expect(before[0]).toBe(1);
    expect(before[1]).toBe(2);
    expect(await checkout.run(ALL)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await calls()).toEqual(before);
  });

  test('brings only what was asked for', async () => {
    await checkout.run(['--with', 'python']);
    expect(await Promise.all(['npm', 'mvn', 'javac'].map((name) => checkout.calls(name)))).toEqual([0, 0, 0]);
  });

  test('redoes just the part whose lock has changed', async () => {
    await checkout.run(ALL);
    await writeFile(join(checkout.root, 'package-lock.json'), '{"packages":{"":{"name":"new"}}}');
    const { stderr } = await checkout.run(ALL);
    expect(stderr).toMatch(/^ {2}node: ready/m);
    expect(stderr).not.toMatch(/python|kafka/);
    expect(await checkout.calls('mvn')).toBe(2);
  });

  test('takes node_modules as it is when npm has already brought what the lockfile says', async () => {
    await checkout.run(['--with', 'node']);
    await rm(join(checkout.root, 'node_modules/.tickerlake-stamp.json'));
    await writeFile(join(checkout.root, 'node_modules/.package-lock.json'), '{"packages":{}}');
    expect((await checkout.run(['--with', 'node'])).code).toBe(0);
    expect(await checkout.calls('npm')).toBe(1);
  });

  test.each([
    ['another version of a package', { 'node_modules/kafkajs': { version: '2.2.3' } }],
    ['no trace of a package', {}],
    ['a package that npm thinks is there and is not', { 'node_modules/kafkajs': { version: '2.2.4' } }],
  ])('starts node_modules anew when it holds %s', async (_case, packages) => {
    await checkout.run(['--with', 'node']);
    const wanted = { packages: { '': {}, 'node_modules/kafkajs': { version: '2.2.4' } } };
    await writeFile(join(checkout.root, 'package-lock.json'), JSON.stringify(wanted));
    await writeFile(join(checkout.root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
    await checkout.run(['--with', 'node']);
    expect(await checkout.calls('npm')).toBe(2);
  });

  test('redoes a Python environment whose Python has gone', async () => {
    await checkout.run(['--with', 'python']);
    await rm(join(checkout.root, '.tickerlake/tools/python/bin/python'));
    expect((await checkout.run(['--with', 'python'])).stderr).toMatch(/python: ready/);
  });

  test('puts the state folder where TICKERLAKE_HOME says', async () => {
    const TICKERLAKE_HOME = join(checkout.root, 'elsewhere');
    await checkout.run(['--with', 'python'], { TICKERLAKE_HOME });
    await stat(join(TICKERLAKE_HOME, 'tools/python/.tickerlake-stamp.json'));
  });

  test('says what it fetches and how large that is, on standard error', async () => {
    const { stdout, stderr } = await checkout.run(['--with', 'node']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^setting up, once:\n {2}node: npm packages.*\(about \d+ MB\)\n {2}node: ready in \d+ s\n$/,
    );
  });

  test('says nothing when it is told to be quiet', async () => {
    expect(await checkout.run(['--quiet', '--with', 'node'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('reports as JSON', async () => {
    const { stdout, stderr } = await checkout.run(['--json', '--with', 'node']);
    expect(JSON.parse(stdout)).toEqual({
      parts: ['node'],
      installed: [{ name: 'node', seconds: expect.any(Number) }],
    });
    expect(stderr).toBe('');
  });
});

describe('interrupted', () => {
  const SLOW = 'echo $$ > npm.pid; sleep 600';
  const QUICK = 'mkdir -p node_modules/.bin && cp -P "$NODE" node_modules/.bin/node';

  test('by SIGTERM it ends what it started and says how to go on', async () => {
    await checkout.stub('npm', SLOW);
    const { child, result } = checkout.start(['--with', 'node']);
    const npm = Number(await checkout.written('npm.pid'));
    child.kill('SIGTERM');
    const { code, stderr } = await result;
    expect(code).toBe(143);
    expect(stderr).toMatch(/^interrupted — try: the same command again, it goes on from there$/m);
    await until('npm has ended', () => processIdentity(npm) === undefined);
    await checkout.stub('npm', QUICK);
    expect((await checkout.run(['--with', 'node'])).code).toBe(0);
  });

  test('by SIGKILL, the next one ends what is left and starts that part anew', async () => {
    await checkout.stub('npm', SLOW);
    const { child, result } = checkout.start(['--with', 'node,python']);
    const npm = Number(await checkout.written('npm.pid'));
    await checkout.written('.tickerlake/tools/python/.tickerlake-stamp.json');
    child.kill('SIGKILL');
    await result;
    expect(processIdentity(npm)).toBeDefined();

    await checkout.stub('npm', QUICK);
    const { code, stderr } = await checkout.run(['--with', 'node,python']);
    expect(code).toBe(0);
    expect(processIdentity(npm)).toBeUndefined();
    expect(stderr).not.toMatch(/python: /);
  });

  test('is redone from the start when npm had got half way', async () => {
    await checkout.stub('npm', 'mkdir -p node_modules/half; echo >&2 "npm error code EINTERRUPTED"; exit 1');
    expect((await checkout.run(['--with', 'node'])).code).toBe(1);
    await checkout.stub('npm', QUICK);
    expect((await checkout.run(['--with', 'node'])).stderr).toMatch(/node: ready/);
    expect(await readdir(join(checkout.root, 'node_modules'))).toEqual(['.bin', '.tickerlake-stamp.json']);
  });
});

describe('two at once', () => {
  test('wait for each other and install once', async () => {
    await checkout.stub(
      'npm',
      `echo $$ > npm.pid; while [ ! -e go ]; do sleep 0.05; done; mkdir -p node_modules/.bin && cp -P "$NODE" node_modules/.bin/node`,
    );
    const first = checkout.start(['--with', 'node']);
    await checkout.written('npm.pid');
    const others = [checkout.start(['--with', 'node']), checkout.start(['--with', 'node'])];
    let waiting = '';
    others[0]?.child.stderr?.on('data', (part: Buffer) => (waiting += part.toString()));
    await until('the second says that it waits', () => waiting.includes('waiting for another set-up'));
    await writeFile(join(checkout.root, 'go'), '');
    const results = await Promise.all([first, ...others].map(({ result }) => result));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await checkout.calls('npm')).toBe(1);
    expect(waiting).toContain(`(pid ${String(first.child.pid)})`);
  });

  test('take over a dead holder’s lock just once', async () => {
    await checkout.stub(
      'npm',
      'sleep 0.2; mkdir -p node_modules/.bin && cp -P "$NODE" node_modules/.bin/node',
    );
    await checkout.run(['--with', 'python']);
    const lock = { pid: 4_194_305, identity: 'start 1', children: [] };
    await writeFile(join(checkout.root, '.tickerlake/tools/setup.lock'), JSON.stringify(lock));
    const results = await Promise.all(Array.from({ length: 4 }, () => checkout.run(['--with', 'node'])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await checkout.calls('npm')).toBe(1);
  });
});

describe('the command', () => {
  test('runs on the pinned Node.js with its arguments as they are', async () => {
    const script = 'console.log(JSON.stringify([process.argv.slice(1), process.env.PATH.split(":")[0]]))';
    const { code, stdout } = await checkout.run([
      '--with',
      'node',
      '--',
      'node',
      '-e',
      script,
      '--',
      'a b',
      "it's",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([['a b', "it's"], join(checkout.root, 'node_modules/.bin')]);
  });

  test('gives its exit code', async () => {
    expect((await checkout.run(['--with', 'node', '--', 'node', '-e', 'process.exit(7)'])).code).toBe(7);
  });

  test('is not run when the set-up fails', async () => {
    await checkout.stub('npm', 'exit 1');
    const { code, stdout } = await checkout.run(['--with', 'node', '--', 'echo', 'ran']);
    expect([code, stdout]).toEqual([1, '']);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gets %s', async (signal) => {
    const script = `process.on('${signal}', () => process.exit(42)); require('fs').writeFileSync('up', 'up\\n'); setInterval(() => 0, 1000)`;
    const { child, result } = checkout.start(['--with', 'node', '--', 'node', '-e', script]);
    await checkout.written('up');
    child.kill(signal);
    expect((await result).code).toBe(42);
  });

  const STAYS = `process.on('SIGTERM', () => { require('fs').writeFileSync('down', 'SIGTERM\\n'); process.exit(); });
    require('fs').writeFileSync('up', 'up\\n'); setInterval(() => 0, 1000);`;

  test('ends when the set-up is killed', async () => {
    const { child, result } = checkout.start(['--with', 'node', '--', 'node', '-e', STAYS]);
    await checkout.written('up');
    child.kill('SIGKILL');
    expect(await checkout.written('down')).toBe('SIGTERM\n');
    await result;
  });

  test('ends when the npm that called is killed', async () => {
    const npm = spawn(
      '/bin/sh',
      ['-c', '"$@" & wait', 'npm', ...checkout.command(['--with', 'node', '--', 'node', '-e', STAYS])],
      {
        cwd: checkout.root,
        env: { ...checkout.env, npm_lifecycle_event: 'up' },
        stdio: 'ignore',
      },
    );
    await checkout.written('up');
    npm.kill('SIGKILL');
    expect(await checkout.written('down')).toBe('SIGTERM\n');
  });

  test('that ends by a signal gives 128 and the signal', async () => {
    const script = 'process.kill(process.pid, "SIGKILL")';
    expect((await checkout.run(['--with', 'node', '--', 'node', '-e', script])).code).toBe(137);
  });

  test('that does not exist is an error', async () => {
    const { code, stderr } = await checkout.run(['--quiet', '--with', 'node', '--', 'no-such-command']);
    expect(code).toBe(127);
    expectOneLine(stderr, /^error: cannot run no-such-command: no such command — try: /);
  });
});

describe('what is wrong is told in one line with the next thing to try', () => {
  const run = (parts: string) => checkout.run(['--quiet', '--with', parts]);

  test.each([
    [
      'npm',
      'npm error code ENOTFOUND',
      /npm cannot reach its package index.*try: check the network and the proxy/,
    ],
    ['npm', 'npm error code ENOSPC', /the disk is full.*try: free/],
    ['npm', 'npm error code EINTEGRITY', /differs from its locked hash.*try: clear the cache of npm/],
    ['npm', 'npm error SELF_SIGNED_CERT_IN_CHAIN', /does not trust the certificate.*try: give npm/],
    [
      'npm',
      'npm error code ETARGET',
      /the index of npm lacks a locked version.*try: ask who runs your mirror/,
    ],
    ['npm', 'npm error something new', /npm failed, see .*node\.log — try: /],
    ['mvn', 'Could not transfer artifact: Unknown host repo', /Maven cannot reach its package index/],
  ])('%s: %s', async (program, output, expected) => {
    await checkout.stub(
      program,
      `case "$*" in *--version*) echo "Apache Maven 3.9.9"; exit 0;; esac; echo '${output}' >&2; exit 1`,
    );
    const { code, stderr } = await run(program === 'npm' ? 'node' : 'kafka');
    expect(code).toBe(1);
    expectOneLine(stderr, expected);
  });

  test('a package.json that the lockfile was not made for', async () => {
    await writeFile(join(checkout.root, 'package.json'), '{"dependencies":{"kafkajs":"2.2.4"}}');
    const { code, stderr } = await run('node');
    expect(code).toBe(1);
    expectOneLine(
      stderr,
      /package\.json and package-lock\.json differ on kafkajs — try: npm install --package-lock-only/,
    );
  });

  test('a workspace whose package.json the lockfile was not made for', async () => {
    const lock = { packages: { '': { workspaces: ['console'] }, console: {} } };
    await writeFile(join(checkout.root, 'package.json'), '{}');
    await writeFile(join(checkout.root, 'package-lock.json'), JSON.stringify(lock));
    await mkdir(join(checkout.root, 'console'), { recursive: true });
    await writeFile(join(checkout.root, 'console/package.json'), '{"devDependencies":{"react":"19.3.1"}}');
    const { code, stderr } = await run('node');
    expect(code).toBe(1);
    expectOneLine(stderr, /console\/package\.json and package-lock\.json differ on react — try: npm install/);
  });

  test('a jar that differs from its hash', async () => {
    await checkout.stub(
      'mvn',
      `case "$*" in *--version*) echo "Apache Maven 3.9.9";; *)
        for a in "$@"; do case "$a" in -DoutputDirectory=*) printf other > "\${a#*=}/one.jar";; esac; done;; esac`,
    );
    const { code, stderr } = await run('kafka');
    expect(code).toBe(1);
    expectOneLine(stderr, /one\.jar differs from its locked hash — try: /);
  });

  test('a jar that the list does not know', async () => {
    await checkout.stub(
      'mvn',
      `case "$*" in *--version*) echo "Apache Maven 3.9.9";; *)
        for a in "$@"; do case "$a" in -DoutputDirectory=*) printf x > "\${a#*=}/one.jar"; printf x > "\${a#*=}/two.jar";; esac; done;; esac`,
    );
    expectOneLine((await run('kafka')).stderr, /two\.jar differs from its locked hash/);
  });

  test('no JDK and no Maven, one line each, before anything is fetched', async () => {
    for (const name of ['javac', 'java', 'mvn']) await checkout.remove(name);
    const { code, stderr } = await checkout.run(['--with', 'node,kafka'], { PATH: checkout.bin });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^error: no JDK found .* is needed — try: .*(openjdk|jdk|JDK)/),
      expect.stringMatching(/^error: Maven \(mvn\) is not on the PATH; Maven >= 3\.8 is needed — try: /),
    ]);
    expect(await checkout.calls('npm')).toBe(0);
  });

  test('a Python that is newer than what Superset pins, before anything is made', async () => {
    await checkout.stub('python3', 'case "$*" in *platform*) echo "3.13.2 $0"; echo venv;; esac');
    const { code, stderr } = await run('superset');
    expect(code).toBe(1);
    expectOneLine(
      stderr,
      /Superset.* for Python 3\.11 to 3\.12, and 3\.13\.2 was found — try: .* 3\.12 first/,
    );
    expect(await checkout.calls('python3')).toBe(0);
  });

  test('a state folder that is a file', async () => {
    await writeFile(join(checkout.root, '.tickerlake'), '');
    const { code, stderr } = await run('python');
    expect(code).toBe(1);
    expectOneLine(stderr, /\.tickerlake is not a folder — try: remove it, or set TICKERLAKE_HOME/);
  });

  // Root may write anywhere.
  const asUser = process.getuid?.() === 0 ? () => undefined : test;
  asUser('a state folder that may not be written', async () => {
    await chmod(checkout.root, 0o555);
    const { code, stderr } = await run('python');
    expect(code).toBe(1);
    expectOneLine(stderr, /cannot write to .* \(permission denied\) — try: .*TICKERLAKE_HOME/);
  });

  test.each([
    [
      ['--with', 'java'],
      /no such part: java \(there are node, python, kafka, test, kafka-client, spark, trino, notebook, superset, browser, rivals\)/,
    ],
    [['--with'], /--with names no part/],
    [['--wth', 'node'], /unknown option --wth/],
    [['--'], /no command after --/],
  ])('arguments: %p', async (args, expected) => {
    const { code, stderr } = await checkout.run(args);
    expect(code).toBe(2);
    expectOneLine(stderr, expected);
  });

  test('the whole output of the client is in the log that it names', async () => {
    await checkout.stub('npm', 'echo the whole story >&2; exit 1');
    const { stderr } = await run('node');
    const log = /see (.+\.log)/.exec(stderr)?.[1] ?? '';
    expect(await readFile(log, 'utf8')).toBe('the whole story\n');
  });
});
