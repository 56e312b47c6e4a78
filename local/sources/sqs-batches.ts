/**
 * Decisions of an SQS event source mapping.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { readPartialResponse } from './partial-response.ts';

/** Messages to delete after the function returned; the others come back when their visibility time-out ends. */
export function succeededMessages(
  messageIds: readonly string[],
  payload: Buffer,
  reportBatchItemFailures: boolean,
): readonly string[] {
  if (!reportBatchItemFailures) return messageIds;
  const response = readPartialResponse(payload);
  if (response.kind === 'success') return messageIds;
  if (response.kind === 'malformed') return [];
  const failed = new Set(response.identifiers);
  // An identifier that names no message of the batch: Lambda takes the whole batch as failed.
  if ([...failed].some((identifier) => !messageIds.includes(identifier as string))) return [];
  return messageIds.filter((id) => !failed.has(id));
}

/** `{"Records":[]}` */
const ENVELOPE_BYTES = 14;

/** Cuts records into events below the payload limit, in their order; a record that passes it goes alone. */
export function cutBatches<T extends { readonly json: string }>(
  records: readonly T[],
  maxBytes: number,
): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = Buffer.byteLength(record.json) + 1;
    if (bytes > room) {
      batches.push([]);
      room = maxBytes - ENVELOPE_BYTES;
    }
    batches.at(-1)?.push(record);
    room -= bytes;
  }
  return batches;
}

/** ReceiveMessage gives ten at most. */
export const RECEIVE_LIMIT = 10;
/** A standard queue's mapping starts with five concurrent batches: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
export const INITIAL_CONCURRENCY = 5;

/** How many batches to run at once: never more than the mapping's or the function's limit, nor than suits this machine. */
export function concurrentBatches(limits: {
  readonly maximumConcurrency?: number | undefined;
  readonly reservedConcurrency?: number | undefined;
  readonly processors: number;
}): number {
  const { maximumConcurrency = INITIAL_CONCURRENCY, reservedConcurrency = Infinity, processors } = limits;
  return Math.max(1, Math.min(maximumConcurrency, reservedConcurrency, processors));
}
