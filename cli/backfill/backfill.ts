import { printCompacted } from '../compact/compact.ts';
import { type CompactedTopic, compactTopic } from '../compact/compact-topic.ts';
import type { CommandContext } from '../context.ts';
import { belowCutLine, cutReader } from '../history/below-cut.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import { outputOf } from '../lake/connection.ts';
import { openRunningLake, withRunningLake } from '../lake/running-lake.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { printPartitions } from '../replay/replay.ts';
import { sumUpReceipts } from '../replay/replay-raw.ts';
import { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type BackfilledCurated, type BackfillRange, backfillCurated } from './backfill-curated.ts';
import { mergeRanges } from './merge-ranges.ts';

/** How far a backfill goes. */
export type BackfillTarget = 'curated' | 'history';

export interface BackfillOptions {
  readonly target: BackfillTarget;
  readonly topic: TopicName;
  readonly range: BackfillRange;
  /** When a backfill that is gone on with began, epoch ms. @default now */
  readonly sinceMs: number | undefined;
  readonly json: boolean;
}

/** `backfill`: a range is curated again from raw, and with target history merged into history as well. */
export async function backfill(context: CommandContext, options: BackfillOptions): Promise<void> {
  const { terminal } = context;
  openRunningLake(context.env);
  if (options.target === 'history') await fetchEngine('spark', context);
  const since = new Date(options.sinceMs ?? Date.now()).toISOString();
  terminal.note(`backfill began ${since}`);
  try {
    const { curated, compacted } = await rebuild(context, options, since);
    if (options.json) terminal.print(JSON.stringify(backfillJson(since, curated, compacted), undefined, 2));
    else printBackfilled(terminal, options.topic, curated, compacted);
  } catch (error) {
    terminal.note(`to go on where it stopped: ${resumeCommand(options, since)}`);
    throw error;
  }
}

async function rebuild(
  { env, terminal, signal }: CommandContext,
  { target, topic: name, range }: BackfillOptions,
  since: string,
): Promise<{ readonly curated: BackfilledCurated; readonly compacted: CompactedTopic | undefined }> {
  const progress = new Progress(terminal);
  return withRunningLake({ env }, async (lake, clients) => {
    const { topic, requestFunction } = stationsOf(lake, name);
    const curated = await backfillCurated(clients, {
      topic,
      rawBucket: outputOf(lake, 'lake', 'RawBucketName'),
      lakeBucket: outputOf(lake, 'lake', 'LakeBucketName'),
      functionName: requestFunction,
      range,
      since,
      readCut: cutReader(lake, clients, topic),
      signal,
      progress,
    });
    const ranges = mergeRanges(curated.objects);
    if (target === 'curated' || ranges.length === 0) return { curated, compacted: undefined };
    const compacted = await progress.step(`compact ${topic}`, (report) =>
      compactTopic(lake, clients, { topic: name, ranges, signal, report }),
    );
    return { curated, compacted };
  });
}

/** The command line that goes on with a backfill. */
export function resumeCommand({ target, topic, range }: BackfillOptions, since: string): string {
  const { fromDay, toDay, fromOffset, toOffset, partition, logId } = range;
  const options = {
    target,
    topic,
    'from-day': fromDay,
    'to-day': toDay,
    'from-offset': fromOffset,
    'to-offset': toOffset,
    partition,
    'log-id': logId,
    since,
  };
  const words = Object.entries(options).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option} ${value}`],
  );
  return `tickerlake backfill ${words.join(' ')}`;
}

export function printBackfilled(
  terminal: Terminal,
  topic: TopicName,
  { requested, alreadyDone, objects, belowCut }: BackfilledCurated,
  compacted: CompactedTopic | undefined,
): void {
  if (objects.length === 0) {
    terminal.print('nothing to backfill: no raw object lies in that range');
    return;
  }
  const count = (value: number): string => value.toLocaleString('en');
  printPartitions(terminal, sumUpReceipts(objects));
  const before = alreadyDone === 0 ? '' : `, ${count(alreadyDone)} had been before`;
  terminal.print(`${count(requested)} raw objects curated again${before}`);
  if (compacted !== undefined) {
    terminal.print('');
    printCompacted(terminal, [compacted]);
  } else if (belowCut > 0) terminal.print(belowCutLine(belowCut, topic));
}

function backfillJson(
  since: string,
  { objects, ...curated }: BackfilledCurated,
  compacted: CompactedTopic | undefined,
): Readonly<Record<string, unknown>> {
  return { since, ...curated, partitions: sumUpReceipts(objects), compacted };
}
