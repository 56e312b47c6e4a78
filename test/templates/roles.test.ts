/** What each role may do, and each policy for others' roles, in full: a grant that is added or widened shows up here. */
import { expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { readable } from '../helpers/readable.ts';
import type { Synthesis } from './synthesize.ts';
import { allResources, synthesize, WITH_DASHBOARD } from './synthesize.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const withDashboard = {
  dev: synthesize('dev', { overrides: WITH_DASHBOARD }),
  prod: synthesize('prod', { overrides: WITH_DASHBOARD }),
};

const POLICIES: ReadonlySet<string> = new Set(['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

test.each(STAGES)('roles of stage %s', (stage) => {
  expect(rolesOf(lakes[stage])).toMatchSnapshot();
});

test.each(STAGES)('roles of the dashboard of stage %s', (stage) => {
  expect(rolesOf(withDashboard[stage], (id) => id.startsWith('dashboard/'))).toMatchSnapshot();
});

function rolesOf(lake: Synthesis, isShown = (_id: string): boolean => true): Record<string, string[]> {
  const roles: Record<string, string[]> = {};
  for (const [id, { Type, Properties }] of allResources(lake)) {
    if (!POLICIES.has(Type) || !isShown(id)) continue;
    const { Statement: statements } = Properties?.['PolicyDocument'] as { Statement: Statement[] };
    const lines = statements.flatMap(({ Effect, Action, Resource, Condition }) =>
      list(Action).flatMap((action) =>
        list(Resource).map((resource) => {
          const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
          // A script that changes is another asset, and no other grant.
          const place = readable(resource).replaceAll(/\b[0-9a-f]{64}\b/g, '<hash>');
          return `${Effect} ${String(action)} on ${place}${condition}`;
        }),
      ),
    );
    roles[id.replace(/(DefaultPolicy\w+|[0-9A-F]{8})$/, '')] = lines.sort();
  }
  return roles;
}

test.each(STAGES)('no role of stage %s has an action with a wildcard', (stage) => {
  for (const { Type, Properties } of allResources(withDashboard[stage]).values()) {
    if (Type === 'AWS::IAM::Role') expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    if (!POLICIES.has(Type)) continue;
    const { Statement: statements } = Properties?.['PolicyDocument'] as { Statement: Statement[] };
    for (const { Action } of statements)
      expect(list(Action).filter((action) => String(action).includes('*'))).toEqual([]);
  }
});
