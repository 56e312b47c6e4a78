import type { OutgoingRecord, RecordSender } from '../../adapters/kafka-producer.ts';
import type { QuoteSource, SourceCursor } from '../../adapters/quotes/source.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { ProduceResult, SkippedLine } from '../../core/produce-contract.ts';
import type { Quote } from '../../core/quote.ts';
import { type Judgement, Ledger } from './ledger.ts';

export interface ProducePorts {
  readonly source: QuoteSource;
  readonly sender: Pick<RecordSender, 'send'>;
  /** A quote as the value of a Kafka record. */
  readonly encode: (quote: Quote) => Buffer;
  /** What the lake will make of a record with this timestamp. */
  readonly judge: (quote: Quote, timestampMs: number) => Judgement;
  readonly now: () => number;
  /** How long this run may still take, ms. */
  readonly remainingMs: () => number;
  /** Called once with everything that was acknowledged, also when the run fails. */
  readonly record: (result: ProduceResult) => void;
}

export interface ProduceOptions {
  readonly topic: string;
  /** Records of one request. @default 2000: kafkajs's cost per record grows with the batch */
  readonly batchRecords?: number;
  /** Bytes of one request, all of which may go to one partition: less than the topic's max.message.bytes. @default 900000 */
  readonly batchBytes?: number;
  /** Time kept to end in: less than that, and no batch is begun. @default 3000 */
  readonly reserveMs?: number;
  /** From a slow source, a batch is sent after this time even if it is not full. @default 1000 */
  readonly lingerMs?: number;
}

export const PRODUCE_DEFAULTS = {
  batchRecords: 2000,
  batchBytes: 900_000,
  reserveMs: 3000,
  lingerMs: 1000,
} as const;

/** Room that a record takes beside key and value. */
const RECORD_OVERHEAD_BYTES = 24;

/**
 * Produces a source's quotes in order until it ends or the time is up. One batch is in flight while the next is made.
 * The result says where to go on: after the last acknowledged record, so nothing is left out; a record whose
 * acknowledgement was lost may be produced again.
 * @throws what the source or the sender throws, after what was acknowledged went to `record`
 */
export async function produceQuotes(ports: ProducePorts, options: ProduceOptions): Promise<ProduceResult> {
  const { topic, batchRecords, batchBytes, reserveMs, lingerMs } = { ...PRODUCE_DEFAULTS, ...options };
  const { source } = ports;
  const ledger = new Ledger(topic, source.next);
  const pipe = new Pipe(ports, ledger, reserveMs);
  const timeUp = AbortSignal.timeout(Math.max(0, Math.floor(ports.remainingMs() - reserveMs)));
  try {
    let batch = new Batch(ports.now());
    for await (const item of source.read(timeUp)) {
      if ('quote' in item) batch.add(item.quote, ports);
      else batch.skipped.push(item);
      const isFull = batch.records.length >= batchRecords || batch.bytes >= batchBytes;
      if (!isFull && ports.now() - batch.timestampMs < lingerMs) continue;
      await pipe.send(batch, source.next);
      batch = new Batch(ports.now());
    }
    await pipe.send(batch, source.next);
    await pipe.settle();
    return ledger.result();
  } finally {
    ports.record(ledger.result());
  }
}

/** Records on their way, with what is known of each. */
class Batch {
  readonly records: OutgoingRecord[] = [];
  readonly judgements: Judgement[] = [];
  readonly skipped: SkippedLine[] = [];
  bytes = 0;
  readonly timestampMs: number;

  constructor(timestampMs: number) {
    this.timestampMs = timestampMs;
  }

  add(quote: Quote, { encode, judge }: Pick<ProducePorts, 'encode' | 'judge'>): void {
    const key = Buffer.from(quote.symbol);
    const value = encode(quote);
    this.records.push({ key, value, timestampMs: this.timestampMs });
    this.judgements.push(judge(quote, this.timestampMs));
    this.bytes += key.length + value.length + RECORD_OVERHEAD_BYTES;
  }
}

/** At most one batch in flight; batches are entered in the ledger in order. */
class Pipe {
  private readonly ports: ProducePorts;
  private readonly ledger: Ledger;
  private readonly reserveMs: number;
  private inFlight: Promise<{ readonly error: unknown } | undefined> = Promise.resolve(undefined);

  constructor(ports: ProducePorts, ledger: Ledger, reserveMs: number) {
    this.ports = ports;
    this.ledger = ledger;
    this.reserveMs = reserveMs;
  }

  /** Waits for the batch before, then sends this one. */
  async send(batch: Batch, next: SourceCursor | undefined): Promise<void> {
    await this.settle();
    this.inFlight = this.deliver(batch, next).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  }

  /** Waits until nothing is in flight, but not to the very end of the time. */
  async settle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patienceMs = Math.max(0, this.ports.remainingMs() - this.reserveMs / 2);
    const lost = new Promise<{ readonly error: unknown }>((resolve) => {
      timer = setTimeout(() => {
        resolve({
          error: new TickerlakeError('KAFKA_UNAVAILABLE', 'the brokers did not acknowledge a batch in time', {
            hint: 'run again from the cursor of the `produced` line',
          }),
        });
      }, patienceMs);
    });
    const failure = await Promise.race([this.inFlight, lost]);
    clearTimeout(timer);
    if (failure !== undefined) throw failure.error;
  }

  private async deliver(batch: Batch, next: SourceCursor | undefined): Promise<void> {
    if (batch.records.length > 0) {
      this.ledger.acknowledge(await this.ports.sender.send(batch.records), batch.judgements);
    }
    this.ledger.skip(batch.skipped);
    this.ledger.reach(next);
  }
}
