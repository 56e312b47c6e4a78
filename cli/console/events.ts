/** What changes, as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SSEStreamingApi } from 'hono/streaming';
import type { Events } from '../../console/api.ts';
import type { ConsoleContext } from './context.ts';
import { listAlarms } from './list-alarms.ts';
import type { MarketFeed } from './market/market-feed.ts';
import type { ActivityReader } from './pipeline/read-activity.ts';

const EVERY_MS = 500;
/** A connection that is silent for long is taken for dead by some on the way. */
const SILENCE_MS = 15_000;

export interface EventSources {
  readonly context: ConsoleContext;
  readonly activity: ActivityReader;
  readonly market: MarketFeed;
}

/** Sends what changed since the last look, until the page goes or the console closes. */
export async function sendEvents(
  stream: SSEStreamingApi,
  { context, activity, market }: EventSources,
  { symbol, minutes }: { readonly symbol: string | undefined; readonly minutes: number },
): Promise<void> {
  const changes = new Changes(stream);
  while (!stream.aborted && !stream.closed && !context.signal.aborted) {
    await changes.send('trouble', market.problem === undefined ? null : { message: market.problem });
    const read = await activity.read().catch((error: unknown) => error as Error);
    if (read instanceof Error) await changes.send('trouble', { message: read.message });
    else await changes.send('pipeline', read, JSON.stringify([read.nodes, { ...read.freshness, at: '' }]));
    await changes.send('movers', () => market.market.listMovers(), String(market.market.version));
    if (symbol !== undefined) await sendCandles(changes, market, symbol, minutes);
    const alarms = listAlarms(context.inside.alarms.all());
    await changes.send(
      'alarms',
      alarms,
      JSON.stringify(alarms.map(({ title, state, since }) => [title, state, since])),
    );
    await changes.keepAlive();
    await sleep(EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

/** Those that the last look did not have, or otherwise. */
async function sendCandles(
  changes: Changes,
  { market }: MarketFeed,
  symbol: string,
  minutes: number,
): Promise<void> {
  const version = String(market.versionOf(symbol));
  if (changes.has('candles', version)) return;
  const candles = market.candles(symbol, minutes);
  const known = changes.candles;
  const changed = candles.filter((candle) => known.get(candle.time) !== JSON.stringify(candle));
  changes.candles = new Map(candles.map((candle) => [candle.time, JSON.stringify(candle)]));
  await changes.send('candles', { symbol, minutes, candles: changed }, version);
}

class Changes {
  candles: ReadonlyMap<number, string> = new Map();
  private readonly stream: SSEStreamingApi;
  /** What was sent last, by the event's name: enough of it to tell a change. */
  private readonly sent = new Map<keyof Events, string>();
  private lastMs = performance.now();

  constructor(stream: SSEStreamingApi) {
    this.stream = stream;
  }

  has(event: keyof Events, mark: string): boolean {
    return this.sent.get(event) === mark;
  }

  /** @param mark tells a change @default the data itself */
  async send<Name extends keyof Events>(
    event: Name,
    data: Events[Name] | (() => Events[Name]),
    mark = JSON.stringify(data),
  ): Promise<void> {
    if (this.has(event, mark)) return;
    this.sent.set(event, mark);
    await this.write(event, typeof data === 'function' ? data() : data);
  }

  async keepAlive(): Promise<void> {
    if (performance.now() - this.lastMs < SILENCE_MS) return;
    this.lastMs = performance.now();
    await this.stream.write(': still here\n\n');
  }

  private async write(event: string, data: unknown): Promise<void> {
    this.lastMs = performance.now();
    await this.stream.writeSSE({ event, data: JSON.stringify(data) });
  }
}
