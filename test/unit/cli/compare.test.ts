import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareLedgers, type PartitionEvidence } from '../../../cli/reconcile/compare.ts';
import { OffsetSet } from '../../../cli/reconcile/offset-set.ts';

type Fate = 'visible' | 'quarantined' | 'lost' | 'doubled' | 'both';

/** Evidence of one partition in which the record at each offset met the given fate. */
function evidence(fates: readonly Fate[], overrides: Partial<PartitionEvidence> = {}): PartitionEvidence {
  const visible = new OffsetSet();
  const quarantined = new OffsetSet();
  let rows = 0;
  let firstDoubled: number | undefined;
  fates.forEach((fate, offset) => {
    if (fate === 'visible' || fate === 'doubled' || fate === 'both') {
      visible.add(offset);
      rows += fate === 'doubled' ? 2 : 1;
      if (fate === 'doubled') firstDoubled ??= offset;
    }
    if (fate === 'quarantined' || fate === 'both') quarantined.add(offset);
  });
  return {
    logId: 'log',
    partition: 0,
    acknowledged: { records: fates.length, acceptedHash: 'aa' },
    broker: { endOffset: fates.length },
    receipts: { curated: visible.size, quarantined },
    visible: { rows, offsets: visible, firstDoubled, hash: 'aa' },
    ...overrides,
  };
}

describe('compareLedgers', () => {
  test('is true when every record is visible once or quarantined once', () => {
    const result = compareLedgers([evidence(['visible', 'visible', 'quarantined', 'visible'])]);
    expect(result).toMatchObject({
      ok: true,
      totals: {
        produced: 4,
        curated: 3,
        quarantined: 1,
        queryable: 3,
        lost: 0,
        duplicated: 0,
      },
      faults: [],
    });
  });

  test('is true of an empty topic', () => {
    expect(compareLedgers([evidence([])]).ok).toBe(true);
  });

  test('names the first offset missing', () => {
    const result = compareLedgers([evidence(['visible', 'lost', 'visible', 'lost'])]);
    expect(result.ok).toBe(false);
    expect(result.totals.lost).toBe(2);
    expect(result.faults[0]).toMatchObject({ kind: 'missing', partition: 0, offset: 1, count: 2 });
  });

  test('names the first offset doubled', () => {
    const result = compareLedgers([evidence(['visible', 'visible', 'doubled', 'doubled'])]);
    expect(result.totals).toMatchObject({ duplicated: 2, queryable: 6 });
    expect(result.faults[0]).toMatchObject({ kind: 'doubled', offset: 2, count: 2 });
  });

  test('a record both visible and quarantined is a double', () => {
    const result = compareLedgers([evidence(['visible', 'both'])]);
    expect(result.totals.duplicated).toBe(1);
    expect(result.faults[0]).toMatchObject({ kind: 'doubled', offset: 1 });
  });

  describe('at or below the cut', () => {
    const curated = (offsets: readonly number[]): OffsetSet => {
      const set = new OffsetSet();
      for (const offset of offsets) set.add(offset);
      return set;
    };

    test('what receipts call curated waits for compaction, and is not visible all the same', () => {
      const given = evidence(['visible', 'lost', 'lost', 'visible', 'lost']);
      const receipts = { ...given.receipts, curated: 4, curatedOffsets: curated([0, 1, 3, 4]) };
      const result = compareLedgers([{ ...given, receipts, cut: 3 }]);
      expect(result.ok).toBe(false);
      expect(result.totals).toMatchObject({ lost: 3, uncompacted: 1 });
      expect(result.faults).toMatchObject([
        { kind: 'missing', offset: 2, count: 2 },
        { kind: 'uncompacted', offset: 1, count: 1 },
      ]);
    });

    test('what was quarantined by newer code is visible until compaction', () => {
      const result = compareLedgers([evidence(['visible', 'both', 'both'], { cut: 1 })]);
      expect(result.totals).toMatchObject({ duplicated: 2, uncompacted: 1 });
      expect(result.faults).toMatchObject([
        { kind: 'doubled', offset: 2, count: 1 },
        { kind: 'uncompacted', offset: 1, count: 1 },
      ]);
    });

    test('a record is lost as ever of which no receipt tells', () => {
      const { totals, faults } = compareLedgers([evidence(['visible', 'lost'], { cut: 1 })]);
      expect(totals).toMatchObject({ lost: 1, uncompacted: 0 });
      expect(faults).toMatchObject([{ kind: 'missing', offset: 1 }]);
    });

    test('a partition that adds up has nothing to wait for', () => {
      expect(compareLedgers([evidence(['visible', 'quarantined'], { cut: 1 })])).toMatchObject({
        ok: true,
        totals: { uncompacted: 0 },
      });
    });
  });

  test('records acknowledged that the broker does not hold are lost', () => {
    const result = compareLedgers([
      evidence(['visible'], { acknowledged: { records: 3, acceptedHash: 'aa' } }),
    ]);
    expect(result.totals).toMatchObject({ produced: 3, lost: 2 });
    expect(result.faults[0]).toMatchObject({ kind: 'truncated', offset: 1, count: 2 });
  });

  test('records on the broker that no ledger acknowledges are named', () => {
    const result = compareLedgers([
      evidence(['visible', 'visible'], { acknowledged: { records: 1, acceptedHash: 'aa' } }),
    ]);
    expect(result.ok).toBe(false);
    expect(result.faults[0]).toMatchObject({ kind: 'unacknowledged', count: 1 });
  });

  test('rows beyond the end of the log are named', () => {
    const result = compareLedgers([evidence(['visible', 'visible'], { broker: { endOffset: 1 } })]);
    expect(result.ok).toBe(false);
    expect(result.faults.map((fault) => fault.kind)).toContain('phantom');
  });

  test('receipts that do not add up to what is visible are named', () => {
    const result = compareLedgers([
      evidence(['visible', 'visible'], { receipts: { curated: 1, quarantined: new OffsetSet() } }),
    ]);
    expect(result.ok).toBe(false);
    expect(result.faults[0]).toMatchObject({ kind: 'receipts-differ' });
  });

  test('a changed value is named even when all counts agree', () => {
    const honest = evidence(['visible', 'visible']);
    const result = compareLedgers([{ ...honest, visible: { ...honest.visible, hash: 'bb' } }]);
    expect(result.ok).toBe(false);
    expect(result.totals).toMatchObject({ lost: 0, duplicated: 0 });
    expect(result.faults[0]).toMatchObject({ kind: 'values-differ', partition: 0 });
  });

  test('a sum over two partitions cannot hide that one lost what the other doubled', () => {
    const result = compareLedgers([
      evidence(['visible', 'lost']),
      { ...evidence(['doubled']), partition: 1 },
    ]);
    expect(result.totals).toMatchObject({ produced: 3, queryable: 3, lost: 1, duplicated: 1 });
    expect(result.ok).toBe(false);
  });

  test('counts any mixture of fates exactly', () => {
    const fates = fc.array(fc.constantFrom<Fate>('visible', 'quarantined', 'lost', 'doubled', 'both'), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(fates, (list) => {
        const { totals, ok, faults } = compareLedgers([evidence(list)]);
        const count = (fate: Fate): number => list.filter((other) => other === fate).length;
        expect(totals.lost).toBe(count('lost'));
        expect(totals.duplicated).toBe(count('doubled') + count('both'));
        expect(ok).toBe(totals.lost + totals.duplicated === 0);
        const missing = faults.find((fault) => fault.kind === 'missing');
        expect(missing?.offset ?? -1).toBe(list.indexOf('lost'));
        const doubled = faults.find((fault) => fault.kind === 'doubled');
        expect(doubled?.offset ?? -1).toBe(list.findIndex((fate) => fate === 'doubled' || fate === 'both'));
      }),
    );
  });
});
