/** The command whole, over a small app in a repository of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CommandContext } from '../../../cli/context.ts';
import { COMMENT_MARK } from '../../../cli/diff/render-markdown.ts';
import type { Report } from '../../../cli/diff/report.ts';
import { type DiffOptions, showDiff } from '../../../cli/diff/show-diff.ts';
import { recordTerminal } from '../cli/terminal-double.ts';

/** Writes an assembly of one stack, as the CDK would; what it is asked for is part of it. */
const APP = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const { CDK_OUTDIR: out, TICKERLAKE_STAGE: stage, CDK_CONTEXT_JSON: context } = process.env;
const { 'aws:cdk:bundling-stacks': bundled } = JSON.parse(context);
if (bundled.length > 0) throw new Error('functions are bundled');
mkdirSync(out, { recursive: true });
const days = JSON.parse(readFileSync(new URL('../days.json', import.meta.url)))[stage];
if (days === null) throw new Error('days of ' + stage + ' are missing');
const name = 'tickerlake-' + stage + '-lake';
const logs = { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: days, LogGroupName: name } };
writeFileSync(out + '/lake.json', JSON.stringify({ Resources: { Logs: logs } }));
const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'lake.json' } };
writeFileSync(out + '/manifest.json', JSON.stringify({ artifacts: { [name]: stack } }));
`;

/** Several processes a comparison. */
jest.setTimeout(60_000);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tickerlake-app-'));
  for (const name of ['bin', 'gates', 'node_modules']) mkdirSync(join(root, name));
  writeFileSync(join(root, '.gitignore'), 'node_modules\n');
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'cdk.json'), '{"context":{}}');
  writeFileSync(join(root, 'bin/tickerlake.ts'), APP);
  keep({ dev: 30, prod: 30 });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function git(...args: string[]): void {
  const settings = ['user.name=t', 'user.email=t@t', 'commit.gpgsign=false'].flatMap((setting) => [
    '-c',
    setting,
  ]);
  execFileSync('git', [...settings, ...args], { cwd: root });
}

function keep(days: { readonly dev: number | null; readonly prod: number | null }): void {
  writeFileSync(join(root, 'days.json'), JSON.stringify(days));
}

interface Shown {
  readonly isSafe: boolean;
  readonly out: string;
  readonly err: string;
}

async function show(options: Partial<DiffOptions> = {}): Promise<Shown> {
  const recorded = recordTerminal();
  const context: CommandContext = {
    terminal: recorded.terminal,
    env: { ...process.env, NODE_OPTIONS: '' },
    signal: new AbortController().signal,
    fail: () => undefined,
  };
  const isSafe = await showDiff(context, {
    stage: undefined,
    against: undefined,
    format: 'text',
    root,
    ...options,
  });
  return { isSafe, out: recorded.out(), err: recorded.err() };
}

async function report(options: Partial<DiffOptions> = {}): Promise<Report> {
  return JSON.parse((await show({ ...options, format: 'json' })).out) as Report;
}

test('nothing changed is safe, and says what was compared', async () => {
  const { isSafe, out, err } = await show();
  expect(isSafe).toBe(true);
  expect(out).toMatch(/^dev and prod against HEAD \([0-9a-f]{10}\): no danger, no change of a resource\n$/);
  expect(err).toMatch(/✓ synthesize HEAD .*\n✓ synthesize the working tree/);
});

describe('a danger in both stages', () => {
  beforeEach(() => {
    keep({ dev: 7, prod: 7 });
  });

  test('is told once, with what to do and how to accept it', async () => {
    const { isSafe, out } = await show();
    expect(isSafe).toBe(false);
    expect(
      out.replace(/\([0-9a-f]{10}\)/, '(<commit>)').replace(/ [0-9a-f]{8}"/, ' <digest>"'),
    ).toMatchInlineSnapshot(`
"dev and prod against HEAD (<commit>): 1 danger, 1 changed resource

Danger
  ✗ Data is kept for less long: lake/Logs (AWS::Logs::LogGroup) [dev, prod]
      It keeps data for less long; what is older is deleted soon after the deployment.
      · Log lines are kept 7 days instead of 30 days.
      instead: Keep the longer span, or copy first what is still needed.
      accept:  {"change":"retention-lowered lake/Logs <digest>","stages":["dev","prod"],"reason":"","until":""}

What a deployment would change
  · updated in place: lake/Logs (AWS::Logs::LogGroup): RetentionInDays [dev, prod]

docs/safe-changes.md tells what each finding means and how to accept one in gates/accepted-changes.json.
"
`);
  });

  test('is a comment of a pull request', async () => {
    const { isSafe, out } = await show({ format: 'markdown' });
    expect(isSafe).toBe(false);
    expect(out.split('\n')[0]).toBe(COMMENT_MARK);
    expect(out).toContain('### ❌ What a deployment would do: 1 danger, 1 changed resource');
    expect(out).toContain(
      '- **Data is kept for less long**: `lake/Logs` (AWS::Logs::LogGroup) in dev and prod.',
    );
    expect(out).toContain('<summary>What would change (1)</summary>');
  });

  test('is accepted by the line that was proposed', async () => {
    const { dangers } = await report();
    const line = {
      change: dangers[0]?.key,
      stages: ['dev', 'prod'],
      reason: 'Nobody reads them',
      until: '9999-12-31',
    };
    writeFileSync(join(root, 'gates/accepted-changes.json'), JSON.stringify([line]));
    expect(await report()).toMatchObject({
      isSafe: true,
      dangers: [],
      accepted: [{ reason: line.reason }, {}],
      stale: [],
    });
    // The change has landed: against this revision the line accepts nothing, and is not over.
    git('commit', '--quiet', '-am', 'two');
    expect(await report()).toMatchObject({ isSafe: true, dangers: [], accepted: [] });
    expect(await report({ against: 'HEAD^' })).toMatchObject({ isSafe: true });
  });

  test('is not looked for in a stage that was not asked for', async () => {
    keep({ dev: 30, prod: 7 });
    expect(await report({ stage: 'dev' })).toMatchObject({ isSafe: true, stages: ['dev'] });
    expect(await report({ stage: 'prod' })).toMatchObject({ isSafe: false, stages: ['prod'] });
  });

  test('is found against a template as well', async () => {
    const file = join(root, 'tickerlake-prod-lake.template.json');
    const logs = { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'tickerlake-prod-lake' } };
    writeFileSync(file, JSON.stringify({ TemplateBody: { Resources: { Logs: logs } } }));
    const { dangers, stages } = await report({ against: file });
    expect(stages).toEqual(['prod']);
    expect(dangers).toMatchObject([{ details: ['Log lines are kept 7 days instead of forever.'] }]);
  });
});

test('an app that fails is told by its own words', async () => {
  keep({ dev: 30, prod: null });
  await expect(show()).rejects.toThrow(
    /stage prod of the working tree does not synthesize: .*days of prod are missing/,
  );
});

test('a revision without an app is told', async () => {
  git('rm', '--quiet', '-r', '--cached', 'bin');
  git('commit', '--quiet', '-m', 'bare');
  await expect(show()).rejects.toThrow(/has no app in bin\/tickerlake.ts/);
});

test('nothing is left behind', async () => {
  const folder = join(root, 'node_modules');
  const { TMPDIR: before } = process.env;
  process.env['TMPDIR'] = folder;
  try {
    await show();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
  expect(readdirSync(folder)).toEqual([]);
  expect(readdirSync(join(root, '.git'))).not.toContain('worktrees');
});
