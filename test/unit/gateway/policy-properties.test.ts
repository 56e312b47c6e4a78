/** Laws of IAM's evaluation logic: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../../local/gateway/policy/evaluate.ts';
import { compileArn, compileGlob } from '../../../local/gateway/policy/glob.ts';
import type { Principal } from '../../../local/gateway/policy/principals.ts';
import { compilePolicy } from '../../../local/gateway/policy/statements.ts';
import type { PolicyStatement } from '../../../local/gateway/types.ts';

const NOBODY: Principal = {
  type: 'role',
  account: '1',
  roleArn: 'arn:aws:iam::1:role/r',
  sessionArn: 'arn:aws:sts::1:r',
};

const action = fc.constantFrom(
  's3:GetObject',
  's3:PutObject',
  's3:ListBucket',
  'glue:GetTable',
  'sqs:SendMessage',
);
const actionPattern = fc.constantFrom(
  '*',
  's3:*',
  's3:Get*',
  's3:PutObject',
  'glue:Get?able',
  'sqs:SendMessage',
);
const resource = fc.constantFrom(
  'arn:aws:s3:::b',
  'arn:aws:s3:::b/k',
  'arn:aws:s3:::c/k',
  'arn:aws:glue:r:1:catalog',
);
const resourcePattern = fc.constantFrom(
  '*',
  'arn:aws:s3:::b',
  'arn:aws:s3:::b/*',
  'arn:aws:s3:::*',
  'arn:aws:glue:*:*:*',
);
const condition = fc.constantFrom<PolicyStatement['Condition'][]>(
  {},
  { Bool: { 'aws:SecureTransport': 'true' } },
  { Null: { 's3:prefix': 'true' } },
  { StringNotEquals: { 's3:prefix': 'x' } },
);
const statement = (effect: 'Allow' | 'Deny') =>
  fc.record({
    Effect: fc.constant(effect),
    Action: fc.array(actionPattern, { minLength: 1, maxLength: 3 }),
    Resource: fc.array(resourcePattern, { minLength: 1, maxLength: 3 }),
    Condition: condition.map((value) => value ?? {}),
  });
const statements = fc.array(fc.oneof(statement('Allow'), statement('Deny')), { maxLength: 6 });
const context = fc.constantFrom(
  new Map<string, string[]>(),
  new Map([['aws:securetransport', ['true']]]),
  new Map([['s3:prefix', ['x']]]),
);
const request = fc.record({ action, resource, context });

const decide = (policy: readonly PolicyStatement[], asked: Parameters<typeof evaluate>[0]) =>
  evaluate(asked, NOBODY, {
    identity: compilePolicy('p', { Version: '2012-10-17', Statement: policy }, 'identity'),
  });

test('the order of statements decides nothing', () => {
  fc.assert(
    fc.property(statements, request, (policy, asked) => {
      expect(decide([...policy].reverse(), asked).allowed).toBe(decide(policy, asked).allowed);
    }),
  );
});

test('another deny never opens, another allow never closes', () => {
  fc.assert(
    fc.property(statements, statement('Allow'), statement('Deny'), request, (policy, more, less, asked) => {
      const before = decide(policy, asked).allowed;
      if (!before) expect(decide([...policy, less], asked).allowed).toBe(false);
      if (before) expect(decide([...policy, more], asked).allowed).toBe(true);
    }),
  );
});

test('what is allowed is allowed by exactly the statements that are named', () => {
  fc.assert(
    fc.property(statements, request, (policy, asked) => {
      const decision = decide(policy, asked);
      if (!decision.allowed) return;
      const named = new Set(decision.statements.map((id) => Number(id.split('#')[1])));
      expect(
        decide(
          policy.filter((_statement, index) => !named.has(index)),
          asked,
        ).allowed,
      ).toBe(false);
      for (const index of named)
        expect(
          decide(
            policy.filter((_, at) => at === index),
            asked,
          ).allowed,
        ).toBe(true);
    }),
  );
});

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '*', '?', '/', ':', '.', '$', '{', '}', '\n'),
  maxLength: 8,
});

/** The plain recursive meaning of a pattern, to compare with. */
function matches(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  const [head = '', rest] = [pattern[0], pattern.slice(1)];
  if (head === '*') return matches(rest, value) || (value !== '' && matches(pattern, value.slice(1)));
  return value !== '' && (head === '?' || head === value[0]) && matches(rest, value.slice(1));
}

test('wildcards mean what the recursive definition says', () => {
  fc.assert(
    fc.property(text, text, (pattern, value) => {
      expect(compileGlob(pattern, { variables: false })(value, new Map())).toBe(matches(pattern, value));
    }),
    { numRuns: 2000 },
  );
});

test('an ARN pattern never matches across its first five colons', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 4 });
  const arn = fc.tuple(part, part, part, part, part).map((parts) => `arn:${parts.join(':')}`);
  fc.assert(
    fc.property(arn, arn, (pattern, value) => {
      const expected = pattern
        .split(':')
        .every((glob, index) => matches(glob, value.split(':')[index] ?? ''));
      expect(compileArn(pattern)?.(value, new Map())).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});
