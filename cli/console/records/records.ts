/** Topics, their records and the way of each: what the console's records pages ask for. */
import { createS3ObjectStore } from '../../../adapters/objects.ts';
import { QuoteDecoders } from '../../../adapters/quote-decoders.ts';
import type { Quarantine, RecordDetail, Topic, TopicRecord, TopicRecords } from '../../../console/api.ts';
import { sourceTopicOf } from '../../../core/curated-columns.ts';
import { schemaVersionIdsIn } from '../../../core/curation.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { type LogPartition, quarantineKey } from '../../../core/layout.ts';
import { tableNames } from '../../../core/names.ts';
import { DEFAULT_LAKE_START, parseDay, QUALITY_RULES, type QualityCode } from '../../../core/quality.ts';
import { frameBody, frameSchemaVersionId } from '../../../core/wire.ts';
import { readResult, runQuery, sqlLiteral } from '../../athena/run-query.ts';
import { readViewCut } from '../../history/view-cut.ts';
import { connectToTopic } from '../../lake/clients.ts';
import { logIdOf, outputOf } from '../../lake/connection.ts';
import { schemaVersionsOf } from '../../lake/schema-versions.ts';
import { stationsOf, TOPIC_NAMES, type TopicName } from '../../lake/stations.ts';
import { readTopicOffsets } from '../../lake/topic-offsets.ts';
import { tracePorts } from '../../lake/trace-ports.ts';
import { hexDump } from '../../quarantine/describe-value.ts';
import { countByCode, parseQuarantined, readQuarantined } from '../../quarantine/quarantined-record.ts';
import { findLanded, traceRecord } from '../../reconcile/trace-record.ts';
import type { ConsoleContext } from '../context.ts';
import { PacedReading } from '../paced-reading.ts';
import { describeRecord, textOf } from './describe-record.ts';
import type { PartitionRecord } from './raw-record.ts';
import { rangesOf, readRecords } from './read-records.ts';
import { describeWay } from './record-way.ts';

const HEX_BYTES = 4096;
const QUARANTINE_EVERY_MS = 1000;

export class Records {
  private readonly context: ConsoleContext;
  private readonly decoders: QuoteDecoders;
  private readonly quarantined = new Map<
    TopicName,
    PacedReading<Awaited<ReturnType<typeof readQuarantined>>>
  >();

  constructor(context: ConsoleContext) {
    this.context = context;
    const { lake, clients } = context;
    this.decoders = new QuoteDecoders(schemaVersionsOf(lake, clients));
  }

  /** Every topic with its partitions. */
  async topics(): Promise<readonly Topic[]> {
    const kafka = await this.kafka();
    return Promise.all(
      TOPIC_NAMES.map(async (topic) => ({ topic, partitions: await readTopicOffsets(kafka, topic) })),
    );
  }

  /** Records from an offset on, in order; without one the newest, newest first. */
  async read(
    topic: TopicName,
    asked: {
      readonly partition?: number | undefined;
      readonly offset?: number | undefined;
      readonly limit: number;
    },
  ): Promise<TopicRecords> {
    const kafka = await this.kafka();
    const ranges = rangesOf(await readTopicOffsets(kafka, topic), asked);
    const records = await readRecords(kafka, topic, ranges);
    const ordered = records.toSorted(
      (left, right) =>
        left.timestamp - right.timestamp || left.partition - right.partition || left.offset - right.offset,
    );
    const chosen = asked.offset === undefined ? ordered.toReversed() : ordered;
    return { topic, records: await this.describe(topic, chosen.slice(0, asked.limit)) };
  }

  /** One record: from raw, where it stays, or from the topic. */
  async detail(topic: TopicName, partition: number, offset: number): Promise<RecordDetail> {
    const { lake, clients } = this.context;
    const log: LogPartition = { topic: stationsOf(lake, topic).topic, logId: logIdOf(lake), partition };
    const ports = tracePorts(lake, clients, topic);
    // Before SQL is asked: what is curated meanwhile would look hidden.
    const trace = await traceRecord(ports, log, offset);
    const [position, cut, isVisible, stored] = await Promise.all([
      ports.position(log),
      readViewCut(lake, clients.glue, topic),
      this.isVisible(log, offset),
      ports.raw.get(quarantineKey(log, offset)),
    ]);
    const reason =
      stored === undefined
        ? undefined
        : parseQuarantined(quarantineKey(log, offset), stored.body.toString()).reason;
    const bytes = await this.bytesOf(log, offset);
    const record = bytes === undefined ? undefined : await this.describeWhole(topic, bytes);
    const facts = { log, offset, position, reason, isBelowCut: cut.covers(log, offset), isVisible };
    return {
      topic,
      logId: log.logId,
      ...(record === undefined ? {} : { record }),
      trace: describeWay(trace, facts),
    };
  }

  /** What is quarantined, the newest first. */
  async quarantine(
    topic: TopicName,
    { code, limit }: { readonly code?: QualityCode | undefined; readonly limit: number },
  ): Promise<Quarantine> {
    const all = await this.readingOf(topic).get();
    const meant = all.filter((record) => code === undefined || record.code === code);
    return {
      topic,
      total: all.length,
      codes: countByCode(all).map((each) => ({ ...each, rule: QUALITY_RULES[each.code] })),
      records: meant
        .slice(-limit)
        .toReversed()
        .map((record) => ({
          logId: record.logId,
          partition: record.partition,
          offset: record.offset,
          timestamp: record.timestamp === null ? null : `${record.timestamp.replace(' ', 'T')}Z`,
          code: record.code,
          reason: record.reason,
          key: textOf(record.key),
          rawKey: record.rawKey,
        })),
    };
  }

  private kafka() {
    return connectToTopic(this.context.lake, this.context.clients.msk);
  }

  private readingOf(topic: TopicName) {
    const { lake, clients } = this.context;
    const reading =
      this.quarantined.get(topic) ??
      new PacedReading(QUARANTINE_EVERY_MS, () =>
        readQuarantined(
          createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3),
          stationsOf(lake, topic).topic,
          {},
        ),
      );
    this.quarantined.set(topic, reading);
    return reading;
  }

  private async bytesOf(log: LogPartition, offset: number): Promise<PartitionRecord | undefined> {
    const { lake, clients } = this.context;
    const raw = createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3);
    const landed = await findLanded({ raw }, log, offset);
    if (landed !== undefined) {
      return { ...landed.record, partition: log.partition };
    }
    const kafka = await this.kafka();
    const ends = (await readTopicOffsets(kafka, log.topic)).find(
      ({ partition }) => partition === log.partition,
    );
    if (ends === undefined || offset < ends.startOffset || offset >= ends.endOffset) return undefined;
    const [record] = await readRecords(kafka, log.topic, [
      { partition: log.partition, from: offset, to: offset + 1 },
    ]);
    return record;
  }

  private async isVisible({ topic, logId, partition }: LogPartition, offset: number): Promise<boolean> {
    const { lake, clients, signal } = this.context;
    const { id } = await runQuery(clients.athena, {
      sql: `SELECT count(*) FROM ${tableNames(topic).view} WHERE log_id = ${sqlLiteral(logId)} AND kafka_partition = ${partition} AND kafka_offset = ${offset}`,
      workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
      database: outputOf(lake, 'lake', 'DatabaseName'),
      signal,
    });
    for await (const { rows } of readResult(clients.athena, id)) return rows[0]?.[0] !== '0';
    return false;
  }

  private async describe(
    topic: TopicName,
    records: readonly PartitionRecord[],
  ): Promise<readonly TopicRecord[]> {
    await this.decoders.learn(schemaVersionIdsIn(records));
    const rules = {
      decoderOf: this.decoders.find,
      lakeStartMs: parseDay(DEFAULT_LAKE_START) ?? 0,
      sourceTopic: sourceTopicOf(stationsOf(this.context.lake, topic).topic),
    };
    return records.map((record) => describeRecord(record, rules));
  }

  private async describeWhole(
    topic: TopicName,
    bytes: PartitionRecord,
  ): Promise<NonNullable<RecordDetail['record']>> {
    const [record] = await this.describe(topic, [bytes]);
    if (record === undefined) throw new TickerlakeError('RESOURCE_FAILED', 'the record cannot be described');
    const schemaVersionId = schemaOf(bytes.value);
    return {
      ...record,
      hexDump: hexDump((bytes.value ?? Buffer.alloc(0)).subarray(0, HEX_BYTES)),
      ...(schemaVersionId === undefined ? {} : { schemaVersionId }),
    };
  }
}

function schemaOf(value: Buffer | null): string | undefined {
  if (value === null) return undefined;
  try {
    frameBody(value);
    return frameSchemaVersionId(value);
  } catch {
    return undefined;
  }
}
