/** The topic of a schedule: what was produced, and what is to become of it. */
import { encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import type { QualityCode } from '../../../core/quality.ts';
import { encodeFrame } from '../../../core/wire.ts';
import { base64, CLUSTER_ARN, makeQuote, NOON_MS, SCHEMA_ID } from '../records.ts';
import type { Dice } from './dice.ts';

const DAY_MS = 86_400_000;
/** Registered in the midst of the schedule. */
export const LATE_SCHEMA_ID = '11111111-2222-4333-8444-555555555555';
const UNKNOWN_SCHEMA_ID = '99999999-2222-4333-8444-555555555555';

/** A version of the function's code: other rules, other days. */
export interface CurationProfile {
  readonly curationVersion: number;
  readonly lakeStartMs: number;
  /** What it takes the writers' schemas for. */
  readonly schemaText: string;
}

export const OLD_CODE: readonly CurationProfile[] = [
  // Overlooks the event time: rows come to the day of their record, and quotes from before the lake's start pass.
  {
    curationVersion: 1,
    lakeStartMs: NOON_MS - DAY_MS - 1,
    schemaText: QUOTE_SCHEMA_TEXT.replace('"latestUpdate"', '"lastUpdate"'),
  },
  // Takes yesterday's quotes for errors.
  { curationVersion: 1, lakeStartMs: NOON_MS - 1, schemaText: QUOTE_SCHEMA_TEXT },
];
export const NEW_CODE: CurationProfile = {
  curationVersion: 2,
  lakeStartMs: NOON_MS - DAY_MS - 1,
  schemaText: QUOTE_SCHEMA_TEXT,
};

export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** What the newer code says of it in the end; undefined: it is good. */
  readonly code: QualityCode | undefined;
  readonly symbol: string;
  /** Day of the newer code's curated row. */
  readonly dt: string;
  /** As the event source hands it over. */
  readonly entry: Record<string, unknown>;
}

/** Records of one topic by partition, offsets rising with gaps as transactions and retention leave them. */
export type Topic = readonly (readonly TopicRecord[])[];

export function produceTopic(dice: Dice): Topic {
  const partitions = 1 + dice.below(2);
  return Array.from({ length: partitions }, (_, partition) => {
    const records: TopicRecord[] = [];
    const length = 3 + dice.below(partitions === 1 ? 8 : 3);
    for (let offset = dice.below(3); records.length < length; offset += 1) {
      records.push(produceRecord(dice, partition, offset));
      if (!dice.isOneIn(6)) continue;
      dice.count('offset-gap');
      offset += 1 + dice.below(4);
    }
    return records;
  });
}

function produceRecord(dice: Dice, partition: number, offset: number): TopicRecord {
  const symbol = `S${partition}-${offset}`;
  const eventTime = NOON_MS - (dice.isOneIn(4) ? DAY_MS : 0);
  const framed = (schemaId: string, change: object = {}): Buffer =>
    encodeFrame(schemaId, encodeQuote(makeQuote({ symbol, latestUpdate: eventTime, ...change })));
  const good = framed(SCHEMA_ID);
  const [value, code] = ((): readonly [Buffer | null, QualityCode | undefined] => {
    switch (dice.below(16)) {
      case 0:
        return [null, 'value_missing'];
      case 1:
        return [Buffer.from('not framed at all'), 'framing_undecodable'];
      case 2:
        return [framed(UNKNOWN_SCHEMA_ID), 'schema_unknown'];
      case 3:
        return [good.subarray(0, -1), 'body_undecodable'];
      case 4:
        return [framed(SCHEMA_ID, { latestUpdate: NOON_MS - 2 * DAY_MS }), 'event_time_out_of_range'];
      case 5:
      case 6:
        dice.count('late-schema');
        return [framed(LATE_SCHEMA_ID), undefined];
      default:
        return [good, undefined];
    }
  })();
  if (code !== undefined) dice.count('poison');
  const topic = 'quotes';
  const entry = {
    topic,
    partition,
    offset,
    timestamp: NOON_MS,
    timestampType: 'CREATE_TIME',
    key: base64(symbol),
    value: value === null ? null : base64(value),
    headers: [],
  };
  return {
    topic,
    partition,
    offset,
    code,
    symbol,
    dt: new Date(eventTime).toISOString().slice(0, 10),
    entry,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
export function kafkaEvent(records: readonly TopicRecord[]): Record<string, unknown> {
  const batches = Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`);
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    bootstrapServers: 'b-1:9098',
    records: Object.fromEntries([...batches].map(([name, some]) => [name, some.map(({ entry }) => entry)])),
  };
}

/** Names a record among all partitions. */
export const nameOf = ({ partition, offset }: Pick<TopicRecord, 'partition' | 'offset'>): string =>
  `${partition}@${offset}`;
