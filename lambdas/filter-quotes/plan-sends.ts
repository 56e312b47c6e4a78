/** Into which requests the records of an event go. */
import type { DerivedRecord } from '../../adapters/derived-producer.ts';

export interface SendLimits {
  /** Records of one partition in a request. */
  readonly records: number;
  /** Bytes of one partition in a request, which the broker takes as one batch: less than the topic's max.message.bytes. */
  readonly bytes: number;
}

export const SEND_LIMITS: SendLimits = { records: 2000, bytes: 900_000 };

/** Records of one send, with places in the list that was planned. */
export interface PlannedSend {
  readonly places: readonly number[];
  /** Whether it is one record too large for a batch: alone, so that what becomes of it is known of it. */
  readonly isOversized: boolean;
}

/** Room that a record and its headers take beside what they hold. */
const OVERHEAD_BYTES = 64;

/**
 * Each send takes the next records of every partition, so that mostly one send is all. Those of a partition stay in order.
 */
export function planSends(
  records: readonly DerivedRecord[],
  limits: SendLimits = SEND_LIMITS,
): PlannedSend[] {
  const queues = new Map<number, number[]>();
  records.forEach(({ partition }, place) => {
    const queue = queues.get(partition);
    if (queue === undefined) queues.set(partition, [place]);
    else queue.push(place);
  });
  const bytes = records.map(bytesOf);
  const sends: PlannedSend[] = [];
  for (;;) {
    const places = [...queues.values()].flatMap((queue) => takeFrom(queue, bytes, limits));
    if (places.length > 0) {
      sends.push({ places, isOversized: false });
      continue;
    }
    const oversized = [...queues.values()].find((queue) => queue.length > 0)?.shift();
    if (oversized === undefined) return sends;
    sends.push({ places: [oversized], isOversized: true });
  }
}

/** Takes from the front what fits. */
function takeFrom(queue: number[], bytes: readonly number[], limits: SendLimits): number[] {
  let total = 0;
  let count = 0;
  for (const place of queue) {
    total += bytes[place] ?? 0;
    if (total > limits.bytes || count === limits.records) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function bytesOf({ key, value, headers }: DerivedRecord): number {
  let inHeaders = 0;
  for (const name in headers) inHeaders += name.length + Buffer.byteLength(headers[name] ?? '');
  return OVERHEAD_BYTES + (key?.length ?? 0) + value.length + inHeaders;
}
