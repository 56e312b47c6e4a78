import { qualityRulesetName, tableNames } from '../../core/names.ts';
import type { CutTerm } from '../../core/view.ts';
import { type HistoryState, readHistory } from '../history/read-history.ts';
import { readViewCut, type ViewCut } from '../history/view-cut.ts';
import { lastLogLine } from '../jobs/last-log-line.ts';
import { runJob } from '../jobs/run-job.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import type { TopicName } from '../lake/stations.ts';

/** Curated offsets that are merged into history again, both ends included: as the job reads them. */
export interface MergeRange {
  readonly log_id: string;
  readonly kafka_partition: number;
  readonly from_offset: number;
  readonly to_offset: number;
}

export interface CompactRequest {
  readonly topic: TopicName;
  /** Merged whatever the job knows of them already. @default - none */
  readonly ranges?: readonly MergeRange[];
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
}

/** History and cut at one moment. */
export interface CompactState {
  /** Undefined until there is history. */
  readonly history: HistoryState | undefined;
  readonly cut: readonly CutTerm[];
}

export interface CompactedTopic {
  readonly topic: TopicName;
  readonly runId: string;
  readonly seconds: number;
  readonly before: CompactState;
  readonly after: CompactState;
}

/**
 * Runs the job compact on one topic, and says what history and the view's cut were before and are after.
 * @throws TickerlakeError JOB_FAILED
 */
export async function compactTopic(
  lake: LakeConnection,
  clients: Pick<LakeClients, 'glue' | 's3'>,
  { topic, ranges, signal, report }: CompactRequest,
): Promise<CompactedTopic> {
  const before = await readCompactState(lake, clients, topic);
  const { id, seconds } = await runJob({
    glue: clients.glue,
    jobName: outputOf(lake, 'jobs', 'CompactJobName'),
    arguments: {
      '--topic': topic,
      '--quality_ruleset': qualityRulesetName(lake.stage, topic),
      ...(ranges === undefined ? {} : { '--ranges': JSON.stringify(ranges) }),
    },
    signal,
    ...(report === undefined ? {} : { report }),
    lastLogLine: lastLogLine(lake, 'compact'),
    logHint: `tickerlake logs compact (the files are in ${lake.logsDir}); repeating it is safe`,
  });
  return { topic, runId: id, seconds, before, after: await readCompactState(lake, clients, topic) };
}

async function readCompactState(
  lake: LakeConnection,
  { glue, s3 }: Pick<LakeClients, 'glue' | 's3'>,
  topic: TopicName,
): Promise<CompactState> {
  const database = outputOf(lake, 'lake', 'DatabaseName');
  const [view, history]: readonly [ViewCut, HistoryState | undefined] = await Promise.all([
    readViewCut(lake, glue, topic),
    readHistory(glue, s3, { database, table: tableNames(topic).history }),
  ]);
  return { history, cut: view.terms };
}
