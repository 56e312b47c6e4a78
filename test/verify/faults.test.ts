/** Every fault of docs/reliability.md, on real engines: what `npm run faults` plays, each a test of its own. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { ALL_FAULTS } from '../faults/all-faults.ts';
import { FaultStands } from '../faults/stands.ts';

const stands = new FaultStands();
afterAll(() => stands.stop(), 60_000);

const NOTHING_LOST = { survived: true, lost: 0, duplicated: 0, servedLost: 0, servedDuplicated: 0 };

/** Those with jobs on Spark take a minute or two where nothing else goes on. */
const PLAY_MS = 900_000;

describe('nothing is lost or doubled by', () => {
  test.each(ALL_FAULTS.map((fault) => ({ fault, title: `fault ${fault.number}: ${fault.name}` })))(
    '$title',
    async ({ fault }) => {
      const played = await stands.play(fault);
      expect(played.reasons).toEqual([]);
      expect(played).toMatchObject(NOTHING_LOST);
      expect(played.injected).toBeGreaterThan(0);
    },
    PLAY_MS,
  );
});
