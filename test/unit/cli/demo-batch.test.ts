import { describe, expect, test } from '@jest/globals';
import { dirtyListing } from '../../../cli/demo/dirty-listing.ts';
import { printBatch } from '../../../cli/demo/run-batch.ts';
import { type ViewSight, type WatchedView, watchView } from '../../../cli/demo/watch-view.ts';
import { readListing } from '../../../core/listing.ts';
import { recordTerminal } from './terminal-double.ts';

describe('dirtyListing', () => {
  const { text, symbols, dirt } = dirtyListing(4000, new Date('2026-11-20T14:30:59Z'));

  test('lists so many symbols for who reads it with care', () => {
    const listed = readListing(text);
    expect(listed).toHaveLength(symbols);
    expect(listed.find(({ symbol }) => symbol === 'AAPL')?.companyName).toBe('Apple Inc.');
    expect(listed.at(-1)?.companyName).toMatch(/^Example "[A-Z]{3}", Inc\. - Common Stock, Class A$/);
  });

  test('has test issues, repeated rows, rows without a symbol, and a footer that dates it', () => {
    const rows = text.trimEnd().split('\r\n');
    expect(rows.at(-1)).toBe('File Creation Time: 1120202614:30,,,,,,,');
    expect(rows).toHaveLength(symbols + dirt + 2);
    expect(rows.filter((row) => row.includes(',Y,')).length).toBeGreaterThan(20);
    expect(rows.filter((row) => row.startsWith(',')).length).toBeGreaterThan(5);
    expect(rows.length - new Set(rows).size).toBeGreaterThan(50);
  });
});

describe('watchView', () => {
  const sight: ViewSight = { rows: 5, distinct: 5, hash: '0:ab' };

  /** A view that shows these sights in turn, the last one for ever, while the work takes so many looks. */
  async function watch(sights: readonly ViewSight[], looksDuring: number): Promise<WatchedView> {
    let looks = 0;
    const enough = Promise.withResolvers<undefined>();
    const look = (): Promise<ViewSight> => {
      const seen = sights[Math.min(looks, sights.length - 1)] ?? sight;
      looks += 1;
      if (looks > looksDuring) enough.resolve(undefined);
      return Promise.resolve(seen);
    };
    return (await watchView(look, 'quotes', () => enough.promise)).watched;
  }

  test('looks before, as long as the work goes on, and after', async () => {
    const { during, isExact } = await watch([sight], 4);
    expect(during.length).toBeGreaterThanOrEqual(4);
    expect(isExact).toBe(true);
  });

  test.each<[string, Partial<ViewSight>]>([
    ['a row less', { rows: 4, distinct: 4 }],
    ['a row twice', { rows: 6 }],
    ['another value', { hash: '0:ac' }],
  ])('%s for a moment is noticed', async (_, change) => {
    expect((await watch([sight, sight, { ...sight, ...change }, sight], 4)).isExact).toBe(false);
  });

  test('rows that are doubled all the time are not exact either', async () => {
    expect((await watch([{ ...sight, rows: 6 }], 2)).isExact).toBe(false);
  });

  test('a work that fails is an error, once the looking has ended', async () => {
    const failing = watchView(
      () => Promise.resolve(sight),
      'quotes',
      () => Promise.reject(new Error('no Spark')),
    );
    await expect(failing).rejects.toThrow('no Spark');
  });

  test('is printed as a line a moment, with the span of what differed', async () => {
    const watched = await watch([sight, sight, { ...sight, rows: 4 }, sight], 3);
    const listing = { rows: 3, fileDate: '2026-11-20', columns: ['symbol'], sample: [['AAPL']] };
    const { terminal, out } = recordTerminal();
    printBatch(terminal, { listing, listed: 4, views: [watched], compacted: [], ok: false });
    expect(out()).toContain('nasdaq_listed: 3 symbols, as of 2026-11-20\nthe file lists 4: 3 are loaded');
    expect(out()).toMatch(/quotes +before +1 +5 +5\n/);
    expect(out()).toMatch(/quotes +during +\d+ +4–5 +5 +the same\n/);
    expect(out()).toContain('view quotes did not show the same rows at every moment');
  });
});
