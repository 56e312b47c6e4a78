/** What a raw object holds, and the catalog's columns over it. */
import type { LakeColumn } from './quote.ts';

/** Avro schema of a raw record. Values are kept exactly as delivered, undecodable ones included. */
export const RAW_AVRO_SCHEMA = {
  type: 'record',
  name: 'RawRecord',
  namespace: 'tickerlake',
  doc: 'A Kafka record as it was delivered.',
  fields: [
    { name: 'offset', type: 'long', doc: 'Kafka offset' },
    { name: 'timestamp', type: 'long', doc: "The record's timestamp, epoch ms" },
    { name: 'timestamp_type', type: 'string', doc: 'CREATE_TIME or LOG_APPEND_TIME' },
    { name: 'key', type: ['null', 'bytes'], doc: 'Key' },
    {
      name: 'headers',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Header',
          fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: ['null', 'bytes'] },
          ],
        },
      },
      doc: 'Headers, in order',
    },
    { name: 'value', type: ['null', 'bytes'], doc: 'Value; null in a tombstone' },
  ],
} as const;

export const RAW_AVRO_SCHEMA_TEXT = JSON.stringify(RAW_AVRO_SCHEMA);

/** A column whose type is not among those of a quote. */
export type CatalogColumn = Omit<LakeColumn, 'glueType'> & { readonly glueType: string };

/** Columns of the table over raw objects (Avro); the partition keys are those below. */
export const RAW_COLUMNS: readonly CatalogColumn[] = [
  { name: 'offset', glueType: 'bigint', comment: 'Kafka offset' },
  { name: 'timestamp', glueType: 'bigint', comment: "The record's timestamp, epoch ms" },
  { name: 'timestamp_type', glueType: 'string', comment: 'CREATE_TIME or LOG_APPEND_TIME' },
  { name: 'key', glueType: 'binary', comment: 'Key' },
  { name: 'headers', glueType: 'array<struct<name:string,value:binary>>', comment: 'Headers, in order' },
  { name: 'value', glueType: 'binary', comment: 'Value as delivered; null in a tombstone' },
];

/** Columns of the table over quarantined records (one JSON object a file). */
export const QUARANTINE_COLUMNS: readonly CatalogColumn[] = [
  { name: 'kafka_offset', glueType: 'bigint', comment: 'Kafka offset' },
  { name: 'kafka_timestamp', glueType: 'timestamp', comment: "The Kafka record's timestamp, UTC" },
  { name: 'code', glueType: 'string', comment: 'Quality rule that the record breaks' },
  { name: 'reason', glueType: 'string', comment: 'What the rule says, and the detail' },
  { name: 'schema_version_id', glueType: 'string', comment: 'Schema version that the record names, if any' },
  { name: 'key', glueType: 'string', comment: 'Key, base64' },
  { name: 'value', glueType: 'string', comment: 'Value exactly as delivered, base64' },
  { name: 'headers', glueType: 'array<struct<name:string,value:string>>', comment: 'Headers; values base64' },
  { name: 'raw_key', glueType: 'string', comment: 'S3 key of the raw object that holds it' },
  { name: 'curation_version', glueType: 'int', comment: 'Version of the rules that judged it' },
];

/** Partition keys of both tables, found by partition projection. */
export const LOG_PARTITION_KEYS: readonly CatalogColumn[] = [
  {
    name: 'log_id',
    glueType: 'string',
    comment: 'Identity of the Kafka cluster that the record was read from',
  },
  { name: 'kafka_partition', glueType: 'int', comment: 'Kafka partition' },
];
