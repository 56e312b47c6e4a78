/** What the broker decided, as calls of kafka-cluster actions, so that the policies behind its ACLs can be judged like all others. */

import kafkajs from 'kafkajs';
import { KAFKA_ACTIONS, KAFKA_RESOURCE_TYPES, kafkaResourceArn } from './kafka-actions.ts';
import type { CallRecord } from './types.ts';

/** A decision of the broker's authorizer; local/engines reads them from its log. */
export interface BrokerDecision {
  readonly principal: string;
  readonly isAllowed: boolean;
  /** Kafka's name: READ, DESCRIBE_CONFIGS, … */
  readonly operation: string;
  /** Kafka's name: TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID. */
  readonly resourceType: string;
  readonly resourceName: string;
}

const plain = (name: string): string => name.replaceAll(/[^A-Za-z]/g, '').toUpperCase();

/** Kafka operation and resource type -> kafka-cluster action. */
const BY_DECISION = new Map(
  Object.entries(KAFKA_ACTIONS).flatMap(([action, { kind, operation }]) => {
    const operationName = nameIn(kafkajs.AclOperationTypes, operation);
    const typeName = nameIn(kafkajs.AclResourceTypes, KAFKA_RESOURCE_TYPES[kind]);
    return operationName === undefined || typeName === undefined
      ? []
      : [[`${plain(operationName)} ${plain(typeName)}`, action] as const];
  }),
);

function nameIn(table: object, value: number | undefined): string | undefined {
  return Object.entries(table).find(([, number]) => number === value)?.[0];
}

/**
 * Records of the actions that MSK would have asked for: the decided one, and those that it requires on the same resource and on
 * the cluster. Pure. Decisions on what no kafka-cluster action stands for are left out.
 */
export function kafkaCalls(decisions: readonly BrokerDecision[], clusterArn: string): CallRecord[] {
  const records = new Map<string, CallRecord>();
  for (const { principal, isAllowed, operation, resourceType, resourceName } of decisions) {
    const action = BY_DECISION.get(`${plain(operation)} ${plain(resourceType)}`);
    if (action === undefined) continue;
    const { kind, requires } = KAFKA_ACTIONS[action] ?? { kind: 'cluster', requires: [] };
    // Another kind of resource that is required, a group for ReadData, has its own decision where it is used.
    const beside = requires.filter((other) => [kind, 'cluster'].includes(KAFKA_ACTIONS[other]?.kind ?? ''));
    for (const name of isAllowed ? [action, ...beside] : [action]) {
      const resource = kafkaResourceArn(KAFKA_ACTIONS[name]?.kind ?? 'cluster', resourceName, clusterArn);
      const key = [principal, name, resource, isAllowed].join(' ');
      const count = (records.get(key)?.count ?? 0) + 1;
      records.set(key, {
        role: principal,
        action: `kafka-cluster:${name}`,
        resource,
        allowed: isAllowed,
        statements: [],
        allowedByResourcePolicy: false,
        context: {},
        count,
      });
    }
  }
  return [...records.values()];
}
