/** A minute of `npm run soak`: at least ten kills, and nothing lost or doubled. */
import { afterAll, expect, test } from '@jest/globals';
import { soak } from '../faults/soak-run.ts';
import { FaultStand } from '../faults/stand.ts';
import { TestFolders } from '../helpers/local-lake.ts';

const folders = new TestFolders();
afterAll(() => {
  folders.remove();
});

test('quotes flow for a minute while functions, endpoint, broker and database are killed at random', async () => {
  const stand = await FaultStand.start(folders, { stage: 'dev' });
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  try {
    const { signal } = new AbortController();
    const result = await soak(stand, { durationMs: 60_000, killsPerMinute: 15, seed, signal });
    const { reconciliation, kills } = result;
    expect({ seed, faults: reconciliation.faults }).toEqual({ seed, faults: [] });
    expect({ seed, ...reconciliation.totals }).toMatchObject({ seed, lost: 0, duplicated: 0 });
    expect({ seed, ...reconciliation.served }).toMatchObject({ seed, servedLost: 0, servedDuplicated: 0 });
    expect(reconciliation.served?.served).toBeGreaterThan(50);
    expect(reconciliation.totals.produced).toBeGreaterThan(1000);
    expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10);
  } finally {
    await stand.stop();
  }
}, 300_000);
