/**
 * What `npm run verify` plays of the faults: of the long ones, which take minutes each, one; of the others every second one. Which, goes by
 * the commit, so that a series of them plays all. `npm run faults` always plays all, and so does FAULTS=all.
 */
import { currentCommit } from '../helpers/current-commit.ts';
import { ALL_FAULTS, LONG_FAULTS } from './all-faults.ts';
import type { Fault } from './fault.ts';

/** @param commit its hash; undefined for all */
export function faultsOf(commit: string | undefined): readonly Fault[] {
  if (commit === undefined) return ALL_FAULTS;
  const number = Number.parseInt(commit.slice(0, 8), 16);
  const long = LONG_FAULTS[number % LONG_FAULTS.length];
  // By place and not by number: of faults that share a lake, and so a subject, every second one.
  const short = ALL_FAULTS.filter((fault) => !LONG_FAULTS.includes(fault)).filter(
    (_, place) => place % 2 === (number >>> 3) % 2,
  );
  return ALL_FAULTS.filter((fault) => fault === long || short.includes(fault));
}

export const CHOSEN_FAULTS = faultsOf(process.env['FAULTS'] === 'all' ? undefined : currentCommit());
