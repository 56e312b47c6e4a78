import type { CommandContext } from '../context.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { BatchStatus } from './read-batch.ts';
import { type LakeStatus, readStatus, type ServingStatus, type TroubleStatus } from './read-status.ts';

/** `status`: topics with their lag, queues, objects by zone, and how fresh SQL is. */
export async function showStatus(context: CommandContext, json: boolean): Promise<void> {
  const { terminal, signal } = context;
  const status = await withRunningLake(context, (lake, clients) => readStatus(lake, clients, signal));
  if (json) terminal.print(JSON.stringify(status, undefined, 2));
  else printStatus(terminal, status, Date.now());
}

/** The status as people read it. */
export function printStatus(terminal: Terminal, status: LakeStatus, nowMs: number): void {
  const left = (name: string): { readonly name: string } => ({ name });
  const right = (name: string): { readonly name: string; readonly align: 'right' } => ({
    name,
    align: 'right',
  });
  const count = (value: number): string => value.toLocaleString('en');
  terminal.print(`stage ${status.stage} · AWS at ${status.endpoint} · Kafka at ${status.bootstrapServers}\n`);
  terminal.print(
    renderTable(
      terminal,
      [left('topic'), right('partitions'), right('records'), left('lag')],
      status.topics.map(({ topic, partitions, records, lag }) => [
        topic,
        count(partitions),
        count(records),
        Object.entries(lag)
          .map(([group, behind]) => `${group} ${count(behind)}`)
          .join(', ') || 'no consumer yet',
      ]),
    ),
  );
  terminal.print('');
  for (const line of describeServing(status.serving, nowMs)) terminal.print(line);
  terminal.print('');
  terminal.print(
    renderTable(
      terminal,
      [left('queue'), right('waiting'), right('in flight')],
      status.queues.map(({ queue, waiting, inFlight }) => [queue, count(waiting), count(inFlight)]),
    ),
  );
  terminal.print('');
  terminal.print(
    renderTable(
      terminal,
      [left('topic'), left('zone'), right('objects'), right('bytes')],
      status.objects.map(({ topic, zone, objects, bytes }) => [topic, zone, count(objects), count(bytes)]),
    ),
  );
  terminal.print('');
  printBatch(terminal, status.batch);
  terminal.print('');
  for (const line of describeTrouble(status.trouble)) terminal.print(line);
  const { rows, newestEvent, newestRecord } = status.freshness;
  const age = newestRecord === null ? undefined : ageText(newestRecord, nowMs);
  terminal.print('');
  terminal.print(
    age === undefined
      ? 'nothing is queryable yet'
      : `${count(rows)} rows queryable; newest event ${newestEvent ?? '–'} UTC; newest record reached the topic ${age} ago`,
  );
}

/** History of each topic, and each partition's cut with what lies above it. */
export function printBatch(terminal: Terminal, batch: readonly BatchStatus[]): void {
  const count = (value: number): string => value.toLocaleString('en');
  const right = (name: string): TableColumn => ({ name, align: 'right' });
  const names = ['rows', 'files', 'bytes', 'snapshots'];
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'history' }, ...names.map(right), { name: 'last commit' }],
      batch.map(({ topic, history }) => [
        topic,
        ...(history === undefined
          ? [null, null, null, null, 'never: tickerlake compact']
          : [
              ...[history.rows, history.files, history.bytes, history.snapshots].map(count),
              history.committedAt,
            ]),
      ]),
    ),
  );
  const partitions = batch.flatMap(({ topic, partitions: each }) =>
    each.map(({ logId, partition, cut, filesAbove, bytesAbove }) => [
      topic,
      logId,
      String(partition),
      cut === undefined ? null : String(cut),
      count(filesAbove),
      count(bytesAbove),
    ]),
  );
  if (partitions.length === 0) return;
  terminal.print('');
  terminal.print(
    renderTable(
      terminal,
      [
        { name: 'topic' },
        { name: 'log' },
        right('partition'),
        right('cut'),
        right('files above'),
        right('bytes above'),
      ],
      partitions,
      terminal.tableColumns,
    ),
  );
}

/** The serving database in a line; where it is down, why. */
export function describeServing(serving: ServingStatus, nowMs: number): readonly string[] {
  const { address, version, problem, behind, updatedAt, symbols } = serving;
  if (version === null) {
    return [
      `serving database ${address} is down: ${problem ?? 'unknown'}`,
      '  nothing is lost: serve-quotes goes on where it stood',
    ];
  }
  const age = updatedAt === null ? 'never written' : `last written ${ageText(updatedAt, nowMs)} ago`;
  const records = (behind ?? 0).toLocaleString('en');
  return [`PostgreSQL ${version} at ${address}: ${symbols ?? 0} symbols, ${records} records behind, ${age}`];
}

/** What waits for somebody, each with the command that is for it. */
export function describeTrouble({
  divertedBatches,
  deadLetters,
  quarantined,
}: TroubleStatus): readonly string[] {
  const total = Object.values(quarantined).reduce((sum, records) => sum + records, 0);
  const codes = Object.entries(quarantined).map(
    ([code, records]) => `${code} ${records.toLocaleString('en')}`,
  );
  const lines = [
    ...(divertedBatches === 0 ? [] : [`${divertedBatches} diverted batches: tickerlake replay --diverted`]),
    ...(deadLetters === 0
      ? []
      : [
          `${deadLetters} dead letters: tickerlake redrive --dead-letters (--topic quotes_filtered for those of that topic)`,
        ]),
    ...(total === 0
      ? []
      : [`${total.toLocaleString('en')} quarantined (${codes.join(', ')}): tickerlake quarantine list`]),
  ];
  return lines.length === 0 ? ['nothing is diverted, dead or quarantined'] : lines;
}

/** How long ago a timestamp without zone (UTC) was: `12 s`, `3 min`, `2 h`. */
function ageText(timestamp: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(`${timestamp.replace(' ', 'T')}Z`)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
