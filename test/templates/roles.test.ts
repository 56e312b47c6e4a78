/** What each role may do, in full: a grant that is added or widened shows up here. */
import { expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { allResources, readable, synthesize } from './synthesize.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

test.each(STAGES)('roles of stage %s', (stage) => {
  const roles: Record<string, string[]> = {};
  for (const [id, { Type, Properties }] of allResources(lakes[stage])) {
    if (Type !== 'AWS::IAM::Policy') continue;
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
    roles[id.replace(/DefaultPolicy\w+$/, '')] = lines.sort();
  }
  expect(roles).toMatchSnapshot();
});

test.each(STAGES)('no role of stage %s has an action with a wildcard', (stage) => {
  for (const { Type, Properties } of allResources(lakes[stage]).values()) {
    if (Type === 'AWS::IAM::Role') expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    if (Type !== 'AWS::IAM::Policy') continue;
    const { Statement: statements } = Properties?.['PolicyDocument'] as { Statement: Statement[] };
    for (const { Action } of statements)
      expect(list(Action).filter((action) => String(action).includes('*'))).toEqual([]);
  }
});
