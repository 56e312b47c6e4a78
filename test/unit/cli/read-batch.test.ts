import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import { expect, test } from '@jest/globals';
import type { LakeConnection } from '../../../cli/lake/connection.ts';
import { readBatch } from '../../../cli/status/read-batch.ts';
import { printBatch } from '../../../cli/status/show-status.ts';
import { curatedKey } from '../../../core/layout.ts';
import { renderView } from '../../../core/view.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { chainObject, memoryS3, scriptedClient } from './scripted-lake.ts';
import { recordTerminal } from './terminal-double.ts';

const LAKE = {
  stage: 'dev',
  outputs: { 'tickerlake-dev-lake': { DatabaseName: 'tickerlake_dev', LakeBucketName: 'lake' } },
} as unknown as LakeConnection;

test('status tells, by partition, the cut and what is curated above it', async () => {
  const lake = new MemoryObjectStore();
  const put = (key: string): Promise<void> => lake.put(key, { body: Buffer.from('1234'), contentType: 'x' });
  for (const object of [chainObject(0, 0), chainObject(0, 10), chainObject(0, 20), chainObject(1, 0)]) {
    await put(curatedKey(object, '2026-11-20'));
  }
  await put('curated/quotes/dt=2026-11-20/notes.txt');
  const cut = [
    { logId: 'log-1', partition: 0, offset: 9 },
    { logId: 'old', partition: 0, offset: 99 },
  ];
  const glue = scriptedClient({
    GetTableCommand: ({ Name }: { Name: string }) => {
      if (Name.endsWith('_history')) throw new EntityNotFoundException({ message: 'none', $metadata: {} });
      const view = { database: 'tickerlake_dev', viewName: Name };
      return {
        Table: renderView(
          Name === 'quotes' ? { ...view, cut, hasHistory: true } : { ...view, cut: [], hasHistory: false },
        ),
      };
    },
  }) as GlueClient;
  const [quotes, filtered] = await readBatch(LAKE, { glue, s3: memoryS3({ lake }) });
  expect(quotes?.partitions).toEqual([
    { logId: 'log-1', partition: 0, cut: 9, filesAbove: 2, bytesAbove: 8 },
    { logId: 'log-1', partition: 1, cut: undefined, filesAbove: 1, bytesAbove: 4 },
    { logId: 'old', partition: 0, cut: 99, filesAbove: 0, bytesAbove: 0 },
  ]);
  expect(filtered).toEqual({ topic: 'quotes_filtered', history: undefined, partitions: [] });
  const { terminal, out } = recordTerminal();
  const history = { rows: 20, files: 2, bytes: 4096, snapshots: 3, committedAt: '2026-11-21T10:00:00.000Z' };
  printBatch(terminal, [{ topic: 'quotes', history, partitions: quotes?.partitions ?? [] }]);
  expect(out()).toMatch(/quotes +20 +2 +4,096 +3 +2026-11-21T10:00:00.000Z\n/);
  expect(out()).toMatch(/quotes +log-1 +1 +– +1 +4\n/);
});
