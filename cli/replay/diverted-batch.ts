/**
 * Batches that the event source gave up: documents of its on-failure destination in the raw bucket.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
import type { ObjectStore } from '../../adapters/objects.ts';
import { DIVERTED_PREFIX, readDivertedEvent } from '../../core/diverted-batch.ts';
import { parseKafkaEvent } from '../../core/kafka-event.ts';
import type { LogPartition } from '../../core/layout.ts';
import { inParallel } from '../in-parallel.ts';

/** Failed asynchronous invocations lie beside them, and hold no batch. */
const ASYNC_PREFIX = `${DIVERTED_PREFIX}async/`;

/** Records of one partition in a diverted batch. */
export interface DivertedRange extends LogPartition {
  readonly first: number;
  readonly last: number;
}

export interface DivertedBatch {
  readonly key: string;
  /** Function that it was to go to; undefined where the document does not tell. */
  readonly functionName: string | undefined;
  /** When it was given up, ISO 8601. */
  readonly timestamp: string;
  /** Why, as Lambda words it: RetryAttemptsExhausted, MaximumPayloadSizeExceeded, … */
  readonly condition: string;
  readonly ranges: readonly DivertedRange[];
}

/** Keys of all documents, without reading them. */
export async function listDivertedKeys(raw: Pick<ObjectStore, 'list'>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of raw.list(DIVERTED_PREFIX)) if (!key.startsWith(ASYNC_PREFIX)) keys.push(key);
  return keys;
}

/** Every batch that waits to be given back to its function, oldest first. */
export async function readDiverted(
  raw: Pick<ObjectStore, 'get' | 'list'>,
): Promise<readonly DivertedBatch[]> {
  // A document holds a whole event, megabytes of it: one after the other.
  const batches = await inParallel(
    await listDivertedKeys(raw),
    async (key) => {
      const object = await raw.get(key);
      return object === undefined ? [] : [parseDiverted(key, object.body.toString())];
    },
    1,
  );
  return batches.flat().sort((a, b) => compare(a.timestamp, b.timestamp) || compare(a.key, b.key));
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Reads what a document says of its batch. One that cannot be read has no ranges, and is listed all the same. */
export function parseDiverted(key: string, text: string): DivertedBatch {
  try {
    const partitions = parseKafkaEvent(readDivertedEvent(key, text));
    const { timestamp, requestContext } = JSON.parse(text) as DivertedDocument;
    return {
      key,
      functionName: requestContext?.functionArn?.split(':')[6],
      timestamp: timestamp ?? '',
      condition: requestContext?.condition ?? UNKNOWN,
      ranges: partitions.flatMap(({ topic, logId, partition, records }) => {
        const [first, last] = [records[0]?.offset, records.at(-1)?.offset];
        return first === undefined || last === undefined ? [] : [{ topic, logId, partition, first, last }];
      }),
    };
  } catch {
    return { key, functionName: undefined, timestamp: '', condition: UNKNOWN, ranges: [] };
  }
}

const UNKNOWN = 'unreadable';

interface DivertedDocument {
  readonly timestamp?: string;
  readonly requestContext?: { readonly condition?: string; readonly functionArn?: string };
}
