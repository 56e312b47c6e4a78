/**
 * The faults of docs/reliability.md with jobs on Spark or on lakes of their own. Of the long ones, which take minutes each, one is
 * played: another with each commit, so that a series of them plays all; `npm run faults` always does, and so does FAULTS=all.
 */
import { ALL_FAULTS, isPlainDev, LONG_FAULTS } from '../../faults/all-faults.ts';
import { testFaults } from '../../faults/as-tests.ts';
import { currentCommit } from '../../helpers/current-commit.ts';

const commit = process.env['FAULTS'] === 'all' ? undefined : currentCommit();
const chosen = LONG_FAULTS[Number.parseInt(commit?.slice(0, 8) ?? '', 16) % LONG_FAULTS.length];

testFaults(
  ALL_FAULTS.filter(
    (fault) =>
      !isPlainDev(fault) && (chosen === undefined || fault === chosen || !LONG_FAULTS.includes(fault)),
  ),
);
