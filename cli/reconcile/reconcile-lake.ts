import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPartition } from '../../core/layout.ts';
import { type FunctionPart, tableNames } from '../../core/names.ts';
import { readViewCut } from '../history/view-cut.ts';
import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, logIdOf, outputOf } from '../lake/connection.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { readAcknowledged } from './acknowledged.ts';
import { compareLedgers, type Fault, type PartitionEvidence, type Reconciliation } from './compare.ts';
import type { ServedReconciliation } from './compare-served.ts';
import { lastSeen } from './last-seen.ts';
import { OffsetSet } from './offset-set.ts';
import { ReceiptReader } from './receipts.ts';
import { NO_ROWS } from './row-sums.ts';
import { reconcileServed } from './served.ts';
import { readVisible } from './visible.ts';

/** Log of records that the command itself produces, beside those of the functions. */
export const POISON_PRODUCER = 'poison-producer';

export interface ReconcileOptions {
  readonly signal: AbortSignal;
  readonly report?: (doing: string) => void;
}

/** A fault, and where the first record concerned was seen last. */
export interface LocatedFault extends Fault {
  readonly lastSeen: string | undefined;
}

export interface LakeReconciliation extends Omit<Reconciliation, 'faults'> {
  /** Of the speed path; undefined where only the lake was looked at. */
  readonly served?: Omit<ServedReconciliation, 'faults'>;
  readonly faults: readonly LocatedFault[];
}

/**
 * Reads the four ledgers of a running lake and compares them: producers' logs, broker, receipts, and SQL; then what the speed
 * path serves with what SQL says that it should.
 */
export async function reconcileLake(
  lake: LakeConnection,
  clients: LakeClients,
  { signal, report }: ReconcileOptions,
): Promise<LakeReconciliation> {
  const topic = outputOf(lake, 'stream', 'QuotesTopicName');
  const logId = logIdOf(lake);
  const lakeBucket = outputOf(lake, 'lake', 'LakeBucketName');

  report?.("reading the broker's offsets and the producers' logs");
  const kafka = await connectToTopic(lake, clients.msk);
  const offsets = await readTopicOffsets(kafka, topic);
  const derivedEnds = await readTopicOffsets(kafka, outputOf(lake, 'stream', 'QuotesFilteredTopicName'));
  const acknowledged = await readAcknowledged(producerLogs(lake), topic);

  report?.('reading receipts');
  const logs = offsets.map(({ partition }): LogPartition => ({ topic, logId, partition }));
  const receipts = await Promise.all(
    logs.map(async (log) => {
      const reader = new ReceiptReader(clients.s3, lakeBucket, log);
      const sums = await reader.read();
      return { ...sums, curatedOffsets: reader.curatedOffsets() };
    }),
  );
  // Before the rows: what a cut that moves meanwhile covers was shown from curated files, too.
  const cut = await readViewCut(lake, clients.glue, topic);

  report?.('reading every row through SQL');
  const visible = await readVisible(clients.athena, clients.s3, {
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    view: tableNames(topic).view,
    logId,
    ends: offsets,
    signal,
    onRows: (rows) => {
      signal.throwIfAborted();
      report?.(`${rows.toLocaleString('en')} rows hashed`);
    },
  });

  const evidence = offsets.map(
    ({ partition, endOffset }, index): PartitionEvidence => ({
      logId,
      partition,
      acknowledged: acknowledged.get(partition) ?? { records: 0, acceptedHash: NO_ROWS.hash },
      broker: { endOffset },
      receipts: receipts[index] ?? { curated: 0, quarantined: new OffsetSet() },
      cut: cut.at({ logId, partition }),
      visible: visible.get(partition) ?? NO_ROWS,
    }),
  );
  const result = compareLedgers(evidence);
  const { faults: servedFaults, ...served } = await reconcileServed(lake, clients, {
    ends: offsets,
    derivedEnds,
    signal,
    ...(report === undefined ? {} : { report }),
  });
  const faults = await Promise.all([
    ...result.faults.map(async (fault) => ({ ...fault, lastSeen: await lastSeen(lake, clients, fault) })),
    ...servedFaults.map(async (fault) => ({
      ...fault,
      lastSeen: await servedLastSeen(lake, clients, fault),
    })),
  ]);
  return { ...result, ok: faults.length === 0, served, faults };
}

/** Where a record of the speed path stands; of the derived topic's own partitions, as of any topic's. */
async function servedLastSeen(
  lake: LakeConnection,
  clients: LakeClients,
  fault: Fault,
): Promise<string | undefined> {
  switch (fault.kind) {
    case 'served-missing':
    case 'filtered-missing': {
      const seen = `topic ${outputOf(lake, 'stream', 'QuotesTopicName')}, from where tickerlake replay --filter --from-offset ${fault.offset ?? 0} filters and serves it again`;
      if (fault.kind === 'served-missing') return seen;
      const topic = 'quotes_filtered';
      const { hasHistory } = await readViewCut(lake, clients.glue, topic);
      return hasHistory
        ? `${seen}; before, tickerlake compact --topic ${topic}, in case that it came late and lies below the cut`
        : seen;
    }
    case 'filtered-unaccounted':
      return lastSeen(lake, clients, { ...fault, kind: 'missing' }, 'quotes_filtered');
    default:
      return undefined;
  }
}

/** Logs of everything that produces to the topic. */
function producerLogs(lake: LakeConnection): readonly string[] {
  const names = ['produce-quotes' satisfies FunctionPart, POISON_PRODUCER];
  return names.map((name) => join(lake.logsDir, `${name}.log`)).filter((file) => existsSync(file));
}
