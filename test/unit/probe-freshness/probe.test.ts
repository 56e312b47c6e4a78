import { describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import { renderView } from '../../../core/view.ts';
import type { ProbeConfig } from '../../../lambdas/probe-freshness/config.ts';
import type { Answer } from '../../../lambdas/probe-freshness/ports.ts';
import { probe } from '../../../lambdas/probe-freshness/probe.ts';
import type { ProbePorts } from '../../../lambdas/probe-freshness/probe-freshness.ts';

const config: ProbeConfig = {
  functionName: 'tickerlake-dev-probe-freshness',
  database: 'tickerlake_dev',
  topic: 'quotes',
  workgroup: 'tickerlake-dev-etl',
  isProduced: true,
  objectiveSeconds: 300,
  compaction: { job: 'tickerlake-dev-compact', topics: ['quotes'] },
};
const IN_SESSION = Date.parse('2026-11-20T16:00:00Z');
const CLOSED = Date.parse('2026-11-21T16:00:00Z');
const VIEW = {
  ...renderView({ database: 'tickerlake_dev', viewName: 'quotes', cut: [], hasHistory: false }),
  versionId: '1',
};
const FRESH: Answer = { rows: [['2026-11-20 15:59:00.000', '9']], scannedBytes: 7 };
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** A probe where all is well but for what is given, and the metrics that it emits. */
function run({
  view = () => Promise.resolve(VIEW),
  ask = () => Promise.resolve(FRESH),
  runs = () => Promise.resolve(new Map([['quotes', IN_SESSION - 60_000]])),
  nowMs = IN_SESSION,
}: {
  view?: ProbePorts['views']['get'];
  ask?: ProbePorts['queries']['ask'];
  runs?: ProbePorts['runs']['lastSuccesses'];
  nowMs?: number;
}) {
  const emitted: string[] = [];
  const metricsOf = () => {
    const kept: string[] = [];
    return {
      add: (name: string, value: number): void => void kept.push(`${name} ${value}`),
      publish: (): void => void emitted.push(...kept.splice(0)),
    };
  };
  const ports: ProbePorts = {
    views: { get: view },
    queries: { ask },
    runs: { lastSuccesses: runs, tableCreatedAt: () => Promise.reject(new Error('nobody planned this')) },
  };
  const probed = probe(ports, config, metricsOf, { nowMs, patienceMs: 10, deadlineMs: 20 });
  return { emitted, probed };
}

const SEEN = ['FreshnessSeconds 60', 'FreshnessMissed 0', 'RowsSeen 9', 'BytesProbed 7'];
const COMPACTION = 'CompactionAge 60';

describe('a probe', () => {
  test('measures what it sees', async () => {
    const { emitted, probed } = run({});
    expect(await probed).toMatchObject({ freshness: { rows: 9 }, compactionAges: new Map([['quotes', 60]]) });
    expect(emitted.toSorted()).toEqual([...SEEN, COMPACTION].toSorted());
  });

  test.each<[string, Parameters<typeof run>[0], string]>([
    ['is gone', { view: () => Promise.resolve(undefined) }, 'OBJECT_NOT_FOUND'],
    [
      'is somebody else’s',
      { view: () => Promise.resolve({ ViewOriginalText: 'SELECT 1', versionId: '1' }) },
      'VIEW_MALFORMED',
    ],
    ['cannot be described', { view: refuse('CATALOG_UNAVAILABLE') }, 'CATALOG_UNAVAILABLE'],
    ['cannot be queried', { ask: refuse('QUERY_FAILED') }, 'QUERY_FAILED'],
    ['is too slow', { ask: refuse('WAIT_TIMED_OUT') }, 'WAIT_TIMED_OUT'],
    ['never answers', { ask: never }, 'WAIT_TIMED_OUT'],
  ])('counts as missed where the view %s, and fails', async (_, parts, code) => {
    const { emitted, probed } = run(parts);
    await expect(probed).rejects.toMatchObject({ code });
    expect(emitted.toSorted()).toEqual([COMPACTION, 'FreshnessMissed 1']);
  });

  test('asks nothing and misses nothing while nothing is due', async () => {
    const { emitted, probed } = run({ view: refuse('CATALOG_UNAVAILABLE'), nowMs: CLOSED });
    expect(await probed).toMatchObject({ freshness: undefined });
    expect(emitted.join()).not.toContain('Freshness');
  });

  test('measures the view though compaction cannot be asked for, and fails', async () => {
    const { emitted, probed } = run({ runs: refuse('CATALOG_UNAVAILABLE') });
    await expect(probed).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
    expect(emitted).toEqual(SEEN);
  });

  test('measures the view at once, not when compaction answers', async () => {
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, number>>();
    const { emitted, probed } = run({ runs: () => promise });
    await new Promise((done) => setImmediate(done));
    expect(emitted).toEqual(SEEN);
    resolve(new Map([['quotes', IN_SESSION]]));
    await probed;
  });
});

function refuse(code: TickerlakeError['code']): () => Promise<never> {
  return () => Promise.reject(new TickerlakeError(code, 'refused'));
}
