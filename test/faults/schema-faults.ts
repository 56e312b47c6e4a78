/** Faults of schemas: versions that are newer, wrong or unknown, and a registry that does not answer. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { RegisterSchemaVersionCommand, UpdateSchemaCommand } from '@aws-sdk/client-glue';
import avsc from 'avsc';
import { outputOf } from '../../cli/lake/connection.ts';
import { quarantineKey, type RawObjectId } from '../../core/layout.ts';
import { type AvroRecordSchema, quoteAvroSchema } from '../../core/quote.ts';
import { decodeFrame, encodeFrame } from '../../core/wire.ts';
import { changedCheckout, deployFunction } from '../helpers/changed-checkout.ts';
import { TestFolders } from '../helpers/local-lake.ts';
import {
  ALL_PARTITIONS,
  countCodes,
  FunctionLines,
  hasKey,
  jsonError,
  rawKeys,
  rawObjects,
  readRaw,
  readReceipt,
  readReceipts,
  requestOf,
} from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand, ForeignRecord } from './stand.ts';

type Fields = AvroRecordSchema['fields'];

const published = quoteAvroSchema();

function schemaText(change: (fields: Fields) => Fields): string {
  return JSON.stringify({ ...published, fields: change(published.fields) });
}

/** The published schema with every field of one Avro type of another. */
function retyped(from: string, to: string): string {
  return schemaText((fields) =>
    fields.map((field) => ({
      ...field,
      type:
        typeof field.type === 'string' ? field.type : field.type.map((type) => (type === from ? to : type)),
    })),
  );
}

async function register(
  { client, lake }: FaultStand,
  definition: string,
): Promise<{ readonly id: string; readonly status: string }> {
  const command = new RegisterSchemaVersionCommand({
    SchemaId: schemaIdOf(lake),
    SchemaDefinition: definition,
  });
  const { SchemaVersionId: id = '', Status: status = '' } = await client.glue.send(command);
  return { id, status };
}

function schemaIdOf(lake: FaultStand['lake']): { RegistryName: string; SchemaName: string } {
  return {
    RegistryName: outputOf(lake, 'stream', 'RegistryName'),
    SchemaName: outputOf(lake, 'stream', 'QuotesSchemaName'),
  };
}

/** A quote as a producer with another schema writes it: with a value for what that schema has more. */
function rewritten(
  record: ForeignRecord,
  id: string,
  definition: string,
  more: Readonly<Record<string, unknown>> = {},
): ForeignRecord {
  const type = avsc.Type.forSchema(JSON.parse(definition) as avsc.Schema, { wrapUnions: false });
  return { ...record, value: encodeFrame(id, type.toBuffer({ ...record.quote, ...more })) };
}

/** Without the quote that its row would show: it must end in quarantine. */
function unreadable({ quote: _, ...record }: ForeignRecord): ForeignRecord {
  return record;
}

/** Records of raw objects that are framed with a schema version. */
async function countFramed(
  stand: FaultStand,
  objects: readonly RawObjectId[],
  ids: readonly string[],
): Promise<number> {
  const files = await Promise.all(objects.map((object) => readRaw(stand, object)));
  return files
    .flatMap(({ records }) => records)
    .filter(({ value }) => value !== null && ids.includes(decodeFrame(value).schemaVersionId)).length;
}

/** A new version with a nullable field more is published; its records and those of the old one alternate. */
async function playCompatibleField(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const currency = { name: 'currency', type: ['null', 'string'], default: null, doc: '' } as const;
  const definition = schemaText((fields) => [...fields, currency]);
  const { id, status } = await register(stand, definition);
  assert.equal(status, 'AVAILABLE', 'a compatible version is published');
  const records: ForeignRecord[] = [];
  for (const partition of ALL_PARTITIONS) {
    for (const [index, record] of (await stand.quotes(partition, 24)).entries()) {
      const value = index % 4 === 1 ? null : 'USD';
      records.push(index % 2 === 0 ? record : rewritten(record, id, definition, { currency: value }));
    }
  }
  await stand.produceForeign(records);
  await stand.settle();

  const objects = await rawObjects(stand, known);
  assert.deepEqual(countCodes(await readReceipts(stand, objects)), {}, 'nothing is quarantined');
  const framed = await countFramed(stand, objects, [id]);
  assert.equal(framed, records.length / 2, 'every other record is of the new version');
  return stand.report(framed);
}

/**
 * Records of five kinds alternate: of the published version; of one that reads the old ones but that today's code cannot
 * read (times as doubles); of one that the registry refused; of one that an operator forced in; of an id that nobody knows.
 * All but the first wait in quarantine; the second become rows once code that reads them is deployed.
 */
async function playIncompatibleSchema(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const textual = retyped('double', 'string');
  const refused = await register(stand, textual);
  assert.equal(refused.status, 'FAILURE', 'a version that cannot read the one before is refused');
  const widerText = retyped('long', 'double');
  const wider = await register(stand, widerText);
  assert.equal(wider.status, 'AVAILABLE', 'a version that reads the one before is published');
  const forcedText = retyped('double', 'boolean');
  const forced = await force(stand, forcedText);

  const records: ForeignRecord[] = [];
  for (const partition of ALL_PARTITIONS) {
    for (const record of await stand.quotes(partition, 8)) {
      const prices = { latestPrice: '1.5', latestVolume: '1' };
      const truths = { latestPrice: true, latestVolume: false };
      const { value } = record;
      assert.ok(value !== null);
      records.push(
        record,
        rewritten(await stand.quote(partition), wider.id, widerText),
        unreadable(rewritten(await stand.quote(partition), refused.id, textual, prices)),
        unreadable(rewritten(await stand.quote(partition), forced, forcedText, truths)),
        unreadable({ ...record, value: encodeFrame(randomUUID(), decodeFrame(value).body) }),
      );
    }
  }
  await stand.produceForeign(records);
  await stand.settle();
  const objects = await rawObjects(stand, known);
  const quarantined = countCodes(await readReceipts(stand, objects));
  assert.deepEqual(quarantined, { schema_unknown: (records.length / 5) * 4 }, 'they wait in quarantine');

  await redriveWithNewCode(stand);
  const still = countCodes(await readReceipts(stand, objects));
  assert.deepEqual(still, { schema_unknown: (records.length / 5) * 3 }, 'what can be read now is rows');
  return stand.report(quarantined.schema_unknown - still.schema_unknown);
}

/** Registers a version whatever it breaks, as an operator can; the check is on again afterwards. */
async function force(stand: FaultStand, definition: string): Promise<string> {
  const setMode = (Compatibility: 'NONE' | 'BACKWARD') =>
    stand.client.glue.send(
      new UpdateSchemaCommand({
        SchemaId: schemaIdOf(stand.lake),
        SchemaVersionNumber: { LatestVersion: true },
        Compatibility,
      }),
    );
  await setMode('NONE');
  const { id, status } = await register(stand, definition);
  await setMode('BACKWARD');
  assert.equal(status, 'AVAILABLE', 'without a check anything is published');
  return id;
}

/** Deploys a curate-quotes that takes times as doubles, and has the quarantine curated again. */
async function redriveWithNewCode(stand: FaultStand): Promise<void> {
  const folders = new TestFolders();
  try {
    const checkout = changedCheckout(folders, { 'core/quote.ts': [["time: 'long' }", "time: 'double' }"]] });
    await deployFunction(stand.lake, 'curate-quotes', checkout);
  } finally {
    folders.remove();
  }
  const name = outputOf(stand.lake, 'pipeline', 'RequestCurationFunctionName');
  await stand.client.invoke(name, { action: 'redrive', codes: ['schema_unknown'] });
  await stand.settle();
}

/** A new instance of curate-quotes knows no schema, and the registry is out of order, then throttles. */
async function playRegistryDown(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const log = new FunctionLines(stand, 'curate-quotes');
  let asked = 0;
  const down = stand.intercept(
    requestOf(stand, 'curate-quotes', ({ operation }) => operation === 'GetSchemaVersion'),
    ({ respond }) => {
      asked += 1;
      respond(
        asked % 2 === 0 ? jsonError('ThrottlingException') : jsonError('InternalServiceException', 500),
      );
    },
  );
  stand.lake.functions.pool(outputOf(stand.lake, 'pipeline', 'CurateQuotesFunctionName')).killInstances();
  for (const partition of ALL_PARTITIONS) await stand.produceForeign(await stand.quotes(partition, 20));
  await log.until('curate-quotes to miss the registry', ({ code }) => code === 'REGISTRY_UNAVAILABLE', 2);
  await checkUndecided(stand, await rawObjects(stand, known));
  down.remove();
  await stand.settle();
  const receipts = await readReceipts(stand, await rawObjects(stand, known));
  assert.deepEqual(countCodes(receipts), {}, 'no good record is quarantined for the registry');
  return stand.report(down.fired);
}

async function checkUndecided(stand: FaultStand, objects: readonly RawObjectId[]): Promise<void> {
  const bucket = outputOf(stand.lake, 'lake', 'RawBucketName');
  for (const object of objects) {
    assert.equal(
      await readReceipt(stand, object),
      undefined,
      'nothing is decided while the registry is down',
    );
    const { header } = await readRaw(stand, object);
    const isQuarantined = await hasKey(stand, bucket, quarantineKey(object, header.last));
    assert.equal(isQuarantined, false, 'nothing is quarantined while the registry is down');
  }
}

export const faults: readonly Fault[] = [
  { number: 16, name: 'compatible new field', lake: 'dev', run: playCompatibleField },
  {
    number: 17,
    name: 'incompatible schema, unknown schema id',
    lake: { stage: 'dev' },
    run: playIncompatibleSchema,
  },
  { number: 18, name: 'registry down, then up', lake: 'dev', run: playRegistryDown },
];
