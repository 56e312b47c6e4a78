/** A reader that asks a view for all its rows again and again, while quotes go on being produced. */
import { setTimeout as delay } from 'node:timers/promises';
import { queryRows, withoutHead } from '../../cli/athena/result-rows.ts';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { visibleRowsSql } from '../../cli/reconcile/visible.ts';
import { until } from '../helpers/until.ts';
import { JOB_DEADLINE_MS } from './compaction-probe.ts';
import { type SeenRow, SeenRows, type WatchedView } from './seen-rows.ts';
import type { FaultStand } from './stand.ts';

/** Answers that a fault must have been seen by, at least, while it was on. */
export const HANDFUL = 5;

export class ViewReader {
  readonly #stand: FaultStand;
  readonly #seen = new SeenRows();
  readonly #end = new AbortController();
  /** What is done when no query is under way. */
  readonly #waiting: (() => Promise<void>)[] = [];
  #begun = 0;
  #answered = 0;
  #fewest = Number.POSITIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();

  private constructor(stand: FaultStand) {
    this.#stand = stand;
  }

  /** Begins with what is there now, all of which must be there from then on. */
  static async start(stand: FaultStand): Promise<ViewReader> {
    const reader = new ViewReader(stand);
    await reader.#look();
    if (reader.#seen.size === 0) throw new Error('a reader begins with rows that it can lose');
    reader.#reading = reader.#readOn();
    // Whoever waits for answers is told first.
    reader.#reading.catch(() => undefined);
    return reader;
  }

  /** Waits until so many queries that begin from now on are answered. */
  async answers(count = HANDFUL): Promise<void> {
    const wanted = this.#begun + count;
    await Promise.race([
      until(`${count} answers`, () => this.#answered >= wanted, JOB_DEADLINE_MS),
      this.#reading,
    ]);
  }

  /** Does the work with quotes being produced and the view being read, which must be answered a handful of times meanwhile. */
  async during<T>(work: Promise<T>): Promise<T> {
    const before = this.#begun;
    const isOver = new AbortController();
    const done = work.finally(() => {
      isOver.abort();
    });
    const producing = (async () => {
      while (!isOver.signal.aborted) {
        await this.#stand.produce(QUOTES_AT_ONCE);
        await Promise.race([this.answers(), done]);
      }
    })();
    const [result, produced] = await Promise.allSettled([done, producing]);
    if (result.status === 'rejected') throw result.reason;
    if (produced.status === 'rejected') throw produced.reason;
    this.#fewest = Math.min(this.#fewest, this.#answered - before);
    return result.value;
  }

  /** Does the work when no query is under way: what it removes may be read by one that began before. */
  async between(work: () => Promise<void>): Promise<void> {
    const done = Promise.withResolvers<undefined>();
    this.#waiting.push(() =>
      work().then(() => {
        done.resolve(undefined);
      }, done.reject),
    );
    await Promise.race([done.promise, this.#reading.then(() => done.promise)]);
  }

  /** Ends after one more answer. */
  async stop(): Promise<WatchedView> {
    await this.answers(1);
    this.#end.abort();
    await this.#reading;
    if (this.#fewest < HANDFUL) throw new Error(`only ${this.#fewest} answers while the fault was on`);
    return this.#seen.verdict;
  }

  /** Ends it whatever it saw. */
  async discard(): Promise<void> {
    this.#end.abort();
    await this.#reading.catch(() => undefined);
  }

  async #readOn(): Promise<void> {
    while (!this.#end.signal.aborted) {
      for (const work of this.#waiting.splice(0)) await work();
      await this.#look();
      await delay(PAUSE_MS);
    }
  }

  async #look(): Promise<void> {
    const { lake, clients, topic } = this.#stand;
    this.#begun += 1;
    const rows: SeenRow[] = [];
    const answer = queryRows(clients.athena, clients.s3, {
      sql: visibleRowsSql(topic, logIdOf(lake), 'true'),
      workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
      database: outputOf(lake, 'lake', 'DatabaseName'),
      signal: AbortSignal.timeout(JOB_DEADLINE_MS),
    });
    for await (const batch of withoutHead(answer)) {
      for (const [partition, offset, ...values] of batch)
        rows.push([`${partition}/${offset}`, JSON.stringify(values)]);
    }
    this.#seen.add(rows);
    this.#answered += 1;
  }
}

const QUOTES_AT_ONCE = 20;
/** A query on every core all the time would leave few of them to what is looked at. */
const PAUSE_MS = 300;
