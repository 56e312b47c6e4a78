/** How a consumer of a Kafka event source says what it has not done. */
import type { DeliveredPartition } from './kafka-event.ts';
import { topicPartition } from './layout.ts';

/**
 * What ReportBatchItemFailures takes for Kafka: the first failed record of a partition and everything after it.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/** What became of one partition's records. */
export interface ConsumedPartition {
  readonly delivered: DeliveredPartition;
  /** Present unless all of them are done: those before `fromOffset` are. */
  readonly failure?: { readonly error: unknown; readonly fromOffset: number };
}

/**
 * The answer to the event source. Where it takes partial answers, what is not done is named; elsewhere such an answer would
 * count as success, so the first error is thrown and the whole event comes again. It is thrown, too, where nothing is done:
 * a failure for all to see.
 * @throws the first partition's error
 */
export function answerBatch(
  partitions: readonly ConsumedPartition[],
  takesPartial: boolean,
): KafkaBatchResponse {
  const failed = partitions.flatMap(({ delivered, failure }) =>
    failure === undefined ? [] : [{ delivered, ...failure }],
  );
  const [first] = failed;
  if (first === undefined) return { batchItemFailures: [] };
  const isNothingDone =
    failed.length === partitions.length &&
    failed.every(({ delivered, fromOffset }) => fromOffset <= (delivered.records[0]?.offset ?? fromOffset));
  if (!takesPartial || isNothingDone) throw first.error;
  return {
    batchItemFailures: failed.flatMap(({ delivered, fromOffset }) =>
      delivered.records
        .filter(({ offset }) => offset >= fromOffset)
        .map(({ offset }) => ({ itemIdentifier: { partition: topicPartition(delivered), offset } })),
    ),
  };
}
