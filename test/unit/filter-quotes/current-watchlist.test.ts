import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Parameter } from '../../../adapters/parameters.ts';
import {
  CurrentWatchlist,
  READ_AGAIN_MS,
  TRUST_MS,
} from '../../../lambdas/filter-quotes/current-watchlist.ts';

let nowMs: number;
let reads: number;
let answer: () => Promise<Parameter>;
let refused: unknown[];
let current: CurrentWatchlist;

const stating = (...symbols: string[]): (() => Promise<Parameter>) => {
  return () => Promise.resolve({ text: JSON.stringify({ symbols }), version: symbols.length });
};
const down = (): Promise<never> => Promise.reject(new Error('SSM is down'));
const malformed = (): Promise<Parameter> => Promise.resolve({ text: '{"symbol":"AAPL"}', version: 9 });
const symbols = async (): Promise<string[]> => [...(await current.get()).watchlist.symbols];

beforeEach(() => {
  [nowMs, reads, refused] = [1_800_000_000_000, 0, []];
  answer = stating('AAPL');
  current = new CurrentWatchlist({
    read: () => {
      reads += 1;
      return answer();
    },
    now: () => nowMs,
    onRefused: (error) => refused.push(error),
  });
});

describe('the current watchlist', () => {
  test('is read at first use, and not again within half a minute', async () => {
    expect(await symbols()).toEqual(['AAPL']);
    answer = stating('AAPL', 'MSFT');
    nowMs += READ_AGAIN_MS - 1;
    expect(await symbols()).toEqual(['AAPL']);
    expect(reads).toBe(1);
  });

  test('is a changed one well within a minute, and says which version', async () => {
    await current.get();
    answer = stating('AAPL', 'MSFT');
    nowMs += READ_AGAIN_MS;
    expect(READ_AGAIN_MS).toBeLessThanOrEqual(30_000);
    expect(await symbols()).toEqual(['AAPL', 'MSFT']);
    expect(await current.get()).toMatchObject({ version: 2 });
  });

  test.each([
    ['cannot be read', down],
    ['makes no sense', malformed],
  ])('goes on when the new one %s, and tells each time', async (_, bad) => {
    await current.get();
    answer = bad;
    for (let spentMs = READ_AGAIN_MS; spentMs < TRUST_MS; spentMs += READ_AGAIN_MS) {
      nowMs += READ_AGAIN_MS;
      expect(await symbols()).toEqual(['AAPL']);
      // No more than one try in half a minute: an outage must not slow every batch.
      await current.get();
    }
    expect(refused).toHaveLength(TRUST_MS / READ_AGAIN_MS - 1);
    expect(reads).toBe(refused.length + 1);
  });

  test.each([
    ['cannot be read', down, /SSM is down/],
    ['makes no sense', malformed, /no property "symbol"/],
  ])('is trusted for a quarter of an hour when the new one %s, and then stops', async (_, bad, message) => {
    await current.get();
    answer = bad;
    nowMs += TRUST_MS;
    await expect(current.get()).rejects.toThrow(message);
    await expect(current.get()).rejects.toThrow(message);
    expect(reads).toBe(3);
    answer = stating('ZM');
    expect(await symbols()).toEqual(['ZM']);
  });

  test.each([
    ['cannot be read', down, /SSM is down/],
    ['makes no sense', malformed, /no property "symbol"/],
  ])(
    'that %s is an error where none is known, and is tried again by the next batch',
    async (_, bad, message) => {
      answer = bad;
      await expect(current.get()).rejects.toThrow(message);
      expect(refused).toHaveLength(1);
      answer = stating('ZM');
      expect(await symbols()).toEqual(['ZM']);
    },
  );

  test('is as old as the call that read it, not as its answer', async () => {
    await current.get();
    const startMs = (nowMs += READ_AGAIN_MS);
    answer = () => {
      nowMs += 20_000;
      return stating('ZM')();
    };
    await current.get();
    answer = down;
    nowMs = startMs + TRUST_MS;
    await expect(current.get()).rejects.toThrow('SSM is down');
  });
});
