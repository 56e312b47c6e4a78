/** The faults of docs/reliability.md on the shared lake of stage dev, without jobs, as far as they are chosen: about half by time, played beside the others. */
import { isPlainDev } from '../../faults/all-faults.ts';
import { testFaults } from '../../faults/as-tests.ts';
import { CHOSEN_FAULTS } from '../../faults/chosen-faults.ts';

testFaults(CHOSEN_FAULTS.filter(isPlainDev));
