/** Function curate-quotes over all raw objects, five a message batch. Arguments: topic, folders of the raw and of the lake bucket. */
import { readdirSync } from 'node:fs';
import { QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { ObjectCurator } from '../../../lambdas/curate-quotes/curate-object.ts';
import { curateMessages } from '../../../lambdas/curate-quotes/curate-quotes.ts';
import { SCHEMA_VERSION_ID } from '../../data/records.ts';
import { createFolderStore } from './store.ts';

const BATCH = 5;

const [topic = '', rawFolder = '', lakeFolder = ''] = process.argv.slice(2);
const curator = new ObjectCurator(
  {
    raw: createFolderStore(rawFolder),
    lake: createFolderStore(lakeFolder),
    partitions: { register: () => Promise.resolve() },
    schemas: { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) },
  },
  { lakeStartMs: Date.parse('2026-01-01') },
);
const time = new Date().toISOString();
const messages = readdirSync(rawFolder, { recursive: true, encoding: 'utf8' })
  .filter((key) => key.endsWith('.avro'))
  .sort()
  .map((key) => ({
    messageId: key,
    body: JSON.stringify({ source: 'aws.s3', time, detail: { bucket: { name: 'raw' }, object: { key } } }),
  }));
for (let first = 0; first < messages.length; first += BATCH) {
  const batch = messages.slice(first, first + BATCH);
  for (const { error, outcome } of await curateMessages(curator, batch, { bucket: 'raw', topic })) {
    if (error !== undefined) throw new Error('a raw object was not curated', { cause: error });
    if (outcome?.kind !== 'curated' || outcome.receipt.quarantined.length > 0)
      throw new Error('a record was not curated');
  }
}
