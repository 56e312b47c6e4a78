import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareServed, type ServedEvidence } from '../../../cli/reconcile/compare-served.ts';
import { OffsetSet } from '../../../cli/reconcile/offset-set.ts';
import { RowSums, type SummedRows } from '../../../cli/reconcile/row-sums.ts';

const LOG = 'log';

/** Rows at these offsets, each with a value of its own, but for the ones that were changed. */
function rows(offsets: readonly number[], changed: readonly number[] = []): SummedRows {
  const sums = new RowSums();
  for (const offset of offsets)
    sums.add(0, offset, BigInt(changed.includes(offset) ? offset + 1_000 : offset) * 7_919n);
  return (
    sums.partitions().get(0) ?? {
      rows: 0,
      offsets: new OffsetSet(),
      firstDoubled: undefined,
      hash: '0'.repeat(16),
    }
  );
}

function evidence(parts: {
  readonly watched: readonly number[];
  readonly filtered?: readonly number[];
  readonly served: readonly number[];
  readonly changed?: readonly number[];
  readonly isWatchedWhole?: boolean;
}): ServedEvidence {
  const { watched, filtered = watched, served, changed = [], isWatchedWhole = true } = parts;
  return {
    logId: LOG,
    partition: 0,
    watched: rows(watched),
    isWatchedWhole,
    filtered: rows(filtered),
    expected: rows([...new Set([...watched, ...filtered])]),
    served: rows(served, changed),
  };
}

const kinds = (...args: Parameters<typeof compareServed>): string[] =>
  compareServed(...args).faults.map(({ kind }) => kind);

describe('compareServed', () => {
  test('is content when every watched record is served once', () => {
    expect(compareServed([evidence({ watched: [1, 5, 9], served: [9, 1, 5] })], [], undefined)).toMatchObject(
      {
        served: 3,
        servedLost: 0,
        servedDuplicated: 0,
        partitions: [{ expected: 3, valuesAgree: true }],
        faults: [],
      },
    );
  });

  test('is content with nothing', () => {
    expect(kinds([evidence({ watched: [], served: [] })], [], undefined)).toEqual([]);
  });

  test('names the first record that is not served', () => {
    const { faults, servedLost } = compareServed(
      [evidence({ watched: [1, 5, 9], served: [1] })],
      [],
      undefined,
    );
    expect(servedLost).toBe(2);
    expect(faults).toEqual([{ kind: 'served-missing', logId: LOG, partition: 0, offset: 5, count: 2 }]);
  });

  test('what the filter passed over is missing in both, though view and database agree', () => {
    const found = compareServed([evidence({ watched: [1, 5], filtered: [1], served: [1] })], [], undefined);
    expect(found.servedLost).toBe(1);
    expect(found.faults.map(({ kind }) => kind)).toEqual(['served-missing', 'filtered-missing']);
  });

  test('a row that nothing accounts for counts as one too many', () => {
    const found = compareServed([evidence({ watched: [1], served: [1, 3] })], [], undefined);
    expect(found.servedDuplicated).toBe(1);
    expect(found.faults).toMatchObject([{ kind: 'served-unknown', offset: 3 }]);
  });

  test('what the filter kept against the watchlist is named, unless the watchlist was another one once', () => {
    const parts = { watched: [1], filtered: [1, 2], served: [1, 2] };
    expect(kinds([evidence(parts)], [], undefined)).toEqual(['filtered-unknown']);
    expect(kinds([evidence({ ...parts, isWatchedWhole: false })], [], undefined)).toEqual([]);
  });

  test('a row that shows twice is named, in the database and in the view', () => {
    expect(kinds([evidence({ watched: [1, 2], served: [1, 2, 2] })], [], undefined)).toEqual([
      'served-doubled',
    ]);
    expect(
      kinds([evidence({ watched: [1, 2], filtered: [1, 1, 2], served: [1, 2] })], [], undefined),
    ).toEqual(['filtered-doubled']);
  });

  test('a changed value is named even when all counts agree', () => {
    const found = compareServed([evidence({ watched: [1, 2], served: [1, 2], changed: [2] })], [], undefined);
    expect(found.faults).toMatchObject([{ kind: 'served-values-differ', count: 2 }]);
    expect(found.partitions[0]?.valuesAgree).toBe(false);
  });

  test('a latest row that is not the newest is named', () => {
    const found = compareServed([evidence({ watched: [1], served: [1] })], [], {
      partition: 2,
      offset: 7,
      symbols: 3,
    });
    expect(found.faults).toEqual([{ kind: 'latest-differs', logId: LOG, partition: 2, offset: 7, count: 3 }]);
  });

  test('a record of the derived topic that no receipt accounts for is named', () => {
    const receipts = { curated: 3, quarantined: new OffsetSet(), coveredTo: 3 };
    const derived = { logId: LOG, partition: 1, endOffset: 5, receipts };
    expect(compareServed([], [derived], undefined).faults).toEqual([
      { kind: 'filtered-unaccounted', logId: LOG, partition: 1, offset: 3, count: 2 },
    ]);
    expect(kinds([], [{ ...derived, endOffset: 3 }], undefined)).toEqual([]);
  });

  test('counts any mixture exactly', () => {
    const offsets = fc.uniqueArray(fc.nat(200_000), { maxLength: 60 });
    fc.assert(
      fc.property(offsets, offsets, offsets, (watched, filtered, served) => {
        const found = compareServed([evidence({ watched, filtered, served })], [], undefined);
        const expected = [...new Set([...watched, ...filtered])];
        const lost = expected.filter((offset) => !served.includes(offset));
        const unknown = served.filter((offset) => !expected.includes(offset));
        expect(found).toMatchObject({
          served: served.length,
          servedLost: lost.length,
          servedDuplicated: unknown.length,
        });
        const first = (kind: string): number | undefined =>
          found.faults.find((fault) => fault.kind === kind)?.offset;
        expect(first('served-missing')).toBe(lost.length === 0 ? undefined : Math.min(...lost));
        expect(first('served-unknown')).toBe(unknown.length === 0 ? undefined : Math.min(...unknown));
      }),
    );
  });
});
