import { createS3ObjectStore } from '../../adapters/objects.ts';
import { locations } from '../../core/layout.ts';
import type { CommandContext } from '../context.ts';
import { belowCutLine, cutReader } from '../history/below-cut.ts';
import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createGroupAdmin, type ReplayStart, type Rewind } from './consumer-group.ts';
import { deliverAgain } from './deliver-again.ts';
import { EventSource } from './event-source.ts';
import { type Replayed, type ReplayedPartition, replayRaw } from './replay-raw.ts';
import { type ReturnedBatch, returnDiverted } from './return-diverted.ts';

export interface ReplayOptions {
  readonly topic: TopicName;
  readonly start: ReplayStart;
  readonly partition: number | undefined;
  readonly logId: string | undefined;
  readonly wait: boolean;
  readonly json: boolean;
}

/** `replay`: curates again what lies in raw. */
export async function replay(context: CommandContext, options: ReplayOptions): Promise<void> {
  const { terminal, signal } = context;
  const { json, ...request } = options;
  const replayed = await withRunningLake(context, (lake, clients) => {
    const { topic, requestFunction } = stationsOf(lake, request.topic);
    return replayRaw(clients, {
      ...request,
      topic,
      rawBucket: outputOf(lake, 'lake', 'RawBucketName'),
      lakeBucket: outputOf(lake, 'lake', 'LakeBucketName'),
      functionName: requestFunction,
      readCut: cutReader(lake, clients, topic),
      signal,
      progress: new Progress(terminal),
    });
  });
  if (json) terminal.print(JSON.stringify(replayed, undefined, 2));
  else printReplayed(terminal, replayed, request.topic);
}

/** What reads a topic, and can be made to read it again. */
export type Reader = 'land' | 'filter' | 'serve';

/** `replay --land`, `--filter`, `--serve`: has what the topic still holds landed, filtered or served again. */
export async function replayTopic(
  context: CommandContext,
  reader: Reader,
  options: Pick<ReplayOptions, 'topic' | 'start' | 'partition' | 'json'>,
): Promise<void> {
  const { terminal, signal } = context;
  const { start, partition, json } = options;
  await withRunningLake(context, async (lake, clients) => {
    const { functionName, topic } = readerOf(lake, reader, options.topic);
    const kafka = await connectToTopic(lake, clients.msk);
    const before = await countRaw(lake, clients, topic);
    const rewinds = await deliverAgain({
      source: await EventSource.find(clients.lambda, functionName, outputOf(lake, 'stream', 'ClusterArn')),
      // The mapping's consumer group bears its function's name.
      group: createGroupAdmin(kafka, functionName, topic),
      start,
      partition,
      signal,
      progress: new Progress(terminal),
      note: (line) => {
        terminal.note(line);
      },
    });
    const landed = reader === 'land' ? (await countRaw(lake, clients, topic)) - before : undefined;
    if (json) terminal.print(JSON.stringify({ partitions: rewinds, newRawObjects: landed }, undefined, 2));
    else printRewound(terminal, rewinds, landed);
  });
}

function readerOf(
  lake: LakeConnection,
  reader: Reader,
  topic: TopicName,
): { readonly functionName: string; readonly topic: string } {
  switch (reader) {
    case 'land': {
      const stations = stationsOf(lake, topic);
      return { functionName: stations.landFunction, topic: stations.topic };
    }
    case 'filter':
      return {
        functionName: outputOf(lake, 'pipeline', 'FilterQuotesFunctionName'),
        topic: outputOf(lake, 'stream', 'QuotesTopicName'),
      };
    case 'serve':
      return {
        functionName: outputOf(lake, 'pipeline', 'ServeQuotesFunctionName'),
        topic: outputOf(lake, 'stream', 'QuotesFilteredTopicName'),
      };
  }
}

/** `replay --diverted`: gives back the batches that event sources gave up, to land, filter or serve. True when none is left. */
export async function replayDiverted(context: CommandContext, json: boolean): Promise<boolean> {
  const { terminal, signal } = context;
  const batches = await withRunningLake(context, (lake, clients) =>
    new Progress(terminal).step('return diverted batches', (report) =>
      returnDiverted({
        lambda: clients.lambda,
        functionNames: [
          outputOf(lake, 'pipeline', 'LandQuotesFunctionName'),
          outputOf(lake, 'pipeline', 'LandQuotesFilteredFunctionName'),
          outputOf(lake, 'pipeline', 'FilterQuotesFunctionName'),
          outputOf(lake, 'pipeline', 'ServeQuotesFunctionName'),
        ],
        raw: createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3),
        signal,
        report,
      }),
    ),
  );
  if (json) terminal.print(JSON.stringify(batches, undefined, 2));
  else printDiverted(terminal, batches);
  return batches.every(({ isDone }) => isDone);
}

async function countRaw(lake: LakeConnection, { s3 }: LakeClients, topic: string): Promise<number> {
  const raw = createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), s3);
  const keys = new Set<string>();
  for await (const key of raw.list(locations.raw(topic))) keys.add(key);
  return keys.size;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

const right = (name: string): TableColumn => ({ name, align: 'right' });

export function printReplayed(
  terminal: Terminal,
  { requested, partitions, belowCut }: Replayed,
  topic: TopicName,
): void {
  if (requested === 0) {
    terminal.print('nothing to replay: no raw object lies in that range');
    return;
  }
  if (partitions === undefined) {
    terminal.print(`${count(requested)} raw objects will be curated again`);
    return;
  }
  printPartitions(terminal, partitions);
  terminal.print(`${count(requested)} raw objects curated again`);
  if (belowCut > 0) terminal.print(belowCutLine(belowCut, topic));
}

/** What receipts of a range say, a line a partition. */
export function printPartitions(terminal: Terminal, partitions: readonly ReplayedPartition[]): void {
  const names = ['partition', 'raw objects', 'records', 'curated', 'quarantined'];
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'log' }, ...names.map(right)],
      partitions.map(({ logId, partition, ...figures }) => [
        logId,
        String(partition),
        ...[figures.objects, figures.records, figures.curated, figures.quarantined].map(count),
      ]),
      terminal.tableColumns,
    ),
  );
}

/** @param newObjects raw objects that came of it; undefined where nothing is landed */
export function printRewound(
  terminal: Terminal,
  rewinds: readonly Rewind[],
  newObjects: number | undefined,
): void {
  if (rewinds.length === 0) {
    terminal.print('nothing to deliver again: the topic holds nothing of that range that was read before');
    return;
  }
  terminal.print(
    renderTable(
      terminal,
      [right('partition'), right('from offset'), right('to offset'), right('records')],
      rewinds.map(({ partition, from, to }) => [partition, from, to - 1, to - from].map(String)),
    ),
  );
  if (newObjects === undefined) {
    terminal.print('delivered again; what was there already is there once');
    return;
  }
  terminal.print(
    newObjects === 0
      ? 'everything of it was in raw already'
      : `${count(newObjects)} new raw objects meanwhile; reconcile says whether anything is missing still`,
  );
}

export function printDiverted(terminal: Terminal, batches: readonly ReturnedBatch[]): void {
  if (batches.length === 0) {
    terminal.print('nothing to give back: no batch was diverted');
    return;
  }
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'function' }, right('partition'), right('offsets'), { name: 'condition' }, { name: 'done' }],
      batches.map(({ functionName, ranges, condition, isDone, problem }) => [
        functionName ?? '?',
        ranges.map(({ partition }) => partition).join(', ') || '?',
        ranges.map(({ first, last }) => `${first}–${last}`).join(', ') || '?',
        condition,
        isDone ? 'yes' : `no: ${problem ?? 'unknown'}`,
      ]),
      terminal.tableColumns,
    ),
  );
  for (const { key, isDone } of batches) if (!isDone) terminal.print(`still diverted: ${key}`);
}
