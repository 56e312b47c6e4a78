/**
 * A role's kafka-cluster statements as ACLs of the broker. Pure.
 *
 * The table is MSK's own account of its actions, each "equivalent to Apache Kafka's … ACL":
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html#kafka-actions-table
 *
 * MSK wants every action's required actions granted beside it, where Kafka lets READ and WRITE imply DESCRIBE. So an action
 * becomes an ACL only when the role has what it requires, and a role that lacks one fails here as it would on MSK.
 */
import kafkajs, { type AclEntry, type AclOperationTypes, type AclResourceTypes } from 'kafkajs';
import { UnmodelledPolicyError } from './policy/conditions.ts';
import { compileGlob } from './policy/glob.ts';
import { listOf } from './policy/one-or-many.ts';
import type { PolicyStatement, Role } from './types.ts';

type ResourceKind = 'cluster' | 'topic' | 'group' | 'transactional-id';

interface KafkaAction {
  readonly kind: ResourceKind;
  /** None for Connect: the listener decides on it when the token is verified. */
  readonly operation?: AclOperationTypes;
  /** Actions that must be granted as well: on the same resource if of the same kind, else on any of theirs. */
  readonly requires: readonly string[];
}

const { ALTER, ALTER_CONFIGS, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS, IDEMPOTENT_WRITE, READ, WRITE } =
  kafkajs.AclOperationTypes;
const { ALLOW, DENY } = kafkajs.AclPermissionTypes;
const { LITERAL, PREFIXED } = kafkajs.ResourcePatternTypes;

const ACTIONS: Readonly<Record<string, KafkaAction>> = {
  Connect: { kind: 'cluster', requires: [] },
  DescribeCluster: { kind: 'cluster', operation: DESCRIBE, requires: ['Connect'] },
  AlterCluster: { kind: 'cluster', operation: ALTER, requires: ['Connect', 'DescribeCluster'] },
  DescribeClusterDynamicConfiguration: {
    kind: 'cluster',
    operation: DESCRIBE_CONFIGS,
    requires: ['Connect'],
  },
  AlterClusterDynamicConfiguration: {
    kind: 'cluster',
    operation: ALTER_CONFIGS,
    requires: ['Connect', 'DescribeClusterDynamicConfiguration'],
  },
  WriteDataIdempotently: { kind: 'cluster', operation: IDEMPOTENT_WRITE, requires: ['Connect', 'WriteData'] },
  CreateTopic: { kind: 'topic', operation: CREATE, requires: ['Connect'] },
  DescribeTopic: { kind: 'topic', operation: DESCRIBE, requires: ['Connect'] },
  AlterTopic: { kind: 'topic', operation: ALTER, requires: ['Connect', 'DescribeTopic'] },
  DeleteTopic: { kind: 'topic', operation: DELETE, requires: ['Connect', 'DescribeTopic'] },
  DescribeTopicDynamicConfiguration: { kind: 'topic', operation: DESCRIBE_CONFIGS, requires: ['Connect'] },
  AlterTopicDynamicConfiguration: {
    kind: 'topic',
    operation: ALTER_CONFIGS,
    requires: ['Connect', 'DescribeTopicDynamicConfiguration'],
  },
  ReadData: { kind: 'topic', operation: READ, requires: ['Connect', 'DescribeTopic', 'AlterGroup'] },
  WriteData: { kind: 'topic', operation: WRITE, requires: ['Connect', 'DescribeTopic'] },
  DescribeGroup: { kind: 'group', operation: DESCRIBE, requires: ['Connect'] },
  // MSK: "join groups on a cluster, equivalent to Apache Kafka's READ GROUP ACL".
  AlterGroup: { kind: 'group', operation: READ, requires: ['Connect', 'DescribeGroup'] },
  DeleteGroup: { kind: 'group', operation: DELETE, requires: ['Connect', 'DescribeGroup'] },
  DescribeTransactionalId: { kind: 'transactional-id', operation: DESCRIBE, requires: ['Connect'] },
  AlterTransactionalId: {
    kind: 'transactional-id',
    operation: WRITE,
    requires: ['Connect', 'DescribeTransactionalId', 'WriteData'],
  },
};

const RESOURCE_TYPES: Readonly<Record<ResourceKind, AclResourceTypes>> = {
  cluster: kafkajs.AclResourceTypes.CLUSTER,
  topic: kafkajs.AclResourceTypes.TOPIC,
  group: kafkajs.AclResourceTypes.GROUP,
  'transactional-id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
};

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
  const actions = Object.keys(ACTIONS).filter((action) =>
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
      .flatMap((resource) => namesCovered(resource, ACTIONS[action]?.kind ?? 'cluster', clusterArn))
      .map((name) => ({ action, effect: statement.Effect, name })),
  );
}

/**
 * What a resource pattern says of the names under this cluster, as patterns of names. ARNs:
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html#msk-iam-resources
 * `cluster/<name>/<uuid>`, `topic/<name>/<uuid>/<topic>`, `group/<name>/<uuid>/<group>`.
 */
function namesCovered(pattern: string, kind: ResourceKind, clusterArn: string): string[] {
  if (pattern === '*') return ['*'];
  if (kind === 'cluster') return compileGlob(pattern)(clusterArn, new Map()) ? ['*'] : [];
  const rests = derivatives(pattern, `${clusterArn.replace(':cluster/', `:${kind}/`)}/`);
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
  const { kind, requires } = ACTIONS[action] ?? { kind: 'cluster', requires: [] };
  return requires.every((required) =>
    allowed.some(
      (grant) => grant.action === required && (ACTIONS[required]?.kind !== kind || covers(grant.name, name)),
    ),
  );
}

/** Whether every name of the second pattern is one of the first; both end in their only wildcard, if they have one. */
function covers(wide: string, narrow: string): boolean {
  return wide.endsWith('*') ? narrow.startsWith(wide.slice(0, -1)) : wide === narrow;
}

function entryOf({ action, effect, name }: Grant, roleName: string): AclEntry | undefined {
  const { kind, operation } = ACTIONS[action] ?? {};
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
    resourceType: RESOURCE_TYPES[kind],
    resourceName: kind === 'cluster' ? 'kafka-cluster' : plain,
    resourcePatternType: isPrefix ? PREFIXED : LITERAL,
  };
}
