/** What curating costs, S3 and Glue themselves aside: raw object to Parquet. `node bench/curate.ts` */
import { QUOTE_SCHEMA_TEXT } from '../core/codec.ts';
import { type RawObjectId, rawObjectKey } from '../core/layout.ts';
import { encodeRawFile } from '../core/raw-file.ts';
import { ObjectCurator } from '../lambdas/curate-quotes/curate-object.ts';
import { SCHEMA_VERSION_ID } from './data/records.ts';
import { printMachine } from './harness/machine.ts';
import { measure } from './harness/measure.ts';
import { makeRecords } from './quotes.ts';

printMachine();
const object: RawObjectId = {
  topic: 'quotes',
  logId: '0a1b2c3d-bench-1',
  partition: 0,
  kind: 'chain',
  start: 0,
};
for (const count of [100, 2500, 10_000]) {
  const { body } = encodeRawFile(rawObjectKey(object), 0, makeRecords(count));
  let bytes = 0;
  const store = {
    get: (key: string) =>
      Promise.resolve(key.endsWith('.avro') ? { body, metadata: {}, etag: '' } : undefined),
    put: (_key: string, put: { body: Uint8Array }) => {
      bytes += put.body.length;
      return Promise.resolve();
    },
    putIfAbsent: () => Promise.resolve('created' as const),
    putIfUnchanged: () => Promise.resolve('replaced' as const),
    list: async function* () {
      /* nothing quarantined */
    },
    delete: () => Promise.resolve(),
  };
  const curator = new ObjectCurator(
    {
      raw: store,
      lake: store,
      partitions: { register: () => Promise.resolve() },
      schemas: { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) },
    },
    { lakeStartMs: 0 },
  );
  await measure(`curate, ${count} records an object`, count, async () => {
    bytes = 0;
    const outcome = await curator.curate(object);
    if (outcome.kind !== 'curated' || outcome.receipt.quarantined.length > 0)
      throw new Error('not all curated');
    return bytes;
  });
}
