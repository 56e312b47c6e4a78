/** Faults as tests of jest, each a test of its own, on lakes that end with the file. */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Fault } from './fault.ts';
import { FaultStands } from './stands.ts';

const NOTHING_LOST = { survived: true, lost: 0, duplicated: 0, servedLost: 0, servedDuplicated: 0 };

/** Those with jobs on Spark take a minute or two where nothing else goes on. */
const PLAY_MS = 900_000;

export function testFaults(faults: readonly Fault[]): void {
  const stands = new FaultStands();
  afterAll(() => stands.stop(), 60_000);
  describe('nothing is lost or doubled by', () => {
    test.each(faults.map((fault) => ({ fault, title: `fault ${fault.number}: ${fault.name}` })))(
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
}
