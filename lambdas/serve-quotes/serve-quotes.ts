/** Serves a Kafka event: reads its records as the lake does, and writes the good ones. */
import type { Database } from '../../adapters/database.ts';
import { isConflict } from '../../adapters/database-errors.ts';
import type { QuoteReader, ReadQuote } from '../../adapters/quote-reader.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { ConsumedPartition } from '../../core/kafka-batch-response.ts';
import { type DeliveredPartition, type DeliveredRecord, requireTopic } from '../../core/kafka-event.ts';
import { type ServedQuote, toServedQuote } from '../../core/served-quote.ts';
import { writeQuotes } from './write-quotes.ts';

export interface ServePorts {
  readonly database: Pick<Database, 'transaction'>;
  /** Of records that are derived from others. */
  readonly reader: Pick<QuoteReader, 'read'>;
  readonly wait: (ms: number) => Promise<unknown>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface ServeOptions {
  readonly topic: string;
  /** @default DEFAULT_TRANSACTION_RECORDS */
  readonly transactionRecords?: number;
}

export interface Serving {
  readonly partitions: readonly ConsumedPartition[];
  readonly records: number;
  /** Quotes that the database did not have before, and those that it had. */
  readonly served: number;
  readonly servedAgain: number;
  /** Records that the lake quarantines. */
  readonly unreadable: number;
  readonly transactions: number;
  /** Transactions that lost to another one and were tried again. */
  readonly retries: number;
}

/** Enough that round trips do not count, few enough that locks are held for a fraction of a second. */
export const DEFAULT_TRANSACTION_RECORDS = 2000;

const MAX_RETRIES = 10;
const RETRY_AFTER_MS = 20;
const MAX_RETRY_AFTER_MS = 2000;
/** Of the function's time, to end in good order rather than be killed. */
const RESERVE_MS = 2000;

/** Records of one partition that one transaction serves. */
interface Slice {
  readonly delivered: DeliveredPartition;
  readonly records: readonly DeliveredRecord[];
}

export class QuoteServer {
  readonly #ports: ServePorts;
  readonly #options: ServeOptions;

  constructor(ports: ServePorts, options: ServeOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Serves all partitions, some thousand records at a time, up to the first failure: the database is the same for all.
   * @param remainingMs of the function's time
   */
  async serve(partitions: readonly DeliveredPartition[], remainingMs: () => number): Promise<Serving> {
    requireTopic(partitions, this.#options.topic);
    const timeLeft = (): number => remainingMs() - RESERVE_MS;
    const done = { served: 0, servedAgain: 0, unreadable: 0, transactions: 0, retries: 0 };
    const waiting = divide(partitions, this.#options.transactionRecords ?? DEFAULT_TRANSACTION_RECORDS);
    let error: unknown;
    while (waiting[0] !== undefined && error === undefined) {
      try {
        const batch = await this.#read(waiting[0]);
        const { added, retries } = await this.#write(waiting[0], batch.quotes, timeLeft);
        done.served += added;
        done.servedAgain += batch.quotes.length - added;
        done.unreadable += batch.unreadable;
        done.transactions += 1;
        done.retries += retries;
        waiting.shift();
      } catch (failure) {
        error = failure;
      }
    }
    const left = waiting.flat();
    const records = partitions.reduce((sum, delivered) => sum + delivered.records.length, 0);
    return {
      ...done,
      records,
      partitions: partitions.map((delivered) => {
        const fromOffset = left.find((slice) => slice.delivered === delivered)?.records[0]?.offset;
        return { delivered, ...(fromOffset !== undefined && { failure: { error, fromOffset } }) };
      }),
    };
  }

  async #read(slices: readonly Slice[]): Promise<{ quotes: ServedQuote[]; unreadable: number }> {
    const read = await Promise.all(
      slices.map(({ delivered, records }) => this.#ports.reader.read({ ...delivered, records })),
    );
    const quotes = read.flatMap((some) => some.quotes.map(toServed));
    return { quotes, unreadable: read.reduce((sum, { unreadable }) => sum + unreadable, 0) };
  }

  async #write(
    slices: readonly Slice[],
    quotes: readonly ServedQuote[],
    timeLeft: () => number,
  ): Promise<{ readonly added: number; readonly retries: number }> {
    const { database, wait, random } = this.#ports;
    const offsets = slices.map(({ delivered: { logId, topic, partition }, records }) => ({
      logId,
      topic,
      partition,
      nextOffset: (records.at(-1)?.offset ?? -1) + 1,
    }));
    for (let retries = 0; ; retries += 1) {
      try {
        return { added: await writeQuotes(database, { quotes, offsets }, timeLeft), retries };
      } catch (error) {
        const waitMs = random() * Math.min(RETRY_AFTER_MS * 2 ** retries, MAX_RETRY_AFTER_MS);
        if (!isConflict(error) || retries === MAX_RETRIES || timeLeft() <= waitMs) throw error;
        await wait(waitMs);
      }
    }
  }
}

/** Transactions, each of at most so many records, a partition's in the order of offsets. */
function divide(partitions: readonly DeliveredPartition[], most: number): Slice[][] {
  const transactions: Slice[][] = [];
  let room = 0;
  for (const delivered of partitions) {
    let next = 0;
    while (next < delivered.records.length) {
      if (room === 0) {
        transactions.push([]);
        room = most;
      }
      const records = delivered.records.slice(next, next + room);
      transactions.at(-1)?.push({ delivered, records });
      next += records.length;
      room -= records.length;
    }
  }
  return transactions;
}

/** Without its source a row would have no identity: passing it over would lose it. */
function toServed(row: ReadQuote): ServedQuote {
  if (row.source !== undefined) return toServedQuote(row, row.source);
  throw new TickerlakeError('CONFIG_INVALID', 'the records that are read are not those of a derived topic');
}
