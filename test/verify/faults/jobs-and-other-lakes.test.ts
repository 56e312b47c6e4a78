/** The faults of docs/reliability.md with jobs on Spark or on lakes of their own, as far as they are chosen. */
import { isPlainDev } from '../../faults/all-faults.ts';
import { testFaults } from '../../faults/as-tests.ts';
import { CHOSEN_FAULTS } from '../../faults/chosen-faults.ts';

testFaults(CHOSEN_FAULTS.filter((fault) => !isPlainDev(fault)));
