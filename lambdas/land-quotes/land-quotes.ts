/** Lands a Kafka event: each partition on its own, all at once. */
import { TickerlakeError } from '../../core/errors.ts';
import type { DeliveredPartition } from '../../core/kafka-event.ts';
import { topicPartition } from '../../core/layout.ts';
import { type Landing, landPartition, type RawStore } from './land-partition.ts';

/** One partition's outcome. */
export interface PartitionOutcome {
  readonly delivered: DeliveredPartition;
  readonly landing?: Landing;
  readonly error?: unknown;
}

export interface LandingSummary {
  readonly records: number;
  readonly landed: number;
  readonly trimmed: number;
  readonly filled: number;
  readonly bytes: number;
}

/**
 * What ReportBatchItemFailures takes for Kafka.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

export class QuoteLander {
  readonly #store: RawStore;
  readonly #topic: string;
  /** End of each partition's chain as last seen; lives as long as the process, and may be stale. */
  readonly #ends = new Map<string, number>();

  constructor(store: RawStore, topic: string) {
    this.#store = store;
    this.#topic = topic;
  }

  /** Lands every partition; one that fails does not hold up the others. */
  async land(partitions: readonly DeliveredPartition[]): Promise<PartitionOutcome[]> {
    for (const { topic } of partitions) {
      if (topic === this.#topic) continue;
      throw new TickerlakeError(
        'EVENT_MALFORMED',
        `records of topic ${topic} came to the function for ${this.#topic}`,
        {
          hint: 'name only its topic in the event source mapping',
        },
      );
    }
    return Promise.all(partitions.map((delivered) => this.#landOne(delivered)));
  }

  async #landOne(delivered: DeliveredPartition): Promise<PartitionOutcome> {
    const name = `${delivered.logId}/${topicPartition(delivered)}`;
    try {
      const landing = await landPartition(this.#store, delivered, this.#ends.get(name));
      if (landing.end === undefined) this.#ends.delete(name);
      else this.#ends.set(name, landing.end);
      return { delivered, landing };
    } catch (error) {
      this.#ends.delete(name);
      return { delivered, error };
    }
  }
}

export function summarize(outcomes: readonly PartitionOutcome[]): LandingSummary {
  const sum = (figure: (landing: Landing) => number): number =>
    outcomes.reduce((total, { landing }) => total + (landing === undefined ? 0 : figure(landing)), 0);
  return {
    records: outcomes.reduce((total, { delivered }) => total + delivered.records.length, 0),
    landed: sum((landing) => landing.landed),
    trimmed: sum((landing) => landing.trimmed),
    filled: sum((landing) => landing.filled),
    bytes: sum((landing) => landing.bytes),
  };
}

/**
 * The answer to the event source. Where it takes partial answers, a failed partition is named by its first record and
 * everything after it; elsewhere such an answer would count as success, so the first error is thrown and the whole event
 * comes again, which landing tolerates.
 */
export function answer(outcomes: readonly PartitionOutcome[], takesPartial: boolean): KafkaBatchResponse {
  const failed = outcomes.filter(({ landing }) => landing === undefined);
  const [first] = failed;
  if (first === undefined) return { batchItemFailures: [] };
  if (!takesPartial || failed.length === outcomes.length) throw first.error;
  return {
    batchItemFailures: failed.flatMap(({ delivered }) =>
      delivered.records.map(({ offset }) => ({
        itemIdentifier: { partition: topicPartition(delivered), offset },
      })),
    ),
  };
}
