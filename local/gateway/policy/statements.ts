/** Policy documents, checked and made ready to be matched against requests. */
import type { OneOrMany, PolicyDocument, PolicyStatement } from '../types.ts';
import type { Condition } from './conditions.ts';
import { compileConditions, UnmodelledPolicyError } from './conditions.ts';
import type { Matcher, RequestContext } from './glob.ts';
import { compileArn, compileGlob, variablesOf } from './glob.ts';
import { isModelledKey } from './keys.ts';
import { listOf } from './one-or-many.ts';
import type { Principal, PrincipalMatch } from './principals.ts';
import { compilePrincipals } from './principals.ts';

/** What is asked: one action on one resource (`*` for an action that has none), with the request's condition keys. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

export interface CompiledStatement {
  /** `policy/sid`, or `policy/#index` for a statement without a Sid. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  /** Whether action, resource and conditions fit. */
  matches(request: AccessRequest): boolean;
  /** How the statement's Principal covers the caller; `direct` where the document is an identity policy. */
  covers(principal: Principal): PrincipalMatch;
}

export type PolicyKind = 'identity' | 'resource' | 'trust';

/** Compiles a document. Throws UnmodelledPolicyError with the policy's name, the statement and what is wrong with it. */
export function compilePolicy(name: string, document: PolicyDocument, kind: PolicyKind): CompiledStatement[] {
  const variables = document.Version === '2012-10-17';
  return listOf(document.Statement).map((statement, index) => {
    const id = `${name}/${statement.Sid ?? `#${index}`}`;
    try {
      return compileStatement(id, statement, kind, variables);
    } catch (error) {
      if (!(error instanceof UnmodelledPolicyError)) throw error;
      throw new UnmodelledPolicyError(`policy statement ${id}: ${error.message}`, { cause: error });
    }
  });
}

function compileStatement(
  id: string,
  statement: PolicyStatement,
  kind: PolicyKind,
  variables: boolean,
): CompiledStatement {
  const effect: string = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new UnmodelledPolicyError(`Effect ${effect} is neither Allow nor Deny`);
  const fitsAction = oneOf('Action', statement.Action, statement.NotAction, (pattern) =>
    // Action names ignore case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    compileGlob(pattern, { ignoreCase: true, variables: false }),
  );
  const fitsResource =
    kind === 'trust'
      ? (): boolean => true
      : oneOf('Resource', statement.Resource, statement.NotResource, (pattern) =>
          resource(pattern, variables),
        );
  const conditions: readonly Condition[] = compileConditions(statement.Condition ?? {}, variables);
  const covers = kind === 'identity' ? (): PrincipalMatch => 'direct' : compilePrincipals(statement);
  return {
    id,
    effect,
    matches: ({ action, resource: arn, context }) =>
      fitsAction(action, context) &&
      fitsResource(arn, context) &&
      conditions.every((condition) => condition(context)),
    covers,
  };
}

function resource(pattern: string, variables: boolean): Matcher {
  for (const variable of variables ? variablesOf(pattern) : [])
    if (!isModelledKey(variable))
      throw new UnmodelledPolicyError(`policy variable ${variable} is not modelled by the local gateway`);
  const matcher = compileArn(pattern, { variables });
  if (matcher === undefined)
    throw new UnmodelledPolicyError(`resource ${pattern} must be in ARN format or "*"`);
  return matcher;
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two. */
function oneOf(
  element: string,
  included: OneOrMany<string> | undefined,
  excluded: OneOrMany<string> | undefined,
  compile: (pattern: string) => Matcher,
): Matcher {
  if ((included === undefined) === (excluded === undefined))
    throw new UnmodelledPolicyError(`exactly one of ${element} and Not${element} is needed`);
  const matchers = listOf(included ?? excluded).map(compile);
  const any: Matcher = (value, context) => matchers.some((matches) => matches(value, context));
  return included === undefined ? (value, context) => !any(value, context) : any;
}
