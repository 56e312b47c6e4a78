/** Every fault of docs/reliability.md, on real engines: what `npm run faults` plays, each a test of its own. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { ALL_FAULTS } from '../faults/all-faults.ts';
import { FaultStands } from '../faults/stands.ts';

const stands = new FaultStands();
afterAll(() => stands.stop(), 60_000);

describe('nothing is lost or doubled by', () => {
  test.each(ALL_FAULTS.map((fault) => ({ fault, title: `fault ${fault.number}: ${fault.name}` })))(
    '$title',
    async ({ fault }) => {
      const { reasons, survived, injected, lost, duplicated } = await stands.play(fault);
      expect(reasons).toEqual([]);
      expect({ survived, lost, duplicated }).toEqual({ survived: true, lost: 0, duplicated: 0 });
      expect(injected).toBeGreaterThan(0);
    },
    240_000,
  );
});
