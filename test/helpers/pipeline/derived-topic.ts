/**
 * A derived topic as filter-quotes leaves it: batches in changing boundaries, failed and answered too late, killed, gone on with
 * as zombies, diverted and given back much later. And what the view over it has to show: each watched record, once.
 */
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import type { DerivedRecord, DerivedSender } from '../../../adapters/derived-producer.ts';
import { QuoteReader } from '../../../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { parseCuratedKey } from '../../../core/layout.ts';
import { TOPICS } from '../../../core/topics.ts';
import type { Watchlist } from '../../../core/watchlist.ts';
import { type Filtering, filterQuotes } from '../../../lambdas/filter-quotes/filter-quotes.ts';
import type { MemoryObjectStore, StoreGate } from '../memory-object-store.ts';
import { base64, LOG_ID, SCHEMA_ID } from '../records.ts';
import { SteppedProcess, settle } from '../stepped.ts';
import type { Dice } from './dice.ts';
import { kafkaEvent, LATE_SCHEMA_ID, NEW_CODE, produceTopic, type Topic, type TopicRecord } from './topic.ts';

export const DERIVED_TOPIC = TOPICS.quotesFiltered.name;

export interface DerivedCounts {
  /** Records that stand in the topic more often than once, and how often beyond. */
  readonly doubles: number;
  /** Watched records that first came to the topic behind one of a higher source offset. */
  readonly late: number;
}

export interface DerivedTopic {
  /** Records by partition, in the order of their offsets. */
  readonly topic: readonly (readonly DerivedTopicRecord[])[];
  /** Identities of all good records that the watchlist keeps. */
  readonly watched: ReadonlySet<string>;
  /** Those of them that the filter was given in the end, and must have put into the topic. */
  readonly due: ReadonlySet<string>;
  readonly counts: DerivedCounts;
}

/** A record of the derived topic, with the name of the one that it repeats. */
interface DerivedTopicRecord extends TopicRecord {
  readonly identity: string;
}

const identityOf = (partition: number, offset: number): string => `${LOG_ID}/${partition}@${offset}`;

/** Filters a whole source topic. */
export async function produceDerivedTopic(dice: Dice): Promise<DerivedTopic> {
  const source = produceTopic(dice);
  const symbols = new Set(source.flat().flatMap(({ symbol }) => (dice.isOneIn(4) ? [] : [symbol])));
  const filter = new FilterRun(dice, source, { symbols });
  await filter.run();
  const watched = source.flat().filter(({ code, symbol }) => code === undefined && symbols.has(symbol));
  const name = ({ partition, offset }: TopicRecord): string => identityOf(partition, offset);
  return {
    topic: filter.topic,
    watched: new Set(watched.map(name)),
    due: new Set(watched.filter((record) => !filter.isLeft(record)).map(name)),
    counts: countCopies(filter.topic),
  };
}

interface Invocation {
  readonly process: SteppedProcess;
  readonly records: readonly TopicRecord[];
  readonly isReplay: boolean;
  outcome?: Filtering | 'failed';
}

const MAX_ZOMBIES = 3;

class FilterRun {
  /** Records by partition, in the order of their offsets. */
  readonly topic: DerivedTopicRecord[][];
  readonly #dice: Dice;
  readonly #source: Topic;
  readonly #reader: QuoteReader;
  readonly #watchlist: Watchlist;
  readonly #records: ReadonlyMap<string, TopicRecord>;
  readonly #positions: number[];
  readonly #zombies: SteppedProcess[] = [];
  readonly #diverted: (readonly TopicRecord[])[] = [];

  constructor(dice: Dice, source: Topic, watchlist: Watchlist) {
    this.#dice = dice;
    this.#source = source;
    this.#watchlist = watchlist;
    this.#records = new Map(
      source.flat().map((record) => [identityOf(record.partition, record.offset), record]),
    );
    this.#positions = source.map(() => 0);
    this.topic = source.map(() => []);
    const versions = new Map([SCHEMA_ID, LATE_SCHEMA_ID].map((id) => [id, QUOTE_SCHEMA_TEXT]));
    this.#reader = new QuoteReader({ load: () => Promise.resolve(versions) }, NEW_CODE);
  }

  async run(): Promise<void> {
    while (this.#source.some((log, index) => (this.#positions[index] ?? 0) < log.length)) {
      const records = this.#source.flatMap((log, index) => {
        const from = this.#positions[index] ?? 0;
        return log.slice(from, from + this.#dice.below(5));
      });
      if (records.length > 0) await this.#invoke(records, false);
      if (this.#dice.isOneIn(12)) await this.#replayDiverted();
    }
    this.#dice.isRough = false;
    while (this.#diverted.length > 0 && !this.#dice.isOneIn(5)) await this.#replayDiverted();
    while (this.#zombies.some(({ isWaiting }) => isWaiting)) await this.#stepZombie();
    this.#dice.isRough = true;
  }

  /** Whether it was diverted and never given back. */
  isLeft(record: TopicRecord): boolean {
    return this.#diverted.flat().includes(record);
  }

  async #replayDiverted(): Promise<void> {
    const [records] = this.#diverted.splice(0, 1);
    if (records !== undefined) await this.#invoke(records, true);
  }

  /** One batch to its end: until all is acknowledged, or diverted. */
  async #invoke(records: readonly TopicRecord[], isReplay: boolean): Promise<void> {
    const process = new SteppedProcess();
    const invocation: Invocation = { process, records, isReplay };
    const ports = {
      reader: this.#reader,
      sender: this.#senderThrough(process.gate),
      remainingMs: () => 60_000,
    };
    const options = {
      sourceTopic: 'quotes',
      watchlist: this.#watchlist,
      limits: { records: 1 + this.#dice.below(3), bytes: 1_000_000 },
    };
    filterQuotes(ports, parseKafkaEvent(kafkaEvent(records)), options).then(
      (outcome) => {
        invocation.outcome = outcome;
      },
      () => {
        invocation.outcome = 'failed';
      },
    );
    await settle();
    while (invocation.outcome === undefined) {
      if (this.#dice.isOneIn(3)) await this.#stepZombie();
      const isGivenUp = this.#dice.strikesOneIn(8);
      if (isGivenUp) {
        // Taken for failed: what it has sent may arrive yet, and unless it was killed it goes on.
        if (this.#dice.isOneIn(2)) process.kill();
        if (this.#zombies.length < MAX_ZOMBIES) this.#zombies.push(process);
        invocation.outcome = 'failed';
      } else {
        const error = this.#dice.strikesOneIn(6) ? new Error('connection lost') : undefined;
        await process.step(this.#dice.below(16), error);
      }
    }
    await this.#commit(invocation);
  }

  async #commit({ outcome, records, isReplay }: Invocation): Promise<void> {
    const isDone =
      outcome !== undefined &&
      outcome !== 'failed' &&
      outcome.partitions.every(({ failure }) => failure === undefined);
    if (isReplay) {
      if (!isDone) this.#diverted.push(records);
      return;
    }
    if (!isDone && this.#dice.strikesOneIn(3)) {
      this.#diverted.push(records);
      this.#moveBehind(records);
      return;
    }
    if (outcome === undefined || outcome === 'failed') return;
    for (const { delivered, failure } of outcome.partitions) {
      const done = records.filter(
        ({ partition, offset }) =>
          partition === delivered.partition && (failure === undefined || offset < failure.fromOffset),
      );
      this.#moveBehind(done);
    }
    await settle();
  }

  #moveBehind(records: readonly TopicRecord[]): void {
    for (const record of records) {
      const place = this.#source[record.partition]?.indexOf(record) ?? -1;
      this.#positions[record.partition] = Math.max(this.#positions[record.partition] ?? 0, place + 1);
    }
  }

  async #stepZombie(): Promise<void> {
    const waiting = this.#zombies.filter(({ isWaiting }) => isWaiting);
    await waiting[this.#dice.below(Math.max(waiting.length, 1))]?.step(this.#dice.below(16));
  }

  /** The broker takes each partition's batch whole, once a request. */
  #senderThrough(gate: StoreGate): DerivedSender {
    return {
      send: async (records) => {
        await gate.before?.({ action: 'put', key: 'topic' });
        for (const record of records) this.#append(record);
        await gate.after?.({ action: 'put', key: 'topic' });
        return [];
      },
    };
  }

  #append({ partition, headers, key, value, timestampMs }: DerivedRecord): void {
    const log = this.topic[partition] ?? [];
    const offset = this.#nextOffset(log);
    const identity = identityOf(partition, Number(headers['tickerlake-source-offset']));
    const record = this.#records.get(identity);
    if (record === undefined) throw new Error(`${identity} was never produced`);
    const entry = {
      topic: DERIVED_TOPIC,
      partition,
      offset,
      timestamp: timestampMs,
      timestampType: 'CREATE_TIME',
      key: key === null ? null : base64(key),
      value: base64(value),
      headers: Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] })),
    };
    const { symbol, dt } = record;
    log.push({ topic: DERIVED_TOPIC, partition, offset, code: undefined, symbol, dt, entry, identity });
    if (this.#dice.strikesOneIn(12)) this.#appendForeign(log, record, partition);
  }

  /** Somebody else writes to the topic what names no source. */
  #appendForeign(log: DerivedTopicRecord[], { symbol, dt, entry }: TopicRecord, partition: number): void {
    const offset = this.#nextOffset(log);
    const foreign = { ...entry, topic: DERIVED_TOPIC, offset };
    const code = 'source_missing';
    log.push({ topic: DERIVED_TOPIC, partition, offset, code, symbol, dt, entry: foreign, identity: '' });
  }

  #nextOffset(log: readonly TopicRecord[]): number {
    return (log.at(-1)?.offset ?? -1) + 1 + (this.#dice.strikesOneIn(6) ? this.#dice.below(3) : 0);
  }
}

function countCopies(topic: readonly (readonly DerivedTopicRecord[])[]): DerivedCounts {
  let [doubles, late] = [0, 0];
  for (const log of topic) {
    const seen = new Set<string>();
    let highest = -1;
    for (const { identity, code } of log) {
      if (code !== undefined) continue;
      const offset = Number(identity.split('@')[1]);
      if (seen.has(identity)) doubles += 1;
      else if (offset < highest) late += 1;
      seen.add(identity);
      highest = Math.max(highest, offset);
    }
  }
  return { doubles, late };
}

/** @param left records of the derived topic that landing diverted and nobody gave back */
export async function findUnseen(
  { topic, watched, due }: DerivedTopic,
  lake: MemoryObjectStore,
  left: readonly TopicRecord[],
): Promise<string[]> {
  const waiting = new Set(left);
  const copies = topic.flat();
  const landed = new Set(copies.filter((copy) => !waiting.has(copy)).map(({ identity }) => identity));
  const produced = new Set(copies.map(({ identity }) => identity));
  const shown = await showOnce(lake);
  return [
    ...[...due].filter((name) => !produced.has(name)).map((name) => `${name} was not filtered`),
    ...[...watched]
      .filter((name) => landed.has(name) && !shown.has(name))
      .map((name) => `${name} is not shown`),
    ...[...shown].flatMap(([name, rows]) => [
      ...(rows === 1 ? [] : [`${name} is shown ${rows} times`]),
      ...(watched.has(name) ? [] : [`${name} is shown and not watched`]),
    ]),
  ];
}

/** Rows of each identity that the view shows: one of those that share day and source. */
async function showOnce(lake: MemoryObjectStore): Promise<ReadonlyMap<string, number>> {
  const partitioned = new Set<string>();
  for (const key of lake.keys()) {
    const { dt } = parseCuratedKey(key) ?? {};
    if (dt === undefined) continue;
    const body = lake.objects.get(key)?.body ?? Buffer.alloc(0);
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
    const compressors = { ZSTD: (page: Uint8Array): Uint8Array => zstdDecompressSync(page) };
    const columns = ['source_log_id', 'source_partition', 'source_offset'];
    const rows: Record<string, unknown>[] = await parquetReadObjects({ file, compressors, columns });
    for (const row of rows) {
      const [logId, partition, offset] = columns.map((name) => row[name]);
      partitioned.add(`${dt} ${String(logId)}/${String(partition)}@${String(offset)}`);
    }
  }
  const shown = new Map<string, number>();
  for (const each of partitioned) {
    const name = each.slice(each.indexOf(' ') + 1);
    shown.set(name, (shown.get(name) ?? 0) + 1);
  }
  return shown;
}
