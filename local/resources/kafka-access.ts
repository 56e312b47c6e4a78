/** The cluster behind the templates: one real broker, its topics, and the roles' rights on it as its ACLs. */

import { setTimeout as delay } from 'node:timers/promises';
import type { AclEntry, Admin } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { TickerlakeError } from '../../core/errors.ts';
import type { Role } from '../gateway/index.ts';

/** The running broker, as the engine gives it. */
export interface KafkaBroker {
  /** The broker's own id, 16 bytes in base64url. */
  readonly clusterId: string;
  /** Plain listener whose user may do everything: the runner's own. */
  readonly bootstrapAdmin: string;
  /** TLS listener that takes IAM tokens. */
  readonly bootstrapIam: string;
  /** PEM file of its certificate authority. */
  readonly caFile: string;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** How long the broker may take to know a topic that its controller made. */
const TOPIC_TIMEOUT_MS = 15_000;
const TOPIC_POLL_MS = 20;

/** The broker's ACLs that a role's kafka-cluster statements on a cluster mean. */
export type AclsFor = (role: Role, clusterArn: string) => readonly AclEntry[];

export class KafkaAccess {
  readonly broker: Promise<KafkaBroker>;
  private readonly roles: () => readonly Role[];
  private readonly aclsFor: AclsFor;
  private clusterArn: string | undefined;
  private connection: Promise<Admin> | undefined;

  constructor(broker: Promise<KafkaBroker>, roles: () => readonly Role[], aclsFor: AclsFor) {
    this.broker = broker;
    this.roles = roles;
    this.aclsFor = aclsFor;
  }

  /** ARN of the cluster that the templates define, once it is provisioned. */
  get arn(): string | undefined {
    return this.clusterArn;
  }

  /** Takes the broker as the cluster of this ARN and gives the roles known so far their rights. */
  async adopt(clusterArn: string): Promise<void> {
    if (this.clusterArn !== undefined) {
      throw new TickerlakeError(
        'RESOURCE_FAILED',
        `a second Kafka cluster, ${clusterArn}, beside ${this.clusterArn}`,
        {
          hint: 'the runner has one broker: point both at one cluster, or extend local/resources/kafka-access.ts',
        },
      );
    }
    this.clusterArn = clusterArn;
    for (const role of this.roles()) await this.grant(role);
  }

  /** Makes the role's kafka-cluster statements ACLs of the broker. ACLs only grow: roles do not shrink while a lake starts. */
  async grant(role: Role): Promise<void> {
    if (this.clusterArn === undefined) return;
    const acl = this.aclsFor(role, this.clusterArn);
    if (acl.length > 0) await (await this.admin()).createAcls({ acl: [...acl] });
  }

  /** Creates the topic if it is not there, and waits until the broker knows it. One broker holds one replica. */
  async createTopic({ name, partitions, config }: TopicSpec): Promise<void> {
    const admin = await this.admin();
    await admin.createTopics({
      // It gives up on a broker that has not heard of the topic yet, as happens where several are made at once.
      waitForLeaders: false,
      topics: [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor: 1,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    const deadline = performance.now() + TOPIC_TIMEOUT_MS;
    while (!(await admin.listTopics()).includes(name)) {
      if (performance.now() > deadline) {
        throw new TickerlakeError('KAFKA_UNAVAILABLE', `the broker made topic ${name} and does not know it`, {
          hint: 'see the broker’s log in the state folder, and try again',
        });
      }
      await delay(TOPIC_POLL_MS);
    }
  }

  /** How many records the group has still to process in the partition where it is furthest behind. */
  async lagOf(topic: string, groupId: string, fromBeginning: boolean): Promise<number> {
    const admin = await this.admin();
    const [ends, [group]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const lags = ends.map(({ partition, low, high }) => {
      const begin = Number(fromBeginning ? low : high);
      const next = committed.get(partition) ?? -1;
      // Below 0 nothing is committed; what has expired cannot be processed any more.
      return Number(high) - (next < 0 ? begin : Math.max(next, Number(low)));
    });
    return Math.max(0, ...lags);
  }

  async stop(): Promise<void> {
    await (await this.connection)?.disconnect();
  }

  private admin(): Promise<Admin> {
    this.connection ??= this.connect();
    return this.connection;
  }

  private async connect(): Promise<Admin> {
    const { bootstrapAdmin } = await this.broker;
    const kafka = new Kafka({
      clientId: 'runner',
      brokers: bootstrapAdmin.split(','),
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }
}

/** The uuid part of the cluster's ARN: wiped broker data has another id, hence is another log. */
export function clusterUuid(clusterId: string): string {
  const hex = Buffer.from(clusterId, 'base64url').toString('hex').padEnd(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
