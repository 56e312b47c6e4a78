import { useEffect } from 'react';
import type { Candles, Events } from '../../api.ts';
import { mergeCandles } from '../market/merge-candles.ts';
import { queryClient } from './client.ts';
import { changeConnection } from './connection.ts';
import { ACTIVITY_PATH, ALARMS_PATH, candlesPath, MOVERS_PATH } from './paths.ts';
import { apiPath } from './request.ts';

/** Without an answer for so long, the lake has ended. */
const ENDED_AFTER_MS = 6_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/** What candles are followed, if any. */
type Subject = Pick<Candles, 'symbol' | 'minutes'> | undefined;

/** The page's one stream of events. What comes is written where the answer to the same question would be. */
class EventStream {
  #source: EventSource | undefined;
  #subject: Subject;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #ended: ReturnType<typeof setTimeout> | undefined;
  #wasLost = false;

  /** Opens the stream, and closes it while nobody looks: browsers allow six connections to a server, and each tab holds one. */
  start(): void {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#close();
      else this.#open();
    });
    if (!document.hidden) this.#open();
  }

  follow(subject: Subject): void {
    if (subject?.symbol === this.#subject?.symbol && subject?.minutes === this.#subject?.minutes) return;
    this.#subject = subject;
    if (this.#source !== undefined) this.#open();
  }

  #open(): void {
    this.#close();
    const source = new EventSource(apiPath(['events'], { ...this.#subject }));
    this.#source = source;
    source.onopen = () => {
      this.#opened();
    };
    source.onerror = () => {
      this.#lost(source);
    };
    for (const [name, write] of Object.entries(WRITERS))
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        write(JSON.parse(data) as never);
      });
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #opened(): void {
    clearTimeout(this.#ended);
    this.#ended = undefined;
    this.#retryMs = FIRST_RETRY_MS;
    changeConnection({ state: 'live', trouble: null });
    // It may be another lake by now.
    if (this.#wasLost) void queryClient.invalidateQueries();
    this.#wasLost = false;
  }

  #lost(source: EventSource): void {
    this.#wasLost = true;
    if (this.#ended === undefined) {
      changeConnection({ state: 'reconnecting' });
      this.#ended = setTimeout(() => {
        changeConnection({ state: 'ended' });
      }, ENDED_AFTER_MS);
    }
    // A browser tries again by itself, but not after an answer that is no success.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#open();
    }, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }
}

const WRITERS: { readonly [Name in keyof Events]: (data: Events[Name]) => void } = {
  pipeline: (activity) => {
    queryClient.setQueryData(ACTIVITY_PATH, activity);
  },
  movers: (movers) => {
    queryClient.setQueryData(MOVERS_PATH, movers);
  },
  candles: (changed) => {
    queryClient.setQueryData(candlesPath(changed.symbol, changed.minutes), (known: Candles | undefined) =>
      known === undefined ? undefined : { ...known, candles: mergeCandles(known.candles, changed.candles) },
    );
  },
  alarms: (alarms) => {
    queryClient.setQueryData(ALARMS_PATH, alarms);
  },
  trouble: (trouble) => {
    changeConnection({ trouble: trouble?.message ?? null });
  },
};

export const eventStream = new EventStream();

/** Has the candles of a symbol come as they change, for as long as they are shown. */
export function useCandleEvents(symbol: string | undefined, minutes: number): void {
  useEffect(() => {
    eventStream.follow(symbol === undefined ? undefined : { symbol, minutes });
    return () => {
      eventStream.follow(undefined);
    };
  }, [symbol, minutes]);
}
