/** Actions that roles are allowed and that no recorded call needed, against gates/unused-statements.json. */
import { statementsUsed } from '../../local/gateway/call-log.ts';
import type { CallRecord, PolicyStatement, Role } from '../../local/gateway/index.ts';

/** Actions that a role has and no local run needs, and why it has them nevertheless. */
export interface Excuse {
  readonly roles: readonly string[];
  readonly actions: readonly string[];
  readonly reason: string;
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : ([value].flat() as readonly T[]);

/** The role with each of its statements taken apart into one for each action. */
export function byAction(role: Role): Role {
  const policies = role.policies.map(({ name, document }) => {
    const Statement = listOf<PolicyStatement>(document.Statement).flatMap((statement, index) =>
      listOf(statement.Action).map((Action) => ({ ...statement, Action, Sid: `${index} ${Action}` })),
    );
    return { name, document: { ...document, Statement } };
  });
  return { ...role, policies };
}

/** `role action` of everything that is allowed and could be taken away without a recorded call being denied. */
export function unneededActions(recorded: readonly CallRecord[], among: readonly Role[]): string[] {
  return statementsUsed(recorded, among.map(byAction))
    .filter(({ use }) => use !== 'needed')
    .map(({ role, statement }) => `${role} ${statement.slice(statement.indexOf(' ') + 1)}`)
    .toSorted();
}

/** `role action` of each excuse. */
export function excusedActions(excuses: readonly Excuse[]): string[] {
  return excuses
    .flatMap(({ roles, actions }) => roles.flatMap((role) => actions.map((action) => `${role} ${action}`)))
    .toSorted();
}
