/**
 * The event that Lambda's Kafka event source hands over, checked: what is wrong with it is an error that names the place,
 * never a record that silently lacks something. https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
import { TickerlakeError } from './errors.ts';
import { logIdOfCluster } from './layout.ts';

export interface RecordHeader {
  readonly name: string;
  readonly value: Uint8Array | null;
}

/** A record as delivered; key and value are still base64, so that what is only copied is decoded once. */
export interface DeliveredRecord {
  readonly offset: number;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly RecordHeader[];
}

/** Records of one partition, offsets rising. */
export interface DeliveredPartition {
  readonly topic: string;
  readonly logId: string;
  readonly partition: number;
  readonly records: readonly DeliveredRecord[];
}

/** @throws TickerlakeError EVENT_MALFORMED */
export function parseKafkaEvent(event: unknown): DeliveredPartition[] {
  if (!isObject(event)) throw malformed('it is not an object');
  const arn = event['eventSourceArn'];
  const logId = typeof arn === 'string' ? logIdOfCluster(arn) : undefined;
  if (logId === undefined) throw malformed('eventSourceArn is not the ARN of an MSK cluster');
  const batches = event['records'];
  if (!isObject(batches)) throw malformed('records is not an object of topic partitions');
  return Object.entries(batches).map(([name, batch]) => {
    const match = /^(.+)-(\d+)$/.exec(name);
    const [, topic, partitionText] = match ?? [];
    if (topic === undefined)
      throw malformed(`records has the name ${JSON.stringify(name)}, not topic-partition`);
    if (!Array.isArray(batch)) throw malformed(`${name} is not a list`);
    return parsePartition(topic, logId, Number(partitionText), batch as unknown[]);
  });
}

/** @throws TickerlakeError EVENT_MALFORMED if records of another topic are among them */
export function requireTopic(partitions: readonly DeliveredPartition[], topic: string): void {
  const stray = partitions.find((delivered) => delivered.topic !== topic);
  if (stray === undefined) return;
  throw new TickerlakeError(
    'EVENT_MALFORMED',
    `records of topic ${stray.topic} came to the function for ${topic}`,
    { hint: 'name only its topic in the event source mapping' },
  );
}

function parsePartition(
  topic: string,
  logId: string,
  partition: number,
  batch: readonly unknown[],
): DeliveredPartition {
  const at = (index: number): string => `${topic}-${partition}[${index}]`;
  let previous = -1;
  const records = batch.map((entry, index) => {
    if (!isObject(entry)) throw malformed(`${at(index)} is not an object`);
    if (entry['topic'] !== topic || entry['partition'] !== partition) {
      throw malformed(`${at(index)} names another topic or partition`);
    }
    const record = parseRecord(entry, () => at(index));
    if (record.offset <= previous) {
      throw malformed(`${at(index)} has offset ${record.offset}, not above ${previous} before it`);
    }
    previous = record.offset;
    return record;
  });
  return { topic, logId, partition, records };
}

function parseRecord(entry: Record<string, unknown>, at: () => string): DeliveredRecord {
  const { offset, timestamp, timestampType, key, value, headers } = entry;
  if (!isCount(offset)) throw malformed(`${at()}.offset is not a whole number from 0 on`);
  if (!Number.isInteger(timestamp)) throw malformed(`${at()}.timestamp is not a whole number`);
  return {
    offset,
    timestamp: boundTimestamp(timestamp as number),
    timestampType: typeof timestampType === 'string' ? timestampType : 'CREATE_TIME',
    key: parseBase64(key, at, 'key'),
    value: parseBase64(value, at, 'value'),
    headers: Array.isArray(headers) && headers.length === 0 ? NO_HEADERS : parseHeaders(headers, at),
  };
}

const NO_HEADERS: readonly RecordHeader[] = [];
const MAX_TIMESTAMP_MS = 2 ** 52 - 1;

/**
 * A record's timestamp as the lake keeps it, epoch ms. A producer may send any 64-bit number; JSON holds no such number exactly,
 * and nothing in a record may stop landing.
 */
export function boundTimestamp(epochMs: number): number {
  return Math.min(Math.max(epochMs, -MAX_TIMESTAMP_MS), MAX_TIMESTAMP_MS);
}

function parseBase64(value: unknown, at: () => string, field: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') throw malformed(`${at()}.${field} is not base64 text`);
  return value;
}

function parseHeaders(headers: unknown, at: () => string): readonly RecordHeader[] {
  if (headers === undefined || headers === null) return NO_HEADERS;
  if (!Array.isArray(headers)) throw malformed(`${at()}.headers is not a list`);
  return (headers as unknown[]).flatMap((header) => {
    if (!isObject(header)) throw malformed(`${at()}.headers holds something that is not an object`);
    return Object.entries(header).map(([name, bytes]) => ({
      name,
      value: parseHeaderValue(bytes, at, name),
    }));
  });
}

/** Lambda hands header values over as lists of bytes, signed or unsigned. */
function parseHeaderValue(value: unknown, at: () => string, name: string): Uint8Array | null {
  if (value === null) return null;
  const bytes = Array.isArray(value) ? bytesOf(value as unknown[]) : undefined;
  if (bytes !== undefined) return bytes;
  throw malformed(`${at()}.headers: the value of ${JSON.stringify(name)} is not a list of bytes`);
}

function bytesOf(list: readonly unknown[]): Uint8Array | undefined {
  const bytes = new Uint8Array(list.length);
  for (let index = 0; index < list.length; index += 1) {
    const byte = list[index];
    if (typeof byte !== 'number' || !Number.isInteger(byte) || byte < -128 || byte > 255) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function malformed(what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the Kafka event cannot be read: ${what}`, {
    hint: 'only an MSK event source mapping may invoke this function',
  });
}
