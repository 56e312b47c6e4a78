/**
 * Filters a Kafka event: what the watchlist keeps goes into the derived topic, partition p to partition p. Nothing is remembered
 * of what was sent before: a batch that comes again is sent again, and who reads the derived topic knows a record by its source.
 */
import type { DerivedRecord, DerivedSender, PartitionAppend } from '../../adapters/derived-producer.ts';
import type { QuoteReader, ReadQuote } from '../../adapters/quote-reader.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { ConsumedPartition } from '../../core/kafka-batch-response.ts';
import { type DeliveredPartition, requireTopic } from '../../core/kafka-event.ts';
import type { PartitionAcks } from '../../core/produce-contract.ts';
import { sourceHeaders } from '../../core/source-coordinates.ts';
import { isWatched, type Watchlist } from '../../core/watchlist.ts';
import { planSends, type SendLimits } from './plan-sends.ts';

export interface FilterPorts {
  readonly reader: Pick<QuoteReader, 'read'>;
  readonly sender: DerivedSender;
  /** How long this invocation may still take, ms. */
  readonly remainingMs: () => number;
}

export interface FilterOptions {
  readonly sourceTopic: string;
  readonly watchlist: Watchlist;
  /** @default SEND_LIMITS */
  readonly limits?: SendLimits;
}

export interface Filtering {
  readonly partitions: readonly ConsumedPartition[];
  /** Records of the event. */
  readonly examined: number;
  /** Records that the brokers acknowledged, by partition. */
  readonly filtered: readonly PartitionAcks[];
  /** Records that the lake quarantines. */
  readonly unreadable: number;
  /** Offsets of watched records, by `topic-partition`, that the derived topic does not take, however often they come again. */
  readonly tooLarge: readonly { readonly partition: number; readonly offset: number }[];
}

/** Less time than this, and no request is begun. */
export const BEGIN_RESERVE_MS = 5000;
/** Time kept to end in good order, rather than be frozen or killed with a request in flight. */
export const END_RESERVE_MS = 2000;

interface WatchedRecord extends DerivedRecord {
  /** In the source topic. */
  readonly offset: number;
}

/** @throws TickerlakeError EVENT_MALFORMED, REGISTRY_UNAVAILABLE: then nothing was sent */
export async function filterQuotes(
  ports: FilterPorts,
  delivered: readonly DeliveredPartition[],
  options: FilterOptions,
): Promise<Filtering> {
  requireTopic(delivered, options.sourceTopic);
  const read = await Promise.all(delivered.map((partition) => ports.reader.read(partition)));
  const watched = delivered.flatMap((partition, index) =>
    (read[index]?.quotes ?? [])
      .filter(({ quote }) => isWatched(quote, options.watchlist))
      .map((quote) => toDerived(partition, quote)),
  );
  const sending = await sendAll(ports, watched, options.limits);
  return {
    partitions: delivered.map((partition) => consumed(partition, sending)),
    examined: delivered.reduce((sum, { records }) => sum + records.length, 0),
    unreadable: read.reduce((sum, { unreadable }) => sum + unreadable, 0),
    filtered: [...sending.acks.values()].sort((a, b) => a.partition - b.partition),
    tooLarge: sending.tooLarge.map(({ partition, offset }) => ({ partition, offset })),
  };
}

interface Sending {
  readonly acks: ReadonlyMap<number, PartitionAcks>;
  readonly tooLarge: readonly WatchedRecord[];
  /** What was not acknowledged, in order, and why. */
  readonly left: readonly WatchedRecord[];
  readonly error?: unknown;
}

/** Sends until all is acknowledged or one request fails: what comes after it must not overtake it. */
async function sendAll(
  { sender, remainingMs }: FilterPorts,
  watched: readonly WatchedRecord[],
  limits?: SendLimits,
): Promise<Sending> {
  const acks = new Map<number, PartitionAcks>();
  const tooLarge: WatchedRecord[] = [];
  const done = new Set<WatchedRecord>();
  for (const { places, isOversized } of planSends(watched, limits)) {
    const records = places.flatMap((place) => watched[place] ?? []);
    try {
      if (remainingMs() < BEGIN_RESERVE_MS) throw outOfTime(watched.length - done.size);
      const patienceMs = remainingMs() - END_RESERVE_MS;
      const appended = await sender.send(records, { patienceMs, isCompressed: isOversized });
      for (const append of appended) acks.set(append.partition, addAcks(acks.get(append.partition), append));
    } catch (error) {
      // Nothing that a record holds may stop its partition.
      const isPassedOver =
        isOversized && error instanceof TickerlakeError && error.code === 'RECORD_TOO_LARGE';
      if (!isPassedOver)
        return { acks, tooLarge, left: watched.filter((record) => !done.has(record)), error };
      tooLarge.push(...records);
    }
    for (const record of records) done.add(record);
  }
  return { acks, tooLarge, left: [] };
}

function toDerived(
  { logId, topic, partition }: DeliveredPartition,
  { record, offset }: ReadQuote,
): WatchedRecord {
  const { key, value, timestamp } = record;
  return {
    partition,
    offset,
    key,
    value: value ?? Buffer.alloc(0),
    timestampMs: timestamp,
    headers: sourceHeaders({ logId, topic, partition, offset }),
  };
}

function consumed(delivered: DeliveredPartition, { left, error }: Sending): ConsumedPartition {
  const first = left.find(({ partition }) => partition === delivered.partition);
  return first === undefined ? { delivered } : { delivered, failure: { error, fromOffset: first.offset } };
}

function addAcks(before: PartitionAcks | undefined, append: PartitionAppend): PartitionAcks {
  const { partition, firstOffset, records } = append;
  return {
    partition,
    records: (before?.records ?? 0) + records,
    firstOffset: before?.firstOffset ?? String(firstOffset),
    lastOffset: String(firstOffset + BigInt(records) - 1n),
  };
}

function outOfTime(left: number): TickerlakeError {
  return new TickerlakeError('KAFKA_UNAVAILABLE', `${left} records were not sent: the time is up`, {
    hint: 'the batch comes again; if it always ends so, lower filtering.batchSize',
  });
}
