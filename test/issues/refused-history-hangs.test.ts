/** A query over two tables, one of which S3 refuses, took two minutes to fail: its connection was closed while the other was still read. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { curatedColumns } from '../../core/curated-columns.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import { renderView } from '../../core/view.ts';
import { AthenaLake, curatedRow } from '../helpers/athena-lake.ts';
import { allow } from '../helpers/aws-endpoint.ts';

const DAYS = ['2026-11-19', '2026-11-20', '2026-11-21'];
let lake: AthenaLake;
beforeAll(async () => {
  lake = await AthenaLake.start();
  const types = Object.fromEntries(curatedColumns('quotes').map(({ name, glueType }) => [name, glueType]));
  const object = { kind: 'chain', topic: 'quotes', logId: 'L1', partition: 0, start: 0 } as const;
  const body = encodeRows([curatedRow('A', '2026-11-20T14:30:00Z', 0)], object);
  for (const table of ['history', 'curated']) {
    const location = `s3://lake/${table}/quotes/`;
    await lake.createTable(`quotes_${table}`, { columns: types, keys: { dt: 'string' }, location });
    for (const dt of DAYS)
      for (const name of ['a', 'b', 'c', 'd'])
        await lake.put(`${table}/quotes/dt=${dt}/${name}.parquet`, body);
    await lake.register(
      `quotes_${table}`,
      Object.fromEntries(DAYS.map((dt) => [`${location}dt=${dt}/`, [dt]])),
    );
  }
  const cut = [{ logId: 'L1', partition: 0, offset: 3 }];
  await lake.addTable(renderView({ database: 'lake', viewName: 'quotes', cut, hasHistory: true }));
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

test.each(['history', 'curated'])(
  'a refusal of %s is told at once',
  async (refused) => {
    const allowed = refused === 'history' ? 'curated' : 'history';
    const credentials = lake.role(`without-${refused}`, [
      allow(['glue:GetTable', 'glue:GetPartitions'], '*'),
      allow('s3:ListBucket', 'arn:aws:s3:::lake'),
      allow('s3:GetObject', `arn:aws:s3:::lake/${allowed}/*`),
    ]);
    const started = performance.now();
    expect(await lake.failure('SELECT count(symbol) FROM quotes', { credentials })).toMatch(
      new RegExp(`^PERMISSION_DENIED: Permission denied on S3 path: s3://lake/${refused}/`),
    );
    expect(performance.now() - started).toBeLessThan(20_000);
  },
  60_000,
);
