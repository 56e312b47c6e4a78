/**
 * The decision within one account:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
import type { Principal } from './principals.ts';
import type { AccessRequest, CompiledStatement } from './statements.ts';

/**
 * Whether a resource policy only adds to identity policies (buckets, queues), or must itself let the account in
 * (KMS keys, role trust): https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
export type ResourcePolicyRole = 'adds' | 'gates';

export interface Policies {
  readonly identity: readonly CompiledStatement[];
  readonly resource?: readonly CompiledStatement[] | undefined;
  /** @default 'adds' */
  readonly resourceRole?: ResourcePolicyRole;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason:
    | 'identity-allow'
    | 'resource-allow'
    | 'explicit-deny-identity'
    | 'explicit-deny-resource'
    | 'no-identity-allow'
    | 'no-resource-allow';
  /** Identity statements that allow the request, or the one that denies it. */
  readonly statements: readonly string[];
  /** Whether the resource policy alone allows it. */
  readonly allowedByResourcePolicy: boolean;
}

/** An explicit deny anywhere wins; else one allow, from the identity or from the resource, is enough. */
export function evaluate(request: AccessRequest, principal: Principal, policies: Policies): Decision {
  const identity = policies.identity.filter((statement) => statement.matches(request));
  const denied = identity.find(({ effect }) => effect === 'Deny');
  if (denied !== undefined) return refuse('explicit-deny-identity', [denied.id]);
  let byResource: 'direct' | 'account' | 'none' = 'none';
  for (const statement of policies.resource ?? []) {
    const covered = statement.covers(principal);
    if (covered === 'none' || !statement.matches(request)) continue;
    if (statement.effect === 'Deny') return refuse('explicit-deny-resource', [statement.id]);
    if (covered === 'direct') byResource = 'direct';
    else if (byResource === 'none') byResource = 'account';
  }
  const gated = policies.resourceRole === 'gates' && policies.resource !== undefined;
  const statements = identity.map(({ id }) => id);
  const allowedByResourcePolicy = byResource === 'direct';
  if (gated && byResource === 'none') return refuse('no-resource-allow', statements);
  if (statements.length > 0)
    return { allowed: true, reason: 'identity-allow', statements, allowedByResourcePolicy };
  if (allowedByResourcePolicy)
    return { allowed: true, reason: 'resource-allow', statements, allowedByResourcePolicy };
  return refuse(principal.type === 'service' ? 'no-resource-allow' : 'no-identity-allow', []);
}

const refuse = (reason: Decision['reason'], statements: readonly string[]): Decision => ({
  allowed: false,
  reason,
  statements,
  allowedByResourcePolicy: false,
});

const WORDING: Readonly<Record<Decision['reason'], (action: string) => string>> = {
  'identity-allow': () => '',
  'resource-allow': () => '',
  'explicit-deny-identity': () => 'with an explicit deny in an identity-based policy',
  'explicit-deny-resource': () => 'with an explicit deny in a resource-based policy',
  'no-identity-allow': (action) => `because no identity-based policy allows the ${action} action`,
  'no-resource-allow': (action) => `because no resource-based policy allows the ${action} action`,
};

/**
 * AWS's sentence for a refusal:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function refusal(who: string, action: string, resource: string, decision: Decision): string {
  return `User: ${who} is not authorized to perform: ${action} on resource: ${resource} ${WORDING[decision.reason](action)}`;
}
