import type { CommandContext } from '../context.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import { openRunningLake, withRunningLake } from '../lake/running-lake.ts';
import { TOPIC_NAMES, type TopicName } from '../lake/stations.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type CompactedTopic, type CompactState, compactTopic } from './compact-topic.ts';

export interface CompactOptions {
  /** @default every topic */
  readonly topic: TopicName | undefined;
  readonly json: boolean;
}

/** `compact`: brings what is curated into history, topic by topic, and moves the views' cuts. */
export async function compact(context: CommandContext, { topic, json }: CompactOptions): Promise<void> {
  const { terminal, signal } = context;
  // Before anything is fetched: without a lake there is nothing to compact.
  openRunningLake(context.env);
  await fetchEngine('spark', context);
  const compacted = await withRunningLake(context, async (lake, clients) => {
    const progress = new Progress(terminal);
    const done: CompactedTopic[] = [];
    for (const name of topic === undefined ? TOPIC_NAMES : [topic]) {
      done.push(
        await progress.step(`compact ${name}`, (report) =>
          compactTopic(lake, clients, { topic: name, signal, report }),
        ),
      );
    }
    return done;
  });
  if (json) terminal.print(JSON.stringify(compacted, undefined, 2));
  else printCompacted(terminal, compacted);
}

const right = (name: string): TableColumn => ({ name, align: 'right' });

/** History of each topic as it became, then how far the cut of each partition went. */
export function printCompacted(terminal: Terminal, compacted: readonly CompactedTopic[]): void {
  terminal.print(
    renderTable(
      terminal,
      [
        { name: 'topic' },
        right('seconds'),
        right('rows before'),
        right('rows'),
        right('files'),
        right('bytes'),
        right('snapshots'),
      ],
      compacted.map(({ topic, seconds, before, after }) => [
        topic,
        String(seconds),
        count(before.history?.rows),
        count(after.history?.rows),
        count(after.history?.files),
        count(after.history?.bytes),
        count(after.history?.snapshots),
      ]),
    ),
  );
  const moves = compacted.flatMap(({ topic, before, after }) =>
    after.cut.map(({ logId, partition, offset }) => {
      const from = cutAt(before, logId, partition);
      return [topic, logId, String(partition), from === undefined ? null : String(from), String(offset)];
    }),
  );
  if (moves.length === 0) {
    terminal.print('history is empty: nothing is curated yet');
    return;
  }
  terminal.print('');
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'topic' }, { name: 'log' }, right('partition'), right('cut before'), right('cut')],
      moves,
      terminal.tableColumns,
    ),
  );
}

function cutAt({ cut }: CompactState, logId: string, partition: number): number | undefined {
  return cut.find((term) => term.logId === logId && term.partition === partition)?.offset;
}

function count(value = 0): string {
  return value.toLocaleString('en');
}
