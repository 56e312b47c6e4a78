/** A checkout's history, whole and shallow. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Revisions } from '../../../cli/diff/revision.ts';

let folder: string;
let revisions: Revisions;
let root: string;

function git(cwd: string, ...args: string[]): string {
  const settings = ['user.name=t', 'user.email=t@t', 'commit.gpgsign=false'].flatMap((setting) => [
    '-c',
    setting,
  ]);
  return execFileSync('git', [...settings, ...args], { cwd, encoding: 'utf8' }).trim();
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickerlake-revision-'));
  root = join(folder, 'repository');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  git(root, 'init', '--quiet', '--initial-branch=main');
  for (const text of ['one', 'two']) {
    writeFileSync(join(root, 'file'), text);
    git(root, 'add', 'file');
    git(root, 'commit', '--quiet', '-m', text);
  }
  revisions = new Revisions(root, process.env);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('checks a commit out beside, with the packages, and leaves nothing', async () => {
  writeFileSync(join(root, 'file'), 'not committed');
  const commit = await revisions.require('HEAD^');
  const seen = await revisions.withCheckout(commit, (checkout) => {
    expect(git(root, 'worktree', 'list').split('\n')).toHaveLength(2);
    return Promise.resolve({
      checkout,
      text: readFileSync(join(checkout, 'file'), 'utf8'),
      packages: realpathSync(join(checkout, 'node_modules')),
    });
  });
  expect(seen).toMatchObject({ text: 'one', packages: realpathSync(join(root, 'node_modules')) });
  expect(existsSync(join(seen.checkout, '..'))).toBe(false);
  expect(git(root, 'worktree', 'list').split('\n')).toHaveLength(1);
  expect(readFileSync(join(root, 'file'), 'utf8')).toBe('not committed');
});

test('leaves nothing when the work fails', async () => {
  const commit = await revisions.require('HEAD');
  await expect(revisions.withCheckout(commit, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(git(root, 'worktree', 'list').split('\n')).toHaveLength(1);
});

test('runs where git has set variables of a hook', async () => {
  const inHook = new Revisions(root, { ...process.env, GIT_DIR: '/nowhere' });
  expect(await inHook.find('HEAD')).toBe(git(root, 'rev-parse', 'HEAD'));
});

describe('against what', () => {
  test('the last commit, where nothing was fetched; else the main branch', async () => {
    expect(await revisions.default()).toBe('HEAD');
    git(root, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect(await revisions.default()).toBe('origin/main');
  });

  test.each(['v9', '--help', 'no such thing'])('not %j, which is no revision', async (name) => {
    await expect(revisions.require(name)).rejects.toMatchObject({
      message: expect.stringContaining('neither a file nor a revision') as unknown,
      hint: expect.stringContaining('git fetch --depth=1') as unknown,
    });
  });

  test('what a shallow clone has', async () => {
    const shallow = join(folder, 'shallow');
    git(folder, 'clone', '--quiet', '--depth=1', `file://${root}`, shallow);
    const inShallow = new Revisions(shallow, process.env);
    expect(await inShallow.default()).toBe('origin/main');
    await expect(inShallow.require('HEAD^')).rejects.toThrow(/neither a file nor a revision/);
    const commit = await inShallow.require('HEAD');
    expect(await inShallow.withCheckout(commit, (at) => Promise.resolve(readdirSync(at)))).toContain('file');
  });

  test('nothing, where there is no history', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    await expect(new Revisions(none, process.env).require('HEAD')).rejects.toThrow(/has no history/);
  });
});

test('knows whether a revision is part of another', async () => {
  const answers = [
    await revisions.isWithin('HEAD^', 'HEAD'),
    await revisions.isWithin('HEAD', 'HEAD^'),
    await revisions.isWithin('v2', 'HEAD'),
  ];
  expect(answers).toEqual([true, false, false]);
});
