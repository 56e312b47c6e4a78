import { createS3ObjectStore } from '../../adapters/objects.ts';
import { locations } from '../../core/layout.ts';
import type { CommandContext } from '../context.ts';
import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createGroupAdmin, type ReplayStart, type Rewind } from './consumer-group.ts';
import { EventSource } from './event-source.ts';
import { landAgain } from './land-again.ts';
import { type LandedBatch, landDiverted } from './land-diverted.ts';
import { type Replayed, replayRaw } from './replay-raw.ts';

export interface ReplayOptions {
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
  const replayed = await withRunningLake(context, (lake, clients) =>
    replayRaw(clients, {
      ...request,
      topic: outputOf(lake, 'stream', 'QuotesTopicName'),
      rawBucket: outputOf(lake, 'lake', 'RawBucketName'),
      lakeBucket: outputOf(lake, 'lake', 'LakeBucketName'),
      functionName: outputOf(lake, 'pipeline', 'RequestCurationFunctionName'),
      signal,
      progress: new Progress(terminal),
    }),
  );
  if (json) terminal.print(JSON.stringify(replayed, undefined, 2));
  else printReplayed(terminal, replayed);
}

/** `replay --land`: lands again what the topic still holds. */
export async function replayTopic(
  context: CommandContext,
  { start, partition, json }: Pick<ReplayOptions, 'start' | 'partition' | 'json'>,
): Promise<void> {
  const { terminal, signal } = context;
  await withRunningLake(context, async (lake, clients) => {
    const functionName = outputOf(lake, 'pipeline', 'LandQuotesFunctionName');
    const topic = outputOf(lake, 'stream', 'QuotesTopicName');
    const kafka = await connectToTopic(lake, clients.msk);
    const before = await countRaw(lake, clients, topic);
    const rewinds = await landAgain({
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
    const landed = (await countRaw(lake, clients, topic)) - before;
    if (json) terminal.print(JSON.stringify({ partitions: rewinds, newRawObjects: landed }, undefined, 2));
    else printRewound(terminal, rewinds, landed);
  });
}

/** `replay --diverted`: lands the batches that the event source gave up. True when none is left. */
export async function replayDiverted(context: CommandContext, json: boolean): Promise<boolean> {
  const { terminal, signal } = context;
  const batches = await withRunningLake(context, (lake, clients) =>
    new Progress(terminal).step('land diverted batches', (report) =>
      landDiverted({
        lambda: clients.lambda,
        functionName: outputOf(lake, 'pipeline', 'LandQuotesFunctionName'),
        raw: createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), clients.s3),
        signal,
        report,
      }),
    ),
  );
  if (json) terminal.print(JSON.stringify(batches, undefined, 2));
  else printDiverted(terminal, batches);
  return batches.every(({ isLanded }) => isLanded);
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

export function printReplayed(terminal: Terminal, { requested, partitions }: Replayed): void {
  if (requested === 0) {
    terminal.print('nothing to replay: no raw object lies in that range');
    return;
  }
  if (partitions === undefined) {
    terminal.print(`${count(requested)} raw objects will be curated again`);
    return;
  }
  terminal.print(
    renderTable(
      terminal,
      [
        { name: 'log' },
        right('partition'),
        right('raw objects'),
        right('records'),
        right('curated'),
        right('quarantined'),
      ],
      partitions.map(({ logId, partition, ...figures }) => [
        logId,
        String(partition),
        ...[figures.objects, figures.records, figures.curated, figures.quarantined].map(count),
      ]),
      terminal.tableColumns,
    ),
  );
  terminal.print(`${count(requested)} raw objects curated again`);
}

export function printRewound(terminal: Terminal, rewinds: readonly Rewind[], newObjects: number): void {
  if (rewinds.length === 0) {
    terminal.print('nothing to land again: the topic holds nothing of that range that was read before');
    return;
  }
  terminal.print(
    renderTable(
      terminal,
      [right('partition'), right('from offset'), right('to offset'), right('records')],
      rewinds.map(({ partition, from, to }) => [partition, from, to - 1, to - from].map(String)),
    ),
  );
  terminal.print(
    newObjects === 0
      ? 'everything of it was in raw already'
      : `${count(newObjects)} new raw objects meanwhile; reconcile says whether anything is missing still`,
  );
}

export function printDiverted(terminal: Terminal, batches: readonly LandedBatch[]): void {
  if (batches.length === 0) {
    terminal.print('nothing to land: no batch was diverted');
    return;
  }
  terminal.print(
    renderTable(
      terminal,
      [right('partition'), right('offsets'), { name: 'condition' }, { name: 'landed' }],
      batches.map(({ ranges, condition, isLanded, problem }) => [
        ranges.map(({ partition }) => partition).join(', ') || '?',
        ranges.map(({ first, last }) => `${first}–${last}`).join(', ') || '?',
        condition,
        isLanded ? 'yes' : `no: ${problem ?? 'unknown'}`,
      ]),
      terminal.tableColumns,
    ),
  );
  for (const { key, isLanded } of batches) if (!isLanded) terminal.print(`still diverted: ${key}`);
}
