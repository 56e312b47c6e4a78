/** The watchlist as its parameter states it: a change takes effect within a minute, and a bad one does no harm at once. */
import type { ParameterReader } from '../../adapters/parameters.ts';
import { parseWatchlist, type Watchlist } from '../../core/watchlist.ts';

export interface WatchlistPorts {
  readonly read: ParameterReader;
  /** Epoch ms. */
  readonly now: () => number;
  /** Told each time that the list could not be read or makes no sense, whether or not an older one is used. */
  readonly onRefused: (error: unknown) => void;
}

export interface KnownWatchlist {
  readonly watchlist: Watchlist;
  /** Of the parameter. */
  readonly version: number;
}

/** How long a list is used before it is read again, ms. */
export const READ_AGAIN_MS = 30_000;

/**
 * How long a list that can no longer be read again is used, ms. An outage of minutes, or a typing error that somebody is about
 * to mend, should not stop the stream. But what a newer list would have kept is lost to the speed path for good, while
 * batches that fail wait in Kafka for days: so after that, stop.
 */
export const TRUST_MS = 15 * 60_000;

export class CurrentWatchlist {
  readonly #ports: WatchlistPorts;
  #known: (KnownWatchlist & { readonly readMs: number }) | undefined;
  #triedMs = Number.NEGATIVE_INFINITY;

  constructor(ports: WatchlistPorts) {
    this.#ports = ports;
  }

  /** @throws TickerlakeError PARAMETER_UNAVAILABLE or WATCHLIST_MALFORMED if no list is known that may still be used */
  async get(): Promise<KnownWatchlist> {
    const { read, now, onRefused } = this.#ports;
    const nowMs = now();
    const known = this.#known;
    const isTrusted = known !== undefined && nowMs - known.readMs < TRUST_MS;
    if (isTrusted && nowMs - this.#triedMs < READ_AGAIN_MS) return known;
    this.#triedMs = nowMs;
    try {
      const { text, version } = await read();
      // As of before the call: what is read may have been replaced while the answer was on its way.
      this.#known = { watchlist: parseWatchlist(text), version, readMs: nowMs };
      return this.#known;
    } catch (error) {
      onRefused(error);
      if (isTrusted) return known;
      throw error;
    }
  }
}
