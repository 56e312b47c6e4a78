/** Feeds the market with what the topic of quotes says. */
import { QuoteDecoders } from '../../../adapters/quote-decoders.ts';
import { curate, schemaVersionIdsIn } from '../../../core/curation.ts';
import { DEFAULT_LAKE_START, parseDay } from '../../../core/quality.ts';
import { connectToTopic } from '../../lake/clients.ts';
import { outputOf } from '../../lake/connection.ts';
import { schemaVersionsOf } from '../../lake/schema-versions.ts';
import type { ConsoleContext } from '../context.ts';
import { toRawRecord } from '../records/raw-record.ts';
import { Market } from './market.ts';
import { followTopic } from './topic-tail.ts';

/** Of each partition: what the last hours brought. */
const RECORDS_BACK = 100_000;

export class MarketFeed {
  readonly market = new Market();
  /** Why no quotes come for now; undefined while they do. */
  problem: string | undefined;
  private readonly context: ConsoleContext;
  private readonly decoders: QuoteDecoders;
  private readonly ended: Promise<void>;

  constructor(context: ConsoleContext) {
    this.context = context;
    const { lake, clients } = context;
    this.decoders = new QuoteDecoders(schemaVersionsOf(lake, clients));
    this.ended = this.follow();
  }

  /** Resolves when the topic is left, after the context's signal. */
  async close(): Promise<void> {
    await this.ended;
  }

  private follow(): Promise<void> {
    const { lake, clients, signal } = this.context;
    const lakeStartMs = parseDay(DEFAULT_LAKE_START) ?? 0;
    return followTopic({
      connect: () => connectToTopic(lake, clients.msk),
      topic: outputOf(lake, 'stream', 'QuotesTopicName'),
      recordsBack: RECORDS_BACK,
      signal,
      onTrouble: (problem) => {
        this.problem = problem === undefined ? undefined : `no quotes from the topic for now: ${problem}`;
      },
      onRecords: async (records) => {
        const raw = records.map((message) => toRawRecord(message));
        await this.decoders.learn(schemaVersionIdsIn(raw));
        const { days } = curate(raw, { decoderOf: this.decoders.find, lakeStartMs });
        for (const row of [...days.values()].flat()) this.market.add(row);
      },
    });
  }
}
