/** Lands a Kafka event: each partition on its own, all at once. */
import { answerBatch, type KafkaBatchResponse } from '../../core/kafka-batch-response.ts';
import { type DeliveredPartition, requireTopic } from '../../core/kafka-event.ts';
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
    requireTopic(partitions, this.#topic);
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

/** The answer to the event source: a failed partition has not landed from its first record on. */
export function answer(outcomes: readonly PartitionOutcome[], takesPartial: boolean): KafkaBatchResponse {
  const partitions = outcomes.map(({ delivered, landing, error }) => {
    if (landing !== undefined) return { delivered };
    return { delivered, failure: { error, fromOffset: delivered.records[0]?.offset ?? 0 } };
  });
  return answerBatch(partitions, takesPartial);
}
