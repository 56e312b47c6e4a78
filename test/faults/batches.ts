/** Records whose offsets are known before they are produced, so that a fault can wait for them, or bring them itself. */
import { outputOf } from '../../cli/lake/connection.ts';
import type { Quote } from '../../core/quote.ts';
import { encodeEvent, encodeRecord } from '../../local/sources/kafka-records.ts';
import { landQuotes } from './landing-probe.ts';
import type { FaultStand, ForeignRecord } from './stand.ts';

/** Records of one partition in order. */
export interface Batch {
  readonly partition: number;
  /** Offset of the first, provided that nobody else produces. */
  readonly first: number;
  readonly records: readonly ForeignRecord[];
}

/** Good quotes that will be the next records of a partition. */
export async function batchOf(
  stand: FaultStand,
  partition: number,
  count: number,
  change: Partial<Quote> = {},
): Promise<Batch> {
  const timestampMs = Date.now();
  const quotes = await stand.quotes(partition, count, change);
  const first = await nextOffset(stand, partition);
  return { partition, first, records: quotes.map((quote) => ({ ...quote, timestampMs })) };
}

/** Some of a batch's records, by their place in it. */
export function part({ partition, first, records }: Batch, from: number, to?: number): Batch {
  return { partition, first: first + from, records: records.slice(from, to) };
}

/** Produces all at once, each partition's records in one request. */
export async function produceBatches(stand: FaultStand, batches: readonly Batch[]): Promise<void> {
  await stand.produceForeign(batches.flatMap(({ records }) => records));
  for (const { partition, first, records } of batches) {
    const end = await nextOffset(stand, partition);
    if (end !== first + records.length)
      throw new Error(`partition ${partition} ends at ${end}, not as meant`);
  }
}

/** Another invocation of land-quotes at the same time, with an event of these: a zombie, or whoever was faster. */
export async function landBeside(stand: FaultStand, batch: Batch): Promise<void> {
  await stand.client.invoke(landQuotes(stand), kafkaEvent(stand, [batch]));
}

/** The event as the event source makes it. */
export function kafkaEvent(stand: FaultStand, batches: readonly Batch[], topic = stand.topic): object {
  const source = {
    clusterArn: outputOf(stand.lake, 'stream', 'ClusterArn'),
    bootstrapServers: stand.lake.bootstrapIam,
    topic,
  };
  const encoded = batches.flatMap(({ partition, first, records }) =>
    records.map(({ key, value, headers = {}, timestampMs = 0 }, index) =>
      encodeRecord({
        ...{ topic, partition, offset: first + index, timestampMs, key, value },
        headers: Object.entries(headers),
      }),
    ),
  );
  return JSON.parse(encodeEvent(source, encoded).toString()) as object;
}

/** Where a partition's log ends. */
export async function nextOffset(stand: FaultStand, partition: number, topic = stand.topic): Promise<number> {
  const end = (await stand.ends(topic)).find((each) => each.partition === partition);
  if (end === undefined) throw new Error(`${topic} has no partition ${partition}`);
  return end.endOffset;
}
