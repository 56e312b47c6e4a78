/** Grants on wildcards, of both stages with their dashboards, against gates/wildcard-resources.json; and whether IAM could name what they mean. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { testToolPaths } from '../../local/tools.ts';
import {
  compareWildcards,
  type ExplainedWildcard,
  isWildcard,
  policiesOf,
  type TemplatePolicy,
  wildcardGrants,
} from '../iam/wildcard-resources.ts';
import { allResources, synthesize, WITH_DASHBOARD } from './synthesize.ts';

const EXPLAINED = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../gates/wildcard-resources.json'), 'utf8'),
) as readonly ExplainedWildcard[];

const found = [
  ...new Set(
    STAGES.flatMap((stage) => {
      const lake = synthesize(stage, { overrides: WITH_DASHBOARD });
      return wildcardGrants(policiesOf(allResources(lake)), stage);
    }),
  ),
].toSorted();

describe('gates/wildcard-resources.json', () => {
  test('explains every grant on a wildcard, and no other', () => {
    expect(compareWildcards(found, EXPLAINED)).toEqual({ unexplained: [], stale: [] });
  });

  test('gives a reason for each', () => {
    for (const { reason } of EXPLAINED) expect(reason).toMatch(/^\S.{20,}$/);
  });
});

/** Actions that IAM lets nobody narrow, as cfn-lint's copy of the service authorization reference says. */
function unnameable(actions: readonly string[]): string[] {
  const script = `
import json, sys, cfnlint.data.AdditionalSpecs as specs, importlib.resources as r
known = json.loads(r.files(specs).joinpath('Policies.json').read_text())
for line in sys.stdin.read().split():
    service, action = line.split(':')
    if 'Resources' not in known[service]['Actions'][action.lower()]: print(line)
`;
  const { stdout, stderr, status } = spawnSync(testToolPaths().python, ['-c', script], {
    input: actions.join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split('\n');
}

test('an action on * is one that IAM cannot narrow, or its reason begins with who asks for it', () => {
  const onEverything = found.filter((grant) => grant.endsWith(' on *'));
  const actions = [...new Set(onEverything.map((grant) => /: (\S+) on /.exec(grant)?.[1] ?? ''))];
  const free = new Set(unnameable(actions));
  expect(free.size).toBeGreaterThan(0);
  const narrowable = actions.filter((action) => !free.has(action));
  for (const action of narrowable) {
    const reasons = EXPLAINED.filter(
      ({ resource, actions: some }) => resource === '*' && some.includes(action),
    );
    expect({ action, reasons: reasons.map(({ reason }) => reason) }).toEqual({
      action,
      reasons: reasons.map(
        () => expect.stringMatching(/^(Lambda|Glue|QuickSight|The Schema Registry) asks for/) as unknown,
      ),
    });
  }
});

describe('the comparison', () => {
  const policy = (Resource: unknown): TemplatePolicy[] => [
    {
      holder: 'pipeline/Some',
      statements: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource }],
    },
  ];

  test('finds a widened grant, and a reason that no grant has any more', () => {
    const wider = [...found, ...wildcardGrants(policy('*'), 'dev')];
    expect(compareWildcards(wider, EXPLAINED).unexplained).toEqual([
      'pipeline/Some: s3:GetObject on *',
      'pipeline/Some: s3:PutObject on *',
    ]);
    expect(compareWildcards([], EXPLAINED).stale.length).toBeGreaterThan(10);
  });

  test.each([
    ['*', true],
    ['${StorageLake.Arn}/*', true],
    ['${StorageLake.Arn}*', true],
    ['${StorageLake.Arn}/curated/quotes/*', false],
    ['${StorageLake.Arn}/cura*/quotes/*', true],
    ['arn:aws:logs:us-east-1:1:log-group:/aws/lambda/land:*', false],
    ['arn:aws:logs:us-east-1:1:log-group:/aws/*:*', true],
    ['arn:aws:glue:us-east-1:1:table/tickerlake_dev/quotes', false],
    ['arn:aws:glue:us-east-1:1:table/tickerlake_dev/*', true],
  ])('%s is a wildcard: %s', (resource, is) => {
    expect(isWildcard(resource)).toBe(is);
  });

  test('a deny grants nothing', () => {
    const deny = [{ holder: 'a/B', statements: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }] }];
    expect(wildcardGrants(deny, 'dev')).toEqual([]);
  });
});
