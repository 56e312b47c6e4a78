import { describe, expect, test } from '@jest/globals';
import type { CatalogView } from '../../../adapters/catalog-views.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { renderView } from '../../../core/view.ts';
import { loadConfig } from '../../../lambdas/probe-freshness/config.ts';
import { readTime } from '../../../lambdas/probe-freshness/event.ts';
import { measureCompaction, measureFreshness } from '../../../lambdas/probe-freshness/measure.ts';
import type { Answer, CompactionRuns } from '../../../lambdas/probe-freshness/ports.ts';
import { seeCompaction, seeFreshness } from '../../../lambdas/probe-freshness/probe-freshness.ts';

const ENV = {
  AWS_LAMBDA_FUNCTION_NAME: 'tickerlake-dev-probe-freshness',
  DATABASE_NAME: 'tickerlake_dev',
  TOPIC: 'quotes',
  WORKGROUP: 'tickerlake-dev-etl',
  IS_PRODUCED: 'true',
  OBJECTIVE_SECONDS: '300',
  COMPACT_JOB: 'tickerlake-dev-compact',
  COMPACTED_TOPICS: 'quotes,quotes_filtered',
};
const config = loadConfig(ENV);
/** In a session. */
const NOW = Date.parse('2026-11-20T16:00:00Z');
const VIEW: CatalogView = {
  ...renderView({ database: 'tickerlake_dev', viewName: 'quotes', cut: [], hasHistory: false }),
  versionId: '1',
};

function look(
  answer: Answer | TickerlakeError,
  { view = VIEW, nowMs = NOW }: { view?: CatalogView | undefined; nowMs?: number } = {},
) {
  const asked: string[] = [];
  const ports = {
    views: { get: () => Promise.resolve(view) },
    queries: {
      ask: (sql: string) => {
        asked.push(sql);
        return answer instanceof TickerlakeError ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
  };
  return { asked, seen: seeFreshness(ports, config, nowMs, 1000) };
}

const answer = (newest: string | null, rows = '100'): Answer => ({ rows: [[newest, rows]], scannedBytes: 7 });

describe('a look at the view', () => {
  test('tells age, rows and bytes, and that the objective is met', async () => {
    expect(await look(answer('2026-11-20 15:55:00.000')).seen).toEqual({
      freshnessSeconds: 300,
      isMissed: false,
      rows: 100,
      scannedBytes: 7,
      hasHistory: false,
    });
  });

  test('misses the objective by a millisecond', async () => {
    expect(await look(answer('2026-11-20 15:54:59.999')).seen).toMatchObject({ isMissed: true });
  });

  test('of an empty view counts from the open', async () => {
    expect(await look(answer(null, '0')).seen).toMatchObject({ freshnessSeconds: 5400, rows: 0 });
  });

  test('asks nothing while the exchanges are closed', async () => {
    const { asked, seen } = look(answer(null), { nowMs: Date.parse('2026-11-21T16:00:00Z') });
    expect(await seen).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('fails without the view, before it costs anything', async () => {
    const none = {
      views: { get: () => Promise.resolve(undefined) },
      queries: { ask: () => Promise.reject(new Error('nobody planned this')) },
    };
    await expect(seeFreshness(none, config, NOW, 1)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      hint: expect.stringContaining('deploy') as unknown,
    });
  });

  test('fails on a view that somebody else wrote', async () => {
    const { seen } = look(answer(null), { view: { ViewOriginalText: 'SELECT 1', versionId: '1' } });
    await expect(seen).rejects.toMatchObject({ code: 'VIEW_MALFORMED' });
  });

  test('fails with what Athena says', async () => {
    const error = new TickerlakeError('QUERY_FAILED', 'Bytes scanned limit was exceeded');
    await expect(look(error).seen).rejects.toBe(error);
  });

  test('fails on a timestamp that it cannot read, instead of taking it for none', async () => {
    await expect(look(answer('yesterday')).seen).rejects.toMatchObject({ code: 'QUERY_FAILED' });
  });
});

describe('a look at compaction', () => {
  const runs = (successes: Record<string, number>): CompactionRuns => ({
    lastSuccesses: () => Promise.resolve(new Map(Object.entries(successes))),
    tableCreatedAt: (_database, table) =>
      Promise.resolve(NOW - (table === 'quotes_curated' ? 20_000 : 40_000)),
  });

  test('tells the age of each topic’s last success, or of its table while there was none', async () => {
    expect(await seeCompaction({ runs: runs({ quotes: NOW - 3000 }) }, config, NOW)).toEqual(
      new Map([
        ['quotes', 3],
        ['quotes_filtered', 40],
      ]),
    );
  });

  test('is not taken where compaction has no schedule', async () => {
    const { compaction } = loadConfig({ ...ENV, COMPACT_JOB: '' });
    expect(compaction).toBeUndefined();
    expect(await seeCompaction({ runs: runs({}) }, { ...config, compaction }, NOW)).toEqual(new Map());
  });
});

describe('metrics', () => {
  const recorder = () => {
    const lines: string[] = [];
    const add = (name: string, value: number): void => void lines.push(`${name} ${value}`);
    return { lines, metrics: { add, publish: (): void => void lines.push('published') } };
  };

  test('have no sample while nothing is due, so that no budget burns', () => {
    const { lines, metrics } = recorder();
    measureFreshness(metrics, undefined);
    expect(lines).toEqual([]);
  });

  test('have age, miss, rows and bytes of a probe', () => {
    const { lines, metrics } = recorder();
    const seen = { freshnessSeconds: 301, isMissed: true, rows: 9, scannedBytes: 8, hasHistory: true };
    measureFreshness(metrics, seen);
    expect(lines).toEqual([
      'FreshnessSeconds 301',
      'FreshnessMissed 1',
      'RowsSeen 9',
      'BytesProbed 8',
      'published',
    ]);
  });

  test('have the age of compaction by topic', () => {
    const { lines, metrics } = recorder();
    const topics: string[] = [];
    measureCompaction(
      (topic) => {
        topics.push(topic);
        return metrics;
      },
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    expect({ topics, lines }).toEqual({
      topics: ['a', 'b'],
      lines: ['CompactionAge 1', 'published', 'CompactionAge 2', 'published'],
    });
  });
});

describe('configuration and event', () => {
  test.each([
    ['WORKGROUP', ''],
    ['OBJECTIVE_SECONDS', 'soon'],
    ['OBJECTIVE_SECONDS', '0'],
    ['IS_PRODUCED', 'maybe'],
    ['COMPACTED_TOPICS', ''],
  ])('%s of %j stops the start with its name', (name, value) => {
    expect(() => loadConfig({ ...ENV, [name]: value })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', coordinates: { variable: name } }),
    );
  });

  test.each([
    [{ time: '2026-11-20T16:00:00Z' }, NOW],
    [{}, undefined],
    [null, undefined],
  ])('event %j is of %j', (event, time) => {
    expect(readTime(event)).toBe(time);
  });

  test('an event with another time is refused', () => {
    expect(() => readTime({ time: 'noon' })).toThrow(expect.objectContaining({ code: 'EVENT_MALFORMED' }));
  });
});
