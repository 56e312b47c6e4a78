import type { QualityCode } from '../../core/quality.ts';
import type { CommandContext } from '../context.ts';
import { belowCutLine, cutReader } from '../history/below-cut.ts';
import { outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { moveDeadLetters, waitUntilWorkedOff } from './redrive-dead-letters.ts';
import { type Redriven, redriveQuarantine } from './redrive-quarantine.ts';

export interface RedriveOptions {
  readonly topic: TopicName;
  readonly codes: readonly QualityCode[] | undefined;
  readonly logId: string | undefined;
  readonly partition: number | undefined;
  readonly offset: number | undefined;
  readonly wait: boolean;
  readonly json: boolean;
}

/** `redrive`: quarantined records are judged again, and a table says what became of them. */
export async function redrive(context: CommandContext, options: RedriveOptions): Promise<void> {
  const { terminal, signal } = context;
  const { topic: name, wait, json, ...filter } = options;
  const redriven = await withRunningLake(context, (lake, clients) => {
    const { topic, requestFunction } = stationsOf(lake, name);
    return redriveQuarantine(clients, {
      topic,
      rawBucket: outputOf(lake, 'lake', 'RawBucketName'),
      lakeBucket: outputOf(lake, 'lake', 'LakeBucketName'),
      functionName: requestFunction,
      filter,
      wait,
      readCut: cutReader(lake, clients, topic),
      signal,
      progress: new Progress(terminal),
    });
  });
  if (json) terminal.print(JSON.stringify(redriven, undefined, 2));
  else printRedriven(terminal, redriven, name);
}

/** The outcome as people read it. */
export function printRedriven(
  terminal: Terminal,
  { requested, codes, belowCut }: Redriven,
  topic: TopicName,
): void {
  if (codes === undefined) {
    terminal.print(
      `${requested} raw objects will be curated again; tickerlake quarantine list shows what stays`,
    );
    return;
  }
  if (codes.length === 0) {
    terminal.print('nothing to redrive: no quarantined record matches');
    return;
  }
  const number = (name: string): { readonly name: string; readonly align: 'right' } => ({
    name,
    align: 'right',
  });
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'code' }, number('before'), number('now curated'), number('still quarantined')],
      codes.map(({ code, before, curated, quarantined }) => [
        code,
        ...[before, curated, quarantined].map((count) => count.toLocaleString('en')),
      ]),
    ),
  );
  if (belowCut > 0) terminal.print(belowCutLine(belowCut, topic));
}

/** `redrive --dead-letters`: raw objects that could not be curated are tried again. True when none is dead afterwards. */
export async function redriveDeadLetters(
  context: CommandContext,
  { topic, wait, json }: Pick<RedriveOptions, 'topic' | 'wait' | 'json'>,
): Promise<boolean> {
  const { terminal, signal } = context;
  const progress = new Progress(terminal);
  return withRunningLake(context, async (lake, { sqs }) => {
    const { queueUrl, deadLetterQueueUrl } = stationsOf(lake, topic);
    const queues = { queueUrl, deadLetterQueueUrl, signal };
    const moved = await progress.step('move dead letters', (report) =>
      moveDeadLetters(sqs, { ...queues, report }),
    );
    const dead =
      wait && moved > 0
        ? await progress.step('wait until curated', (report) =>
            waitUntilWorkedOff(sqs, { ...queues, report }),
          )
        : undefined;
    if (json) terminal.print(JSON.stringify({ moved, ...(dead === undefined ? {} : { dead }) }));
    else terminal.print(describeMoved(moved, dead));
    return dead === undefined || dead === 0;
  });
}

function describeMoved(moved: number, dead: number | undefined): string {
  if (moved === 0) return 'nothing to redrive: there are no dead letters';
  const sent = `${moved} ${moved === 1 ? 'letter' : 'letters'} moved back`;
  if (dead === undefined) return `${sent}; tickerlake status shows what becomes of them`;
  return dead === 0
    ? `${sent}, all worked off`
    : `${sent}; dead again: ${dead} — tickerlake logs curate-quotes`;
}
