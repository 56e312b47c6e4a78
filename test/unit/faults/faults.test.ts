import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { LakeReconciliation } from '../../../cli/reconcile/reconcile-lake.ts';
import { ALL_FAULTS } from '../../faults/all-faults.ts';
import { type FaultReport, judgeFault } from '../../faults/fault.ts';
import { describePlayed, summarizePlayed } from '../../faults/report.ts';
import type { WatchedView } from '../../faults/seen-rows.ts';
import type { PlayedFault } from '../../faults/stands.ts';

const FAULTS_OF_THE_LIST = 47;

function reconciliation(
  produced: number,
  change: Partial<LakeReconciliation['totals']> = {},
  { servedLost = 0, servedDuplicated = 0 } = {},
): LakeReconciliation {
  const totals = {
    produced,
    curated: produced,
    quarantined: 0,
    queryable: produced,
    lost: 0,
    duplicated: 0,
    uncompacted: 0,
    ...change,
  };
  const ok = [totals.lost, totals.duplicated, servedLost, servedDuplicated].every((count) => count === 0);
  const served = { served: produced, servedLost, servedDuplicated, partitions: [] };
  return { ok, totals, partitions: [], served, faults: [] };
}

function watched(change: Partial<WatchedView>): WatchedView {
  return { answers: 9, lost: 0, duplicated: 0, changed: 0, first: 'answer 2: 0/1 missing', ...change };
}

const NOTHING = { lost: 0, duplicated: 0, servedLost: 0, servedDuplicated: 0 };

describe('a fault is survived', () => {
  const clean: FaultReport = { injected: 2, control: reconciliation(10), outcome: reconciliation(30) };

  test('if its control run was clean, it fired, and nothing is lost or doubled', () => {
    expect(judgeFault(clean)).toEqual({ survived: true, ...NOTHING, reasons: [] });
  });

  test.each([
    ['its injection never fired', { injected: 0 }, 'never fired'],
    ['a record is lost', { outcome: reconciliation(30, { lost: 1 }) }, 'lost 1'],
    ['a record is doubled', { outcome: reconciliation(30, { duplicated: 2 }) }, 'duplicated 2'],
    ['a record is not served', { outcome: reconciliation(30, {}, { servedLost: 3 }) }, 'served lost 3'],
    [
      'a record is served twice',
      { outcome: reconciliation(30, {}, { servedDuplicated: 4 }) },
      'served duplicated 4',
    ],
    [
      'its control run lost a record',
      { control: reconciliation(10, { lost: 1 }) },
      'clean run before it failed',
    ],
    ['its control run had no record', { control: reconciliation(0) }, 'had no record'],
    ['it does not come to rest', { unsettled: 'no progress for 60 s' }, 'no progress'],
    ['its view lost a row for a while', { watched: watched({ lost: 1 }) }, 'answer 2: 0/1 missing'],
    ['its view showed a row twice', { watched: watched({ duplicated: 1 }) }, 'duplicated 1'],
    ['its view showed other values', { watched: watched({ changed: 1 }) }, 'changed 1'],
    ['no record went through it', { outcome: reconciliation(10) }, 'no record went through'],
  ])('not if %s', (_, change, reason) => {
    const verdict = judgeFault({ ...clean, ...change });
    expect(verdict.survived).toBe(false);
    expect(verdict.reasons.join('\n')).toContain(reason);
  });
});

describe('the report', () => {
  const played = (change: Partial<PlayedFault>): PlayedFault => ({
    ...{ number: 4, name: 'S3 answers 503', survived: true, injected: 3, records: 240 },
    ...{ ...NOTHING, reasons: [], tookMs: 4210 },
    ...change,
  });

  test('ends with counts, and is good only if every fault was played and survived', () => {
    expect(summarizePlayed([played({}), played({ number: 5 })], 2)).toEqual({
      ok: true,
      line: 'faults: 2 of 2 survived; lost 0; duplicated 0; served lost 0; served duplicated 0',
    });
    expect(summarizePlayed([played({})], 2)).toEqual({
      ok: false,
      line: 'faults: 1 of 2 survived; lost 0; duplicated 0; served lost 0; served duplicated 0',
    });
    const failed = played({ survived: false, lost: 2, duplicated: 1, servedLost: 3, servedDuplicated: 4 });
    expect(summarizePlayed([played({}), failed], 2)).toEqual({
      ok: false,
      line: 'faults: 1 of 2 survived; lost 2; duplicated 1; served lost 3; served duplicated 4',
    });
  });

  test('says of each fault what was counted, and why it failed', () => {
    expect(
      describePlayed(played({ survived: false, lost: 1, reasons: ['lost 1; missing in partition 2'] })),
    ).toEqual([
      'FAILED  4  S3 answers 503 — injected 3; 240 records so far; lost 1; duplicated 0; served lost 0; served duplicated 0 (4.2 s)',
      '         lost 1; missing in partition 2',
    ]);
  });
});

describe('the list', () => {
  test('has every number once', () => {
    const numbers = ALL_FAULTS.map(({ number }) => number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: FAULTS_OF_THE_LIST }, (_, index) => index + 1));
  });

  test('stands in docs/reliability.md, each fault with the name of its test', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/reliability.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].map(([, number, name]) => [
      Number(number),
      name?.trim(),
    ]);
    const faults = [...ALL_FAULTS]
      .sort((a, b) => a.number - b.number)
      .map(({ number, name }) => [number, name]);
    expect(rows).toEqual(faults);
  });
});
