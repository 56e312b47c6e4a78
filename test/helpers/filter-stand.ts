/** A derived topic in memory, and what a filter needs to put records into it. */
import type { DerivedRecord, DerivedSender, PartitionAppend } from '../../adapters/derived-producer.ts';
import { QuoteReader } from '../../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import type { DeliveredPartition } from '../../core/kafka-event.ts';
import { parseSourceHeaders, type SourceCoordinates } from '../../core/source-coordinates.ts';
import { LOG, quoteRecord, SCHEMA_ID } from './records.ts';

/** A partitioned log that takes what it is sent. */
export class DerivedTopic {
  readonly partitions = new Map<number, DerivedRecord[]>();

  append(records: readonly DerivedRecord[]): PartitionAppend[] {
    const starts = new Map<number, number>();
    for (const record of records) {
      const log = this.partitions.get(record.partition) ?? [];
      this.partitions.set(record.partition, log);
      if (!starts.has(record.partition)) starts.set(record.partition, log.length);
      log.push(record);
    }
    return [...starts].map(([partition, start]) => ({
      partition,
      firstOffset: BigInt(start),
      records: records.filter((record) => record.partition === partition).length,
    }));
  }

  /** `partition/offset` of the source of each record, by partition and in order. */
  get sources(): Record<number, string[]> {
    return Object.fromEntries(
      [...this.partitions].map(([partition, records]) => [
        partition,
        records.map((record) => sourceOf(record)),
      ]),
    );
  }

  get identities(): Set<string> {
    return new Set(Object.values(this.sources).flat());
  }
}

/** `partition/offset`, as the record's headers say. */
export function sourceOf({ headers }: DerivedRecord): string {
  const list = Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) }));
  const { partition, offset }: Partial<SourceCoordinates> = parseSourceHeaders(list, LOG.topic) ?? {};
  return `${partition}/${offset}`;
}

export function senderOf(topic: DerivedTopic): DerivedSender & { readonly sends: DerivedRecord[][] } {
  const sends: DerivedRecord[][] = [];
  return {
    sends,
    send: (records) => {
      sends.push([...records]);
      return Promise.resolve(topic.append(records));
    },
  };
}

export function readerOfQuotes(): QuoteReader {
  return new QuoteReader(
    { load: () => Promise.resolve(new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]])) },
    { lakeStartMs: 0 },
  );
}

/** Quotes of one partition of the source; offsets of capital letters' symbols are as listed. */
export function quotesOf(partition: number, symbols: readonly string[], firstOffset = 0): DeliveredPartition {
  const records = symbols.map((symbol, index) => quoteRecord(firstOffset + index, { symbol }));
  return { ...LOG, partition, records };
}
