/** The faults of docs/reliability.md on the shared lake of stage dev, without jobs: about half by time, played beside the others. */
import { ALL_FAULTS, isPlainDev } from '../../faults/all-faults.ts';
import { testFaults } from '../../faults/as-tests.ts';

testFaults(ALL_FAULTS.filter(isPlainDev));
