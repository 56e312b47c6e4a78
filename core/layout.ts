/**
 * Every S3 key of the lake is built and parsed here. Offsets are 20 digits wide, so that keys sort as offsets do.
 * Raw bucket: raw log and quarantine. Lake bucket: curated, receipts, sweeps, history, reference, dimensions.
 */

/** One partition of one topic in one log (a cluster's life): the unit in which offsets mean something. */
export interface LogPartition {
  readonly topic: string;
  /** Identity of the cluster: a replaced cluster starts a new log beside the old. */
  readonly logId: string;
  readonly partition: number;
}

/** A raw object: a link of the chain that covers offsets from `start` on, or a fill of the one offset `start`. */
export interface RawObjectId extends LogPartition {
  readonly kind: 'chain' | 'fill';
  readonly start: number;
}

const OFFSET = String.raw`(\d{20})`;
const LOG = String.raw`log_id=([\w.-]+)/kafka_partition=(\d{4,})`;
const TOPIC = String.raw`([\w.-]+)`;
const DT = String.raw`(\d{4}-\d{2}-\d{2})`;
const RAW = new RegExp(`^${TOPIC}/${LOG}/(fill/)?${OFFSET}\\.avro$`);
const RECEIPT = new RegExp(`^receipts/${TOPIC}/${LOG}/(fill/)?${OFFSET}\\.json$`);
const QUARANTINE = new RegExp(`^quarantine/${TOPIC}/${LOG}/${OFFSET}\\.json$`);
const LOG_FOLDER = new RegExp(`^(?:receipts/|quarantine/)?${TOPIC}/${LOG}/$`);
const CURATED = new RegExp(`^curated/${TOPIC}/dt=${DT}/([\\w.-]+)-(\\d{4,})-(fill-)?${OFFSET}\\.parquet$`);

/** Parts of a bucket that tables lie in; each ends with a slash. The raw log has none: a topic's stands at the bucket's root. */
export const zones = {
  /** Raw bucket. */
  quarantine: 'quarantine/',
  /** Lake bucket, as those below. */
  curated: 'curated/',
  history: 'history/',
  reference: 'reference/',
  dimensions: 'dimensions/',
} as const;

/** Where a table's files lie in its bucket; each ends with a slash. */
export const locations = {
  /** Raw bucket. */
  raw: (topic: string): string => `${topic}/`,
  /** Raw bucket. */
  quarantine: (topic: string): string => `${zones.quarantine}${topic}/`,
  /** Lake bucket. */
  curated: (topic: string): string => `${zones.curated}${topic}/`,
  /** Lake bucket. */
  curatedDay: (topic: string, dt: string): string => `${zones.curated}${topic}/dt=${dt}/`,
  /** Lake bucket. */
  receipts: (topic: string): string => `receipts/${topic}/`,
  /** Lake bucket. */
  sweeps: (topic: string): string => `sweeps/${topic}/`,
  /** Lake bucket: an Iceberg table's data and metadata. */
  history: (topic: string): string => `${zones.history}${topic}/`,
  /** Lake bucket: files from outside, as they were dropped. */
  reference: (name: string): string => `${zones.reference}${name}/`,
  /** Lake bucket: reference data cleaned, a folder for each load. */
  dimension: (name: string): string => `${zones.dimensions}${name}/`,
} as const;

/** Tag that compaction puts on curated files whose rows history holds. Nothing ages out of the lake but by a tag. */
export const COVERED_TAG = { covered: 'history' } as const;

/** Tag that the load of a listing puts on the files of the one that it replaces. */
export const SUPERSEDED_TAG = { superseded: 'dimension' } as const;

/** Raw objects of one partition, in offset order; its fills follow under `fill/`, which sorts behind the digits. */
export function rawPrefix(log: LogPartition): string {
  return `${log.topic}/${partitionPath(log)}/`;
}

/** Receipts of one partition's raw objects. */
export function receiptPrefix(log: LogPartition): string {
  return `receipts/${log.topic}/${partitionPath(log)}/`;
}

/** Fills of one partition, in offset order. */
export function rawFillPrefix(log: LogPartition): string {
  return `${rawPrefix(log)}fill/`;
}

/** Quarantined records of one partition, in offset order. */
export function quarantinePrefix(log: LogPartition): string {
  return `${locations.quarantine(log.topic)}${partitionPath(log)}/`;
}

/** The partition whose raw objects, receipts or quarantined records lie under a prefix, or undefined if it is none. */
export function parseLogFolder(prefix: string): LogPartition | undefined {
  const [, topic, logId, partition] = LOG_FOLDER.exec(prefix) ?? [];
  if (topic === undefined || logId === undefined) return undefined;
  return { topic, logId, partition: Number(partition) };
}

/** How far the sweeps of one partition got. */
export function sweepKey(log: LogPartition): string {
  return `${locations.sweeps(log.topic)}${partitionPath(log)}.json`;
}

/** How far the audit of a topic's outputs got. */
export function auditKey(topic: string): string {
  return `${locations.sweeps(topic)}audit.json`;
}

export function rawKey(log: LogPartition, start: number): string {
  return `${rawPrefix(log)}${offsetText(start)}.avro`;
}

export function rawFillKey(log: LogPartition, offset: number): string {
  return `${rawFillPrefix(log)}${offsetText(offset)}.avro`;
}

export function rawObjectKey(object: RawObjectId): string {
  return object.kind === 'fill' ? rawFillKey(object, object.start) : rawKey(object, object.start);
}

/** What a raw key says, or undefined if it is none. */
export function parseRawKey(key: string): RawObjectId | undefined {
  return rawObjectOf(RAW.exec(key));
}

export function receiptKey(object: RawObjectId): string {
  const fill = object.kind === 'fill' ? 'fill/' : '';
  return `${receiptPrefix(object)}${fill}${offsetText(object.start)}.json`;
}

export function parseReceiptKey(key: string): RawObjectId | undefined {
  return rawObjectOf(RECEIPT.exec(key));
}

export function quarantineKey(log: LogPartition, offset: number): string {
  return `${quarantinePrefix(log)}${offsetText(offset)}.json`;
}

export function parseQuarantineKey(key: string): (LogPartition & { readonly offset: number }) | undefined {
  const [, topic, logId, partition, offset] = QUARANTINE.exec(key) ?? [];
  if (topic === undefined || logId === undefined) return undefined;
  return { topic, logId, partition: Number(partition), offset: Number(offset) };
}

/** The Parquet file of one raw object's rows of one day. */
export function curatedKey(object: RawObjectId, dt: string): string {
  const fill = object.kind === 'fill' ? 'fill-' : '';
  const name = `${object.logId}-${partitionText(object.partition)}-${fill}${offsetText(object.start)}`;
  return `${locations.curatedDay(object.topic, dt)}${name}.parquet`;
}

export function parseCuratedKey(
  key: string,
): { readonly object: RawObjectId; readonly dt: string } | undefined {
  const [, topic, dt, logId, partition, fill, start] = CURATED.exec(key) ?? [];
  if (topic === undefined || dt === undefined || logId === undefined) return undefined;
  const kind = fill === undefined ? 'chain' : 'fill';
  return { object: { topic, logId, partition: Number(partition), kind, start: Number(start) }, dt };
}

/** `quotes-3`, as Kafka writes it. */
export function topicPartition(log: Pick<LogPartition, 'topic' | 'partition'>): string {
  return `${log.topic}-${log.partition}`;
}

/**
 * The log's identity: the last part of the cluster's ARN.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
 */
export function logIdOfCluster(clusterArn: string): string | undefined {
  return /^arn:[\w-]+:kafka:[^:]*:[^:]*:cluster\/[^/]+\/([\w.-]+)$/.exec(clusterArn)?.[1];
}

function rawObjectOf(match: RegExpExecArray | null): RawObjectId | undefined {
  const [, topic, logId, partition, fill, start] = match ?? [];
  if (topic === undefined || logId === undefined) return undefined;
  const kind = fill === undefined ? 'chain' : 'fill';
  return { topic, logId, partition: Number(partition), kind, start: Number(start) };
}

function partitionPath(log: LogPartition): string {
  return `log_id=${log.logId}/kafka_partition=${partitionText(log.partition)}`;
}

function partitionText(partition: number): string {
  return String(partition).padStart(4, '0');
}

function offsetText(offset: number): string {
  return String(offset).padStart(20, '0');
}
