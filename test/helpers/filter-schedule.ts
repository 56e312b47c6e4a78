/**
 * The filter between an event source that delivers at least once and a topic: batches in changing boundaries, sends that fail
 * before or after they took effect, instances killed at any point whose requests reach the brokers later, batches that are given
 * up and come back at the very end.
 */
import type { DerivedSender } from '../../adapters/derived-producer.ts';
import { answerBatch, type KafkaBatchResponse } from '../../core/kafka-batch-response.ts';
import type { DeliveredPartition, DeliveredRecord } from '../../core/kafka-event.ts';
import { parseWatchlist } from '../../core/watchlist.ts';
import { filterQuotes } from '../../lambdas/filter-quotes/filter-quotes.ts';
import { DerivedTopic, readerOfQuotes, sourceOf } from './filter-stand.ts';
import { LOG, makeRecord, quoteRecord } from './records.ts';
import { randomBelow, SteppedProcess, settle } from './stepped.ts';

export interface FilterScheduleResult {
  /** Watched records that the derived topic lacks. */
  readonly missing: readonly string[];
  /** What it has and should not. */
  readonly foreign: readonly string[];
  /** Records that one invocation put behind a later one of the same partition, or into another partition. */
  readonly misplaced: readonly string[];
  readonly injected: Record<'failed' | 'lostAcks' | 'killed' | 'diverted' | 'late' | 'doubled', number>;
}

const PARTITIONS = 3;
const WATCHLIST = parseWatchlist('{"symbols":["AAPL","MSFT"]}');
/** One for all: making a decoder takes longer than a schedule. */
const READER = readerOfQuotes();
const STEPS = 120;
const MEMORY_CALL = { action: 'put', key: 'topic' } as const;

interface Invocation {
  readonly process: SteppedProcess;
  readonly batch: readonly DeliveredPartition[];
  answer?: KafkaBatchResponse | { readonly error: unknown };
  isKilled: boolean;
}

/** @param filter stands in for the real one, to see a schedule go wrong */
export async function playFilterSchedule(
  seed: number,
  filter: typeof filterQuotes = filterQuotes,
): Promise<FilterScheduleResult> {
  const random = randomBelow(seed);
  const topic = new DerivedTopic();
  const source = Array.from({ length: PARTITIONS }, () => makeSource(5 + random(12), random));
  const committed = source.map(() => 0);
  const diverted: DeliveredPartition[][] = [];
  const live: Invocation[] = [];
  const zombies: Invocation[] = [];
  const misplaced: string[] = [];
  const injected = { failed: 0, lostAcks: 0, killed: 0, diverted: 0, late: 0, doubled: 0 };
  const takesPartial = random(2) === 0;

  const start = (batch: readonly DeliveredPartition[]): Invocation => {
    const process = new SteppedProcess();
    const invocation: Invocation = { process, batch, isKilled: false };
    const last = new Map<number, number>();
    const sender: DerivedSender = {
      async send(records) {
        await process.gate.before?.(MEMORY_CALL);
        if (invocation.isKilled) injected.late += 1;
        for (const record of records) {
          const [partition, offset] = sourceOf(record).split('/').map(Number);
          const isBehind = (offset ?? 0) <= (last.get(record.partition) ?? -1);
          if (isBehind || partition !== record.partition) misplaced.push(sourceOf(record));
          last.set(record.partition, offset ?? 0);
        }
        const appends = topic.append(records);
        await process.gate.after?.(MEMORY_CALL);
        return appends;
      },
    };
    const ports = { reader: READER, sender, remainingMs: () => 60_000 };
    const limits = { records: 1 + random(3), bytes: 1_000_000 };
    filter(ports, batch, { sourceTopic: LOG.topic, watchlist: WATCHLIST, limits })
      .then(({ partitions }) => answerBatch(partitions, takesPartial))
      .then(
        (answer) => (invocation.answer = answer),
        (error: unknown) => (invocation.answer = { error }),
      );
    return invocation;
  };

  /** What the event source takes from an invocation that is over. */
  const finish = ({ batch, answer }: Invocation): void => {
    if (answer === undefined || 'error' in answer) return;
    for (const { partition, records } of batch) {
      const failed = answer.batchItemFailures
        .filter(({ itemIdentifier }) => itemIdentifier.partition === `${LOG.topic}-${partition}`)
        .map(({ itemIdentifier }) => itemIdentifier.offset);
      committed[partition] = Math.min(...failed, (records.at(-1)?.offset ?? -1) + 1);
    }
  };

  const nextBatch = (): DeliveredPartition[] => {
    const busy = new Set(live.flatMap(({ batch }) => batch.map(({ partition }) => partition)));
    return source.flatMap((records, partition) => {
      const from = committed[partition] ?? 0;
      const some = records.slice(from, from + 1 + random(8));
      return busy.has(partition) || some.length === 0 || random(3) === 0
        ? []
        : [{ ...LOG, partition, records: some }];
    });
  };

  const reap = (): void => {
    for (const invocation of live.filter(({ answer }) => answer !== undefined)) {
      live.splice(live.indexOf(invocation), 1);
      const { answer, batch } = invocation;
      finish(invocation);
      // A batch that keeps failing is given up: the event source goes on behind it.
      if (answer !== undefined && 'error' in answer && random(4) === 0) {
        injected.diverted += 1;
        diverted.push([...batch]);
        for (const { partition, records } of batch) committed[partition] = (records.at(-1)?.offset ?? -1) + 1;
      }
    }
  };

  const act = async (): Promise<void> => {
    const dice = random(10);
    const invocation = live[random(Math.max(live.length, 1))];
    if (invocation === undefined || dice < 3) {
      const batch = nextBatch();
      if (batch.length > 0) live.push(start(batch));
      await settle();
    } else if (dice === 3) {
      injected.killed += 1;
      invocation.isKilled = true;
      invocation.process.kill();
      live.splice(live.indexOf(invocation), 1);
      zombies.push(invocation);
    } else if (dice === 4) {
      const hadEffect = await invocation.process.step(0, new Error('the connection broke'));
      if (hadEffect === true) injected.lostAcks += 1;
      if (hadEffect === false) injected.failed += 1;
    } else {
      await invocation.process.step(0);
    }
    if (zombies.length > 0 && random(4) === 0) await zombies[random(zombies.length)]?.process.step(0);
    reap();
  };

  for (let step = 0; step < STEPS; step += 1) await act();
  const runWhole = async (batch: readonly DeliveredPartition[]): Promise<void> => {
    const invocation = start(batch);
    await settle();
    while (invocation.answer === undefined) await invocation.process.step(0);
    finish(invocation);
  };
  for (const invocation of live.splice(0)) {
    invocation.isKilled = true;
    invocation.process.kill();
  }
  for (const [partition, records] of source.entries()) {
    const left = records.slice(committed[partition] ?? 0);
    if (left.length > 0) await runWhole([{ ...LOG, partition, records: left }]);
  }
  for (const batch of diverted) await runWhole(batch);

  const watched = new Set(source.flatMap((records, partition) => watchedOf(records, partition)));
  const found = topic.identities;
  const copies = Object.values(topic.sources).flat().length;
  injected.doubled = copies - found.size;
  return {
    missing: [...watched].filter((identity) => !found.has(identity)),
    foreign: [...found].filter((identity) => !watched.has(identity)),
    misplaced,
    injected,
  };
}

function makeSource(length: number, random: (below: number) => number): DeliveredRecord[] {
  return Array.from({ length }, (_, offset) => {
    if (random(8) === 0) return makeRecord(offset);
    const symbol = ['AAPL', 'MSFT', 'ZM'][random(3)] ?? 'ZM';
    // One that would be watched, but breaks a rule.
    return quoteRecord(offset, { symbol, latestPrice: random(10) === 0 ? -1 : 1 });
  });
}

/** By its bytes, not by what the filter reads in them. */
function watchedOf(records: readonly DeliveredRecord[], partition: number): string[] {
  const watched = new Set(['AAPL', 'MSFT'].map((symbol) => quoteRecord(0, { symbol, latestPrice: 1 }).value));
  return records.filter(({ value }) => watched.has(value)).map(({ offset }) => `${partition}/${offset}`);
}
