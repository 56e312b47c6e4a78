import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ALL_FAULTS, LONG_FAULTS } from '../../faults/all-faults.ts';
import { faultsOf } from '../../faults/chosen-faults.ts';

const commits = Array.from({ length: 40 }, (_, index) =>
  createHash('sha1').update(String(index)).digest('hex'),
);

test('a commit plays one of the long faults and every second of the others', () => {
  const others = ALL_FAULTS.length - LONG_FAULTS.length;
  for (const commit of commits) {
    const chosen = faultsOf(commit);
    expect(chosen.filter((fault) => LONG_FAULTS.includes(fault))).toHaveLength(1);
    expect(Math.abs(chosen.length - 1 - others / 2)).toBeLessThanOrEqual(0.5);
  }
});

test('a series of commits plays all', () => {
  expect(new Set(commits.flatMap((commit) => faultsOf(commit)))).toEqual(new Set(ALL_FAULTS));
});

test('without a commit all are played', () => {
  expect(faultsOf(undefined)).toBe(ALL_FAULTS);
});
