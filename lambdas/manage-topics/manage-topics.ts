import type { NewTopic, TopicAdmin, TopicState } from '../../adapters/kafka-topics.ts';
import { TickerlakeError } from '../../core/errors.ts';

/** The change that brings a topic from what it is to what the template says. */
export type TopicChange =
  | { readonly change: 'create' }
  | {
      readonly change: 'alter';
      readonly partitions?: number;
      readonly config?: Readonly<Record<string, string>>;
    }
  | { readonly change: 'none' };

/**
 * Decides what to do with one topic. The replication factor counts only at creation: Kafka moves replicas by
 * reassignment, which MSK does itself.
 * @throws TickerlakeError TOPIC_PARTITIONS_LOWERED
 */
export function planTopic(wanted: NewTopic, found: TopicState | undefined): TopicChange {
  if (found === undefined) return { change: 'create' };
  if (wanted.partitions < found.partitions) {
    throw new TickerlakeError(
      'TOPIC_PARTITIONS_LOWERED',
      `topic ${wanted.name} has ${found.partitions} partitions and cannot go down to ${wanted.partitions}: ` +
        'Kafka never removes a partition, since its records and the order by key would be lost. ' +
        `Set partitions to ${found.partitions} or more, or name a new topic`,
      { coordinates: { topic: wanted.name } },
    );
  }
  const differs = Object.entries(wanted.config).some(([key, value]) => found.config[key] !== value);
  const grows = wanted.partitions > found.partitions;
  if (!differs && !grows) return { change: 'none' };
  return {
    change: 'alter',
    ...(grows ? { partitions: wanted.partitions } : {}),
    // The whole configuration is replaced at once: what others set on the topic is given again.
    ...(differs ? { config: { ...found.config, ...wanted.config } } : {}),
  };
}

export interface ManageTopicsOptions {
  readonly signal: AbortSignal;
  /** Waits between two looks at a topic that is not there yet. */
  readonly wait: (ms: number) => Promise<void>;
}

const LOOK_AGAIN_MS = 250;

/**
 * Makes the topics what the template says: plans all of them first, so that a refusal changes nothing, then creates,
 * raises and configures, and waits until the brokers describe each one so. Safe to do again. Never deletes.
 * @throws TickerlakeError TOPIC_PARTITIONS_LOWERED, KAFKA_UNAVAILABLE
 */
export async function manageTopics(
  admin: TopicAdmin,
  topics: readonly NewTopic[],
  { signal, wait }: ManageTopicsOptions,
): Promise<ReadonlyMap<string, TopicChange['change']>> {
  const plans: { topic: NewTopic; plan: TopicChange }[] = [];
  for (const topic of topics) plans.push({ topic, plan: planTopic(topic, await admin.describe(topic.name)) });
  for (const { topic, plan } of plans) {
    signal.throwIfAborted();
    await apply(admin, topic, plan);
  }
  for (const { topic, plan } of plans) {
    while (plan.change !== 'none' && !isAsWanted(topic, await admin.describe(topic.name))) {
      signal.throwIfAborted();
      await wait(LOOK_AGAIN_MS);
    }
  }
  return new Map(plans.map(({ topic, plan }) => [topic.name, plan.change]));
}

async function apply(admin: TopicAdmin, topic: NewTopic, plan: TopicChange): Promise<void> {
  if (plan.change === 'create') await admin.create(topic);
  if (plan.change !== 'alter') return;
  if (plan.partitions !== undefined) await admin.raisePartitions(topic.name, plan.partitions);
  if (plan.config !== undefined) await admin.replaceConfig(topic.name, plan.config);
}

function isAsWanted(wanted: NewTopic, found: TopicState | undefined): boolean {
  return found !== undefined && planTopic(wanted, found).change === 'none';
}
