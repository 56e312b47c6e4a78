/** Faults in which offsets begin at 0 again: a topic under the same cluster, and another cluster. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreatePartitionCommand, GetPartitionsCommand } from '@aws-sdk/client-glue';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { readResult, runQuery } from '../../cli/athena/run-query.ts';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { readAcknowledged } from '../../cli/reconcile/acknowledged.ts';
import { compareLedgers, type PartitionEvidence } from '../../cli/reconcile/compare.ts';
import { OffsetSet } from '../../cli/reconcile/offset-set.ts';
import { ReceiptReader } from '../../cli/reconcile/receipts.ts';
import { type LakeReconciliation, POISON_PRODUCER } from '../../cli/reconcile/reconcile-lake.ts';
import { readVisible } from '../../cli/reconcile/visible.ts';
import { tableNames } from '../../core/names.ts';
import { TestFolders } from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';
import { FunctionLines } from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import { FaultStand, PARTITIONS } from './stand.ts';

const SQL_TIMEOUT_MS = 60_000;

const topicRecreated: Fault = {
  number: 31,
  name: 'topic deleted and recreated: stopped with its own error, nothing trimmed away',
  lake: { stage: 'dev' },
  run: async (stand): Promise<FaultReport> => {
    const control = await stand.control();
    await stand.produce(60);
    await stand.settle();
    // From here on the broker cannot say any more how far the log went.
    const ends = await stand.ends();
    const before = await rawObjectsOf(stand);
    const lines = new FunctionLines(stand, 'land-quotes');
    const admin = stand.kafka().admin();
    await admin.connect();
    try {
      await admin.deleteTopics({ topics: [stand.topic] });
      const topics = [{ topic: stand.topic, numPartitions: PARTITIONS, replicationFactor: 1 }];
      await admin.createTopics({ topics, waitForLeaders: false });
      await until('the topic to be there again', async () =>
        (await admin.listTopics()).includes(stand.topic),
      );
    } finally {
      await admin.disconnect();
    }
    // Not in any ledger: they are the new topic's records, under offsets that mean the old one's.
    await stand.withProducer(async (producer) => {
      const records = await Promise.all(ends.map(({ partition }) => stand.quotes(partition, 10)));
      const messages = records.flat().map(({ key, value, partition }) => ({ key, value, partition }));
      await producer.send({ topic: stand.topic, acks: -1, messages });
    });
    const stopped = await lines.until(
      'landing to stop at another record under a landed offset',
      ({ code }) => code === 'LOG_OVERLAP_DIFFERS',
      PARTITIONS,
    );
    const after = await rawObjectsOf(stand);
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      throw new Error('the raw log changed under a recreated topic');
    }
    // Outside of the ledgers' usual places: the broker's ends are those of the old topic.
    return { injected: stopped.length, control, outcome: await reconcileOldLog(stand, ends) };
  },
};

/** Raw objects with their ETags, fills included. */
async function rawObjectsOf({ client }: FaultStand): Promise<[string, string | undefined][]> {
  const Bucket = client.output('lake', 'RawBucketName');
  const keys = await client.keys(Bucket, 'quotes/');
  return Promise.all(
    keys.map(async (Key): Promise<[string, string | undefined]> => {
      const { ETag, Body } = await client.s3.send(new GetObjectCommand({ Bucket, Key }));
      await Body?.transformToByteArray();
      return [Key, ETag];
    }),
  );
}

/** The four ledgers, with the ends that the broker told before the topic was deleted. */
async function reconcileOldLog(
  { lake, clients, topic }: FaultStand,
  ends: Awaited<ReturnType<FaultStand['ends']>>,
): Promise<LakeReconciliation> {
  const logId = logIdOf(lake);
  const ledgers = ['produce-quotes', POISON_PRODUCER].map((name) => join(lake.logsDir, `${name}.log`));
  const acknowledged = await readAcknowledged(
    ledgers.filter((file) => existsSync(file)),
    topic,
  );
  const visible = await readVisible(clients.athena, clients.s3, {
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    view: tableNames(topic).view,
    logId,
    ends,
    signal: AbortSignal.timeout(SQL_TIMEOUT_MS),
  });
  const nothing = { rows: 0, offsets: new OffsetSet(), firstDoubled: undefined, hash: '0'.repeat(16) };
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const evidence = ends.map(async ({ partition, endOffset }): Promise<PartitionEvidence> => {
    const log = { topic, logId, partition };
    return {
      logId,
      partition,
      acknowledged: acknowledged.get(partition) ?? { records: 0, acceptedHash: nothing.hash },
      broker: { endOffset },
      receipts: await new ReceiptReader(clients.s3, bucket, log).read(),
      visible: visible.get(partition) ?? nothing,
    };
  });
  const { faults, ...result } = compareLedgers(await Promise.all(evidence));
  return { ...result, faults: faults.map((fault) => ({ ...fault, lastSeen: undefined })) };
}

const clusterReplaced: Fault = {
  number: 32,
  name: 'cluster replaced: new log beside the old',
  lake: { stage: 'dev' },
  run: async (old): Promise<FaultReport> => {
    const control = await old.control();
    const folders = new TestFolders();
    // The same stacks on another cluster; what is in the buckets and in the catalog stays.
    const replaced = await FaultStand.start(folders, { stage: 'dev' });
    try {
      const oldLog = logIdOf(old.lake);
      if (oldLog === logIdOf(replaced.lake)) throw new Error('the new cluster goes on with the old log');
      await copyBuckets(old, replaced);
      await copyPartitions(old, replaced);
      await replaced.control();
      await replaced.produce(60);
      const { outcome } = await replaced.report(1);
      const rows = await rowsOf(replaced, oldLog);
      const { curated: produced } = control.totals;
      const lost = produced - rows.identities;
      const duplicated = rows.count - rows.identities;
      const totals = {
        ...outcome.totals,
        produced: outcome.totals.produced + produced,
        lost: outcome.totals.lost + lost,
        duplicated: outcome.totals.duplicated + duplicated,
      };
      const ok = outcome.ok && lost === 0 && duplicated === 0;
      return { injected: 1, control, outcome: { ...outcome, totals, ok } };
    } finally {
      await replaced.stop();
      folders.remove();
    }
  },
};

/** Objects of both buckets; a raw object may only be put where none is. */
async function copyBuckets(from: FaultStand, to: FaultStand): Promise<void> {
  for (const name of ['LakeBucketName', 'RawBucketName']) {
    const [source, target] = [from.client.output('lake', name), to.client.output('lake', name)];
    for (const Key of await from.client.keys(source)) {
      const { Body, Metadata, ContentType } = await from.client.s3.send(
        new GetObjectCommand({ Bucket: source, Key }),
      );
      await to.client.s3.send(
        new PutObjectCommand({
          Bucket: target,
          Key,
          Body: (await Body?.transformToByteArray()) ?? '',
          ContentType,
          Metadata,
          IfNoneMatch: '*',
        }),
      );
    }
  }
}

async function copyPartitions(from: FaultStand, to: FaultStand): Promise<void> {
  const TableName = tableNames(from.topic).curated;
  const databaseOf = ({ client }: FaultStand): string => client.output('lake', 'DatabaseName');
  const { Partitions = [] } = await from.client.glue.send(
    new GetPartitionsCommand({ DatabaseName: databaseOf(from), TableName }),
  );
  const bucketOf = ({ client }: FaultStand): string => client.output('lake', 'LakeBucketName');
  for (const { Values, StorageDescriptor } of Partitions) {
    const Location = StorageDescriptor?.Location?.replace(bucketOf(from), bucketOf(to));
    const PartitionInput = { Values, StorageDescriptor: { ...StorageDescriptor, Location } };
    await to.client.glue.send(
      new CreatePartitionCommand({ DatabaseName: databaseOf(to), TableName, PartitionInput }),
    );
  }
}

async function rowsOf(
  { lake, clients, topic }: FaultStand,
  logId: string,
): Promise<{ readonly count: number; readonly identities: number }> {
  const { id } = await runQuery(clients.athena, {
    sql: `SELECT count(*), count(DISTINCT (kafka_partition, kafka_offset)) FROM ${tableNames(topic).view} WHERE log_id = '${logId}'`,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal: AbortSignal.timeout(SQL_TIMEOUT_MS),
  });
  for await (const { rows } of readResult(clients.athena, id)) {
    return { count: Number(rows[0]?.[0] ?? 0), identities: Number(rows[0]?.[1] ?? 0) };
  }
  return { count: 0, identities: 0 };
}

export const faults: readonly Fault[] = [topicRecreated, clusterReplaced];
