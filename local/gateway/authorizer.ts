/** Decides on permissions: the caller's policies, the resource's, and the record of it. */
import type { Permission, PermissionContext } from './actions/call.ts';
import { RecordedCalls } from './call-log.ts';
import type { Caller, Identities } from './identity.ts';
import { type Decision, evaluate, type ResourcePolicyRole, refusal } from './policy/evaluate.ts';
import type { Principal } from './policy/principals.ts';
import type { AccessRequest, CompiledStatement } from './policy/statements.ts';
import { compilePolicy } from './policy/statements.ts';
import type { PolicyDocument } from './types.ts';

/** What of the HTTP request its condition keys come from. */
export interface RequestFacts {
  readonly userAgent: string | undefined;
  readonly sourceIp: string | undefined;
}

/** The default key policy: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
const keyPolicyOf = (account: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  },
});

export class Authorizer {
  readonly calls = new RecordedCalls();
  readonly #identities: Identities;
  readonly #account: string;
  readonly #region: string;
  readonly #defaultKeyPolicy: readonly CompiledStatement[];
  /** Resource policies by bucket, queue or key ARN. */
  readonly #policies = new Map<string, readonly CompiledStatement[]>();

  constructor(identities: Identities, account: string, region: string) {
    this.#identities = identities;
    this.#account = account;
    this.#region = region;
    this.#defaultKeyPolicy = compilePolicy('default key policy', keyPolicyOf(account), 'resource');
  }

  putPolicy(resourceArn: string, document: PolicyDocument | undefined): void {
    if (document === undefined) this.#policies.delete(resourceArn);
    else {
      const name = `policy of ${resourceArn.split(':').slice(5).join(':')}`;
      this.#policies.set(resourceArn, compilePolicy(name, document, 'resource'));
    }
  }

  /** Decides for a caller and records it. The sentence is AWS's for a refusal, undefined when it is allowed. */
  decide(caller: Caller, permission: Permission, facts: RequestFacts): string | undefined {
    const context = this.#callerContext(caller, facts);
    const decision = this.#evaluate(
      caller.principal,
      this.#identities.statementsOf(caller),
      permission,
      context,
    );
    this.calls.record(caller.role, { ...permission, context }, decision);
    return decision.allowed ? undefined : this.#sentence(caller.arn, permission, decision);
  }

  /** Decides for an AWS service that acts for a resource of the account, such as an EventBridge rule. */
  decideForService(service: string, sourceArn: string, permission: Permission): string | undefined {
    const context = new Map<string, readonly string[]>([
      ...this.#commonContext(),
      ['aws:principalisawsservice', ['true']],
      ['aws:principalservicename', [service]],
      ['aws:sourcearn', [sourceArn]],
      ['aws:sourceaccount', [this.#account]],
    ]);
    const decision = this.#evaluate({ type: 'service', service }, [], permission, context);
    this.calls.record(service, { ...permission, context }, decision);
    return decision.allowed ? undefined : this.#sentence(service, permission, decision);
  }

  /** Whether the trust policy of a role lets the caller assume it. */
  decideTrust(
    caller: Caller,
    trust: readonly CompiledStatement[],
    permission: Permission,
    facts: RequestFacts,
  ): string | undefined {
    const context = this.#callerContext(caller, facts);
    addContext(context, permission.context);
    const decision = evaluate({ ...permission, context }, caller.principal, {
      identity: this.#identities.statementsOf(caller),
      resource: trust,
      resourceRole: 'gates',
    });
    this.calls.record(caller.role, { ...permission, context }, decision);
    return decision.allowed ? undefined : this.#sentence(caller.arn, permission, decision);
  }

  #evaluate(
    principal: Principal,
    identity: readonly CompiledStatement[],
    permission: Permission,
    context: Map<string, readonly string[]>,
  ): Decision {
    addContext(context, permission.context);
    const request: AccessRequest = { action: permission.action, resource: permission.resource, context };
    const { resource, resourceRole } = this.#policyOf(permission.resource);
    return evaluate(request, principal, { identity, resource, resourceRole });
  }

  /** An object's policy is its bucket's. */
  #policyOf(arn: string): {
    resource: readonly CompiledStatement[] | undefined;
    resourceRole: ResourcePolicyRole;
  } {
    if (arn.startsWith('arn:aws:kms:'))
      return { resource: this.#policies.get(arn) ?? this.#defaultKeyPolicy, resourceRole: 'gates' };
    const slash = arn.startsWith('arn:aws:s3:') ? arn.indexOf('/') : -1;
    return { resource: this.#policies.get(slash === -1 ? arn : arn.slice(0, slash)), resourceRole: 'adds' };
  }

  #callerContext(caller: Caller, facts: RequestFacts): Map<string, readonly string[]> {
    const context = new Map<string, readonly string[]>([
      ...this.#commonContext(),
      ['aws:principalaccount', [this.#account]],
      ['aws:principalarn', [caller.roleArn]],
      ['aws:principalisawsservice', ['false']],
      ['aws:principaltype', ['AssumedRole']],
      ['aws:userid', [caller.userId]],
    ]);
    if (facts.userAgent !== undefined) context.set('aws:useragent', [facts.userAgent]);
    if (facts.sourceIp !== undefined) context.set('aws:sourceip', [facts.sourceIp]);
    return context;
  }

  /** aws:SecureTransport is true: the loopback endpoint stands in for the TLS endpoint that AWS clients use. */
  #commonContext(): [string, readonly string[]][] {
    const now = Date.now();
    return [
      ['aws:currenttime', [new Date(now).toISOString()]],
      ['aws:epochtime', [String(Math.floor(now / 1000))]],
      ['aws:requestedregion', [this.#region]],
      ['aws:resourceaccount', [this.#account]],
      ['aws:securetransport', ['true']],
      ['aws:viaawsservice', ['false']],
    ];
  }

  #sentence(who: string, { action, resource }: Permission, decision: Decision): string {
    return refusal(who, action, action.startsWith('s3:') ? `"${resource}"` : resource, decision);
  }
}

function addContext(context: Map<string, readonly string[]>, extra: PermissionContext | undefined): void {
  for (const key in extra) {
    const value = extra[key];
    if (value !== undefined) context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
}
