/** What people read of a comparison. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { judge } from '../../../cli/diff/accepted-changes.ts';
import { RULES } from '../../../cli/diff/finding.ts';
import { COMMENT_MARK, renderMarkdown } from '../../../cli/diff/render-markdown.ts';
import { renderText } from '../../../cli/diff/render-text.ts';
import type { Report } from '../../../cli/diff/report.ts';
import { recordTerminal } from '../cli/terminal-double.ts';
import { compare, type Resources } from './compared.ts';

const PROJECT = join(import.meta.dirname, '../../..');

async function reportOf(before: Resources, after: Resources): Promise<Report> {
  const { findings, changes } = compare(before, after);
  const options = { stages: [], today: '2026-11-22', isLanded: () => Promise.resolve(false) };
  const judgement = await judge(findings, [], options);
  return { against: 'HEAD', stages: ['dev'], changes, isSafe: judgement.dangers.length === 0, ...judgement };
}

test('dangers come before cautions, and those before other changes', async () => {
  const report = await reportOf(
    { Raw: { Type: 'AWS::S3::Bucket' } },
    {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          Policies: [
            { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:Get', Resource: 'a' }] } },
          ],
        },
      },
    },
  );
  const text = renderText(recordTerminal().terminal, report);
  const order = [
    'Danger',
    'Data is deleted: lake/Raw',
    'Look at',
    'A policy allows more: lake/Role',
    'What a deployment',
  ];
  expect(order.map((words) => text.indexOf(words))).toEqual(
    order.map((words) => text.indexOf(words)).sort((a, b) => a - b),
  );
  expect(order.filter((words) => !text.includes(words))).toEqual([]);
});

test('a comment formats nothing, links nothing and mentions nobody that a template names', async () => {
  const evil = 'x`*_<img src=a>@everyone [a](b)';
  const report = await reportOf(
    {
      Logs: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { RetentionInDays: 9, LogGroupName: evil },
        DeletionPolicy: 'Retain',
      },
    },
    {},
  );
  const markdown = renderMarkdown(report);
  // Between the backquotes of code, where nothing counts but a backquote.
  const outside = markdown.replaceAll(/`[^`\n]*`/g, '');
  expect(outside).not.toMatch(/<img|@everyone|\]\(b\)/);
  expect(markdown).toContain('xˋ*_<img src=a>@everyone');
});

test('a comment is no longer than GitHub takes', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `Bucket${index}`,
      { Type: 'AWS::S3::Bucket', Properties: { Name: `b${index}` } },
    ]),
  );
  const markdown = renderMarkdown(await reportOf(many, {}));
  expect(markdown.length).toBeLessThan(65_536);
  expect(markdown).toMatch(/the rest is in the log of the job\.\n$/);
});

test('the workflow looks for the mark that the comment begins with', () => {
  const workflow = readFileSync(join(PROJECT, '.github/workflows/ci.yml'), 'utf8');
  expect(workflow).toContain(`startswith("${COMMENT_MARK}")`);
});

test('every rule has its line in the documentation', () => {
  const page = readFileSync(join(PROJECT, 'docs/safe-changes.md'), 'utf8');
  expect(Object.keys(RULES).filter((rule) => !page.includes(`| \`${rule}\` |`))).toEqual([]);
});
