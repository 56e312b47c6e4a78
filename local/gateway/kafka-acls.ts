/**
 * A role's kafka-cluster statements as ACLs of the broker. Pure.
 *
 * MSK wants every action's required actions granted beside it, where Kafka lets READ and WRITE imply DESCRIBE. So an action
 * becomes an ACL only when the role has what it requires, and a role that lacks one fails here as it would on MSK.
 */
import kafkajs, { type AclEntry } from 'kafkajs';
import {
  KAFKA_ACTIONS,
  KAFKA_RESOURCE_TYPES,
  type KafkaResourceKind,
  kafkaResourceArn,
} from './kafka-actions.ts';
import { UnmodelledPolicyError } from './policy/conditions.ts';
import { compileGlob } from './policy/glob.ts';
import { listOf } from './policy/one-or-many.ts';
import type { PolicyStatement, Role } from './types.ts';

const { ALLOW, DENY } = kafkajs.AclPermissionTypes;
const { LITERAL, PREFIXED } = kafkajs.ResourcePatternTypes;

/** One action on one pattern of names (`*` for a cluster's). */
interface Grant {
  readonly action: string;
  readonly effect: 'Allow' | 'Deny';
  readonly name: string;
}

/**
 * The ACLs that make the broker treat the role as its kafka-cluster statements say. Throws UnmodelledPolicyError, naming the
 * statement, where one cannot be an ACL: a condition, NotAction, NotResource, or a wildcard that is neither whole nor last.
 */
export function aclsForRole(role: Role, clusterArn: string): AclEntry[] {
  const grants = role.policies.flatMap(({ name, document }) =>
    listOf(document.Statement).flatMap((statement, index) => {
      const id = `${name}/${statement.Sid ?? `#${index}`}`;
      return grantsOf(id, statement, clusterArn);
    }),
  );
  const allowed = grants.filter(({ effect }) => effect === 'Allow');
  const entries = grants
    .filter((grant) => grant.effect === 'Deny' || hasRequired(grant, allowed))
    .flatMap((grant) => entryOf(grant, role.name) ?? []);
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}

function grantsOf(id: string, statement: PolicyStatement, clusterArn: string): Grant[] {
  const patterns = listOf(statement.Action);
  const actions = Object.keys(KAFKA_ACTIONS).filter((action) =>
    patterns.some((pattern) =>
      compileGlob(pattern, { ignoreCase: true, variables: false })(`kafka-cluster:${action}`, new Map()),
    ),
  );
  const wide = listOf(statement.NotAction).length > 0 && statement.Effect === 'Allow';
  if (actions.length === 0 && !wide) return [];
  if (wide || statement.NotResource !== undefined || statement.Condition !== undefined)
    throw new UnmodelledPolicyError(
      `policy statement ${id}: kafka-cluster actions with NotAction, NotResource or a condition cannot be Kafka ACLs`,
    );
  const resources = listOf(statement.Resource);
  return actions.flatMap((action) =>
    resources
      .flatMap((resource) => namesCovered(resource, KAFKA_ACTIONS[action]?.kind ?? 'cluster', clusterArn))
      .map((name) => ({ action, effect: statement.Effect, name })),
  );
}

/**
 * What a resource pattern says of the names under this cluster, as patterns of names. ARNs:
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html#msk-iam-resources
 * `cluster/<name>/<uuid>`, `topic/<name>/<uuid>/<topic>`, `group/<name>/<uuid>/<group>`.
 */
function namesCovered(pattern: string, kind: KafkaResourceKind, clusterArn: string): string[] {
  if (pattern === '*') return ['*'];
  if (kind === 'cluster') return compileGlob(pattern)(clusterArn, new Map()) ? ['*'] : [];
  const rests = derivatives(pattern, kafkaResourceArn(kind, '', clusterArn));
  if (rests.includes('*')) return ['*'];
  // Names hold no slash, so a pattern that still wants one matches none of them.
  return rests.filter((rest) => rest !== '' && !rest.includes('/'));
}

/** What is left of a wildcard pattern once it has matched a text: every suffix that may go on from there. */
function derivatives(pattern: string, text: string): string[] {
  const skipStars = (positions: ReadonlySet<number>): Set<number> => {
    const all = new Set(positions);
    for (const at of all) if (pattern[at] === '*') all.add(at + 1);
    return all;
  };
  let positions = skipStars(new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const at of positions) {
      const symbol = pattern[at];
      if (symbol === '*') next.add(at);
      else if (symbol === '?' || symbol === character) next.add(at + 1);
    }
    positions = skipStars(next);
  }
  return [...positions].map((at) => pattern.slice(at));
}

function hasRequired({ action, name }: Grant, allowed: readonly Grant[]): boolean {
  const { kind, requires } = KAFKA_ACTIONS[action] ?? { kind: 'cluster', requires: [] };
  return requires.every((required) =>
    allowed.some(
      (grant) =>
        grant.action === required && (KAFKA_ACTIONS[required]?.kind !== kind || covers(grant.name, name)),
    ),
  );
}

/** Whether every name of the second pattern is one of the first; both end in their only wildcard, if they have one. */
function covers(wide: string, narrow: string): boolean {
  return wide.endsWith('*') ? narrow.startsWith(wide.slice(0, -1)) : wide === narrow;
}

function entryOf({ action, effect, name }: Grant, roleName: string): AclEntry | undefined {
  const { kind, operation } = KAFKA_ACTIONS[action] ?? {};
  if (kind === undefined || operation === undefined) return undefined;
  const isPrefix = kind !== 'cluster' && name !== '*' && name.endsWith('*');
  const plain = isPrefix ? name.slice(0, -1) : name;
  if (plain !== '*' && /[*?]/.test(plain))
    throw new UnmodelledPolicyError(
      `role ${roleName}: kafka-cluster:${action} on ${name} cannot be a Kafka ACL: only a whole name, a prefix or * can`,
    );
  return {
    principal: `User:${roleName}`,
    host: '*',
    permissionType: effect === 'Allow' ? ALLOW : DENY,
    operation,
    resourceType: KAFKA_RESOURCE_TYPES[kind],
    resourceName: kind === 'cluster' ? 'kafka-cluster' : plain,
    resourcePatternType: isPrefix ? PREFIXED : LITERAL,
  };
}
