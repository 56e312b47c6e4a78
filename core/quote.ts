/**
 * The quote contract: 18 fields, stated once. The static type, the Avro schema, and the lake's columns are derived from it.
 * The shape is that of the IEX Cloud `/stock/{symbol}/quote` response, which closed in 2024 but is still the field's lingua franca.
 */

/** How a field travels: `time` is epoch milliseconds on the wire and a timestamp in the lake. */
export type QuoteFieldKind = 'string' | 'double' | 'time';

interface QuoteField {
  readonly name: string;
  readonly kind: QuoteFieldKind;
  readonly nullable: boolean;
  readonly doc: string;
}

export const QUOTE_FIELDS = [
  { name: 'symbol', kind: 'string', nullable: false, doc: 'Ticker symbol; also the Kafka key' },
  { name: 'companyName', kind: 'string', nullable: true, doc: 'Name of the issuer' },
  { name: 'primaryExchange', kind: 'string', nullable: true, doc: 'Listing exchange' },
  { name: 'sector', kind: 'string', nullable: true, doc: 'Industry sector of the issuer' },
  {
    name: 'calculationPrice',
    kind: 'string',
    nullable: true,
    doc: 'Where latestPrice comes from: tops, close, …',
  },
  { name: 'open', kind: 'double', nullable: true, doc: "The day's first price, US dollars" },
  { name: 'openTime', kind: 'time', nullable: true, doc: 'When open was set, epoch ms' },
  { name: 'close', kind: 'double', nullable: true, doc: 'Previous or final close, US dollars' },
  { name: 'closeTime', kind: 'time', nullable: true, doc: 'When close was set, epoch ms' },
  { name: 'high', kind: 'double', nullable: true, doc: "The day's high so far, US dollars" },
  { name: 'low', kind: 'double', nullable: true, doc: "The day's low so far, US dollars" },
  { name: 'latestPrice', kind: 'double', nullable: true, doc: 'Most recent price, US dollars' },
  { name: 'latestSource', kind: 'string', nullable: true, doc: 'Source of latestPrice' },
  { name: 'latestTime', kind: 'string', nullable: true, doc: 'Time of latestPrice, as text for people' },
  {
    name: 'latestUpdate',
    kind: 'time',
    nullable: true,
    doc: 'Time of latestPrice, epoch ms; the event time',
  },
  { name: 'latestVolume', kind: 'double', nullable: true, doc: "The day's cumulative volume, shares" },
  { name: 'week52High', kind: 'double', nullable: true, doc: 'High of the last 52 weeks, US dollars' },
  { name: 'week52Low', kind: 'double', nullable: true, doc: 'Low of the last 52 weeks, US dollars' },
] as const satisfies readonly QuoteField[];

interface KindTypes {
  readonly string: string;
  readonly double: number;
  readonly time: number;
}

type Field = (typeof QUOTE_FIELDS)[number];

/** One quote. Prices in US dollars, times in epoch milliseconds, volume in shares since the day's open. */
export type Quote = {
  -readonly [F in Field as F['name']]: F['nullable'] extends true
    ? KindTypes[F['kind']] | null
    : KindTypes[F['kind']];
};

export type QuoteFieldName = Field['name'];

const AVRO_TYPES = { string: 'string', double: 'double', time: 'long' } as const satisfies Record<
  QuoteFieldKind,
  string
>;
const GLUE_TYPES = { string: 'string', double: 'double', time: 'timestamp' } as const satisfies Record<
  QuoteFieldKind,
  string
>;

/** An Avro record schema as JSON: https://avro.apache.org/docs/1.11.1/specification/#schema-record */
export interface AvroRecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly doc: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string | readonly string[];
    readonly default?: null;
    readonly doc: string;
  }[];
}

/** Avro schema of the current version; nullable fields default to null, so each can be added or removed compatibly. */
export function quoteAvroSchema(): AvroRecordSchema {
  return {
    type: 'record',
    name: 'Quote',
    namespace: 'tickerlake',
    doc: 'A stock quote at one moment.',
    fields: QUOTE_FIELDS.map(({ name, kind, nullable, doc }) =>
      nullable
        ? { name, type: ['null', AVRO_TYPES[kind]], default: null, doc }
        : { name, type: AVRO_TYPES[kind], doc },
    ),
  };
}

/** A column as the Glue catalog knows it (Hive types). */
export interface LakeColumn {
  readonly name: string;
  readonly glueType: 'string' | 'double' | 'timestamp' | 'int' | 'bigint' | 'date';
  readonly comment: string;
}

/** `week52High` -> `week52_high`; the digits stay with the word before them. */
export function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** The quote's own columns, in contract order. */
export const QUOTE_COLUMNS: readonly LakeColumn[] = QUOTE_FIELDS.map(({ name, kind, doc }) => ({
  name: snakeCase(name),
  glueType: GLUE_TYPES[kind],
  comment: kind === 'time' ? doc.replace(', epoch ms', ', UTC') : doc,
}));

/** What every curated row says of where it came from and when. Times are UTC without zone. */
export const LINEAGE_COLUMNS: readonly LakeColumn[] = [
  {
    name: 'log_id',
    glueType: 'string',
    comment: 'Identity of the Kafka cluster that the record was read from',
  },
  { name: 'kafka_partition', glueType: 'int', comment: 'Kafka partition' },
  { name: 'kafka_offset', glueType: 'bigint', comment: 'Kafka offset' },
  { name: 'kafka_timestamp', glueType: 'timestamp', comment: "The Kafka record's timestamp, UTC" },
  { name: 'event_time', glueType: 'timestamp', comment: "latest_update, else the record's timestamp, UTC" },
  { name: 'trading_date', glueType: 'date', comment: 'Date of event_time in New York' },
];

/** The only partition key of curated data: UTC date of event_time, yyyy-mm-dd. */
export const DT_COLUMN = {
  name: 'dt',
  glueType: 'string',
  comment: 'UTC date of event_time, yyyy-mm-dd',
} as const satisfies LakeColumn;

/** Columns of the curated Parquet files, without the partition key. */
export const CURATED_COLUMNS: readonly LakeColumn[] = [...QUOTE_COLUMNS, ...LINEAGE_COLUMNS];
