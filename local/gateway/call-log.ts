/** Authorisations so far, and what they say of the policies behind them. */
import { type Decision, evaluate } from './policy/evaluate.ts';
import type { RequestContext } from './policy/glob.ts';
import { managedPolicy } from './policy/managed.ts';
import type { Principal } from './policy/principals.ts';
import type { AccessRequest } from './policy/statements.ts';
import { compilePolicy } from './policy/statements.ts';
import type { CallLog, CallRecord, Role } from './types.ts';

/** Collects records; calls that the same statements decided are one record with a count. */
export class RecordedCalls implements CallLog {
  readonly #records = new Map<string, CallRecord & { count: number }>();

  record(role: string, request: AccessRequest, decision: Decision): void {
    const key = [
      role,
      request.action,
      decision.reason,
      decision.allowedByResourcePolicy,
      ...decision.statements,
    ].join('|');
    const known = this.#records.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#records.set(key, {
      role,
      action: request.action,
      resource: request.resource,
      allowed: decision.allowed,
      statements: decision.statements,
      allowedByResourcePolicy: decision.allowedByResourcePolicy,
      context: Object.fromEntries(request.context),
      count: 1,
    });
  }

  all(): readonly CallRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record }));
  }

  clear(): void {
    this.#records.clear();
  }
}

/** An allow statement of a role and what the recorded calls say of it. */
export interface StatementUse {
  readonly role: string;
  /** `policy/sid` or `policy/#index` */
  readonly statement: string;
  /** `needed`: without it a call that was allowed would be refused. `redundant`: used, but another statement allows the same. */
  readonly use: 'needed' | 'redundant' | 'unused';
  /** Actions that would be refused without it. */
  readonly neededFor: readonly string[];
}

/** Replays the recorded calls against each role with one allow statement removed at a time. Pure. */
export function statementsUsed(calls: readonly CallRecord[], roles: readonly Role[]): StatementUse[] {
  return roles.flatMap((role) => {
    const policies = [...role.policies, ...(role.managedPolicyArns ?? []).map(managedPolicy)];
    const statements = policies.flatMap(({ name, document }) => compilePolicy(name, document, 'identity'));
    const requests = calls.filter((call) => call.role === role.name && call.allowed).map(requestOf);
    return statements
      .filter(({ effect }) => effect === 'Allow')
      .map((removed): StatementUse => {
        const rest = statements.filter((statement) => statement !== removed);
        const used = requests.filter(({ request }) => removed.matches(request));
        const lost = used.filter(
          ({ request, byResource }) => !byResource && !evaluate(request, NOBODY, { identity: rest }).allowed,
        );
        return {
          role: role.name,
          statement: removed.id,
          use: lost.length > 0 ? 'needed' : used.length > 0 ? 'redundant' : 'unused',
          neededFor: [...new Set(lost.map(({ request }) => request.action))].sort(),
        };
      });
  });
}

/** Identity policies do not ask who the principal is: the request's context says so. */
const NOBODY: Principal = { type: 'role', account: '', roleArn: '', sessionArn: '' };

function requestOf(call: CallRecord): { readonly request: AccessRequest; readonly byResource: boolean } {
  const context: RequestContext = new Map(Object.entries(call.context));
  return {
    request: { action: call.action, resource: call.resource, context },
    byResource: call.allowedByResourcePolicy,
  };
}
