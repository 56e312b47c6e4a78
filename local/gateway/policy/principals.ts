/** Principals: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
import type { PolicyStatement } from '../types.ts';
import { UnmodelledPolicyError } from './conditions.ts';
import { listOf } from './one-or-many.ts';

/** Who asks. */
export type Principal =
  | { readonly type: 'role'; readonly account: string; readonly roleArn: string; readonly sessionArn: string }
  | { readonly type: 'service'; readonly service: string };

/**
 * `direct`: the statement names the caller. `account`: it names the caller's account, which for an Allow only hands the decision
 * to that account's identity policies.
 */
export type PrincipalMatch = 'direct' | 'account' | 'none';

type Principals = NonNullable<PolicyStatement['Principal']>;

/** Compiles Principal or NotPrincipal of a resource or trust policy; exactly one must be there. */
export function compilePrincipals(statement: PolicyStatement): (principal: Principal) => PrincipalMatch {
  const { Principal: named, NotPrincipal: excluded } = statement;
  if (named !== undefined && excluded === undefined) return (principal) => match(named, principal);
  if (excluded !== undefined && named === undefined)
    return (principal) => (match(excluded, principal) === 'none' ? 'direct' : 'none');
  throw new UnmodelledPolicyError('exactly one of Principal and NotPrincipal is needed');
}

function match(principals: Principals, principal: Principal): PrincipalMatch {
  if (principals === '*') return 'direct';
  let best: PrincipalMatch = 'none';
  for (const [type, names] of Object.entries(principals))
    for (const name of listOf(names)) {
      const found = matchOne(type, name, principal);
      if (found === 'direct') return 'direct';
      if (found === 'account') best = 'account';
    }
  return best;
}

function matchOne(type: string, name: string, principal: Principal): PrincipalMatch {
  if (type === 'Service')
    return principal.type === 'service' && principal.service === name ? 'direct' : 'none';
  if (type !== 'AWS' || principal.type !== 'role') return 'none';
  if (name === '*' || name === principal.roleArn || name === principal.sessionArn) return 'direct';
  const root =
    name === principal.account || /^arn:[^:]+:iam::(\d+):root$/.exec(name)?.[1] === principal.account;
  return root ? 'account' : 'none';
}
