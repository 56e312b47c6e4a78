import { type LogPartition, locations } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { readResult, runQuery, sqlLiteral } from '../athena/run-query.ts';
import { readViewCut } from '../history/view-cut.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { tracePorts } from '../lake/trace-ports.ts';
import type { Fault } from './compare.ts';
import { findShowing, type PartitionPosition, type RecordTrace, traceRecord } from './trace-record.ts';

/** Where the first record of a fault was seen last on its way; of a doubled one, where it stands each time. */
export async function lastSeen(
  lake: LakeConnection,
  clients: LakeClients,
  { kind, logId, partition, offset }: Pick<Fault, 'kind' | 'logId' | 'partition' | 'offset'>,
  name?: TopicName,
): Promise<string | undefined> {
  if (offset === undefined || kind === 'phantom' || kind === 'truncated') return undefined;
  const { topic, landFunction } = stationsOf(lake, name);
  const log: LogPartition = { topic, logId, partition };
  const ports = tracePorts(lake, clients, name);
  const cut = await readViewCut(lake, clients.glue, topic);
  const isHistory = cut.covers(log, offset);
  if (kind === 'doubled' && isHistory)
    return `table ${tableNames(topic).history}, which shows all up to ${cut.at(log) ?? offset}`;
  if (kind === 'doubled') {
    const days = await readDays(lake, clients, log, offset);
    const showing = await findShowing(ports, log, offset, days);
    if (showing.length > 0) return showing.join(' and ');
  }
  const trace = await traceRecord(ports, log, offset);
  const seen = describeTrace(trace, offset, landFunction);
  return isHistory && trace.at === 'curated' ? `${seen}; ${BELOW_CUT[trace.state]}` : seen;
}

/** What is to be done for a record that only history can show. */
const BELOW_CUT = {
  there: 'it lies at or below the view’s cut and waits for tickerlake compact',
  'file-gone': 'history lacks it: tickerlake backfill --target history brings it back from raw',
  'day-unregistered': 'it lies at or below the view’s cut and waits for tickerlake compact',
  'day-elsewhere': 'it lies at or below the view’s cut and waits for tickerlake compact',
} as const satisfies Readonly<Record<Extract<RecordTrace, { at: 'curated' }>['state'], string>>;

/** The days in which SQL shows a record. */
async function readDays(
  lake: LakeConnection,
  { athena }: LakeClients,
  { topic, logId, partition }: LogPartition,
  offset: number,
): Promise<readonly { readonly dt: string; readonly prefix: string }[]> {
  const at = `log_id = ${sqlLiteral(logId)} AND kafka_partition = ${partition} AND kafka_offset = ${offset}`;
  const { id } = await runQuery(athena, {
    sql: `SELECT DISTINCT dt FROM ${tableNames(topic).view} WHERE ${at}`,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
  });
  const days: { readonly dt: string; readonly prefix: string }[] = [];
  for await (const { rows } of readResult(athena, id)) {
    for (const [dt] of rows) {
      if (typeof dt === 'string') days.push({ dt, prefix: locations.curatedDay(topic, dt) });
    }
  }
  return days;
}

const HIDDEN = {
  there: 'which is there, in a registered day',
  'file-gone': 'which is gone',
  'day-unregistered': 'whose day is not registered in the catalog',
  'day-elsewhere': 'whose day is registered at another place',
} as const satisfies Readonly<Record<Extract<RecordTrace, { at: 'curated' }>['state'], string>>;

/** A trace as the end of a sentence: last seen in … */
export function describeTrace(trace: RecordTrace, offset: number, landFunction = 'land-quotes'): string {
  switch (trace.at) {
    case 'topic':
      return `the topic${describePosition(trace.position, offset, landFunction)}`;
    case 'diverted':
      return `diverted batch ${trace.key} (${trace.condition})`;
    case 'raw':
      return `raw object ${trace.key}, which has no receipt`;
    case 'quarantine':
      return `receipt ${trace.receipt}: quarantined as ${trace.code}`;
    case 'curated':
      return trace.files.length === 0
        ? `receipt ${trace.receipt}, which names no file`
        : `receipt ${trace.receipt}: in ${trace.files.join(' or ')}, ${HIDDEN[trace.state]}`;
  }
}

function describePosition(
  position: PartitionPosition | undefined,
  offset: number,
  landFunction: string,
): string {
  if (position === undefined) return ': it is not in raw';
  const { startOffset, endOffset, committed } = position;
  if (offset >= endOffset) return `, whose end is ${endOffset}: nothing has this offset yet`;
  if (offset < startOffset)
    return `, which keeps offsets from ${startOffset} on: it is neither there nor in raw`;
  if (committed === undefined) return `: ${landFunction} has not committed anything yet`;
  return offset >= committed
    ? `: ${landFunction} stands at ${committed}, before it`
    : `: ${landFunction} stands at ${committed}, behind it, and did not land it`;
}
