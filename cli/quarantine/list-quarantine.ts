import { createS3ObjectStore } from '../../adapters/objects.ts';
import type { CommandContext } from '../context.ts';
import { outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import {
  countByCode,
  type QuarantinedRecord,
  type QuarantineFilter,
  readQuarantined,
} from './quarantined-record.ts';

export interface ListOptions extends QuarantineFilter {
  readonly topic: TopicName;
  /** How many records to show, the newest. */
  readonly limit: number;
  readonly json: boolean;
}

/** `quarantine list`: which records are quarantined and why, newest last, and how many by code. */
export async function listQuarantine(context: CommandContext, options: ListOptions): Promise<void> {
  const { terminal, signal } = context;
  const records = await withRunningLake(context, (lake, { s3 }) =>
    new Progress(terminal).step('read quarantine', (report) => {
      const raw = createS3ObjectStore(outputOf(lake, 'lake', 'RawBucketName'), s3);
      return readQuarantined(raw, stationsOf(lake, options.topic).topic, options, (read) => {
        signal.throwIfAborted();
        report(`${read.toLocaleString('en')} records`);
      });
    }),
  );
  if (options.json) terminal.print(JSON.stringify(quarantineJson(records, options.limit), undefined, 2));
  else printQuarantine(terminal, records, options.limit);
}

/** What `--json` prints. */
function quarantineJson(records: readonly QuarantinedRecord[], limit: number): object {
  return {
    total: records.length,
    codes: Object.fromEntries(countByCode(records).map(({ code, records: count }) => [code, count])),
    records: records.slice(-limit).map(({ logId, partition, offset, timestamp, code, reason }) => ({
      logId,
      partition,
      offset,
      timestamp,
      code,
      reason,
    })),
  };
}

/** The list as people read it. */
export function printQuarantine(
  terminal: Terminal,
  records: readonly QuarantinedRecord[],
  limit: number,
): void {
  if (records.length === 0) {
    terminal.print('nothing is quarantined that matches');
    return;
  }
  const shown = records.slice(-limit);
  // The log is news only where there are two.
  const isOneLog = new Set(records.map(({ logId }) => logId)).size === 1;
  terminal.print(
    renderTable(
      terminal,
      isOneLog ? COLUMNS : [{ name: 'log' }, ...COLUMNS],
      shown.map(({ logId, partition, offset, timestamp, code, reason }) => [
        ...(isOneLog ? [] : [logId]),
        String(partition),
        String(offset),
        timestamp,
        code,
        reason,
      ]),
      terminal.tableColumns,
    ),
  );
  if (shown.length < records.length) {
    terminal.print(
      `… and ${(records.length - shown.length).toLocaleString('en')} older: --limit ${records.length}`,
    );
  }
  terminal.print('');
  terminal.print(
    renderTable(
      terminal,
      [{ name: 'code' }, { name: 'records', align: 'right' }],
      countByCode(records).map(({ code, records: count }) => [code, count.toLocaleString('en')]),
    ),
  );
}

const COLUMNS: readonly TableColumn[] = [
  { name: 'partition', align: 'right' },
  { name: 'offset', align: 'right' },
  { name: 'record time (UTC)' },
  { name: 'code' },
  { name: 'reason' },
];
