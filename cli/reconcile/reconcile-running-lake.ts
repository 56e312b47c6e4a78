import type { CommandContext } from '../context.ts';
import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { waitUntilServed } from '../lake/wait-until-served.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { PartitionVerdict } from './compare.ts';
import type { ServedVerdict } from './compare-served.ts';
import { type LakeReconciliation, reconcileLake } from './reconcile-lake.ts';
import { faultLine, reconcileJson, reconcileLine } from './report.ts';

/** A lake that takes in quotes all the time is looked at again when some came meanwhile. */
const ATTEMPTS = 5;

/** `reconcile`: waits for what is under way, compares, prints a table by partition and the line. */
export async function reconcileRunningLake(
  context: CommandContext,
  options: { readonly wait: boolean; readonly json: boolean },
): Promise<boolean> {
  return withRunningLake(context, async (lake, clients) => {
    const { terminal } = context;
    const progress = new Progress(terminal);
    const result = await reconcileSettled(context, lake, clients, progress, options.wait);
    if (options.json) terminal.print(JSON.stringify(reconcileJson(result), undefined, 2));
    else {
      terminal.print(renderTable(terminal, COLUMNS, result.partitions.map(tableRow)));
      if (result.served !== undefined) {
        terminal.print('');
        terminal.print(renderTable(terminal, SERVED_COLUMNS, result.served.partitions.map(servedRow)));
        terminal.print('');
      }
      for (const fault of result.faults) terminal.print(faultLine(fault));
      terminal.print(reconcileLine(result));
    }
    return result.ok;
  });
}

async function reconcileSettled(
  { signal }: CommandContext,
  lake: LakeConnection,
  clients: LakeClients,
  progress: Progress,
  wait: boolean,
): Promise<LakeReconciliation> {
  const topic = outputOf(lake, 'stream', 'QuotesTopicName');
  const derived = outputOf(lake, 'stream', 'QuotesFilteredTopicName');
  const kafka = await connectToTopic(lake, clients.msk);
  const endsNow = async (): Promise<string> =>
    JSON.stringify([await readTopicOffsets(kafka, topic), await readTopicOffsets(kafka, derived)]);
  for (let attempt = 1; ; attempt++) {
    if (wait) {
      await progress.step('wait until served', async (report) =>
        waitUntilServed(lake, clients, await readTopicOffsets(kafka, topic), { signal, report }),
      );
    }
    const before = await endsNow();
    const result = await progress.step('reconcile', (report) =>
      reconcileLake(lake, clients, { signal, report }),
    );
    if (result.ok || !wait || attempt === ATTEMPTS || before === (await endsNow())) return result;
  }
}

const COLUMNS: readonly TableColumn[] = [
  { name: 'partition', align: 'right' },
  { name: 'produced', align: 'right' },
  { name: 'curated', align: 'right' },
  { name: 'quarantined', align: 'right' },
  { name: 'queryable', align: 'right' },
  { name: 'lost', align: 'right' },
  { name: 'duplicated', align: 'right' },
  { name: 'values' },
];

function tableRow(verdict: PartitionVerdict): readonly string[] {
  const { partition, produced, curated, quarantined, queryable, lost, duplicated, valuesAgree } = verdict;
  const counts = [partition, produced, curated, quarantined, queryable, lost, duplicated];
  return [...counts.map(String), valuesAgree ? 'agree' : 'differ'];
}

const SERVED_COLUMNS: readonly TableColumn[] = [
  { name: 'partition', align: 'right' },
  { name: 'watched', align: 'right' },
  { name: 'served', align: 'right' },
  { name: 'served lost', align: 'right' },
  { name: 'served duplicated', align: 'right' },
  { name: 'values' },
];

function servedRow(verdict: ServedVerdict): readonly string[] {
  const { partition, expected, served, servedLost, servedDuplicated, valuesAgree } = verdict;
  const counts = [partition, expected, served, servedLost, servedDuplicated];
  return [...counts.map(String), valuesAgree ? 'agree' : 'differ'];
}
