import { writeFile } from 'node:fs/promises';
import { TickerlakeError } from '../../core/errors.ts';
import { type LogPartition, quarantineKey } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { logIdOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { tracePorts } from '../lake/trace-ports.ts';
import { describeTrace } from '../reconcile/last-seen.ts';
import { type RecordTrace, type TracePorts, traceRecord } from '../reconcile/trace-record.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type DecodedValue, decodeValue, hexDump } from './describe-value.ts';
import { parseQuarantined, type QuarantinedRecord } from './quarantined-record.ts';

/** Bytes of key and value that are shown unless all are asked for. */
const SHOWN_BYTES = 512;

export interface ShowOptions {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  /** @default the running cluster's */
  readonly logId: string | undefined;
  /** All bytes, not the first 512. */
  readonly all: boolean;
  /** File to write the original value to. */
  readonly raw: string | undefined;
  readonly json: boolean;
}

/** `quarantine show`: all that is known of one quarantined record, its bytes included. */
export async function showQuarantined(context: CommandContext, options: ShowOptions): Promise<void> {
  await withRunningLake(context, async (lake, clients) => {
    const { terminal } = context;
    const log: LogPartition = {
      topic: stationsOf(lake, options.topic).topic,
      logId: options.logId ?? logIdOf(lake),
      partition: options.partition,
    };
    const ports = tracePorts(lake, clients, options.topic);
    const record = await findQuarantined(ports, log, options.offset);
    const decoded = decodeValue(record.value, await ports.schemas.load());
    if (options.raw !== undefined) await writeRaw(terminal, record, options.raw);
    if (options.json) terminal.print(JSON.stringify(recordJson(record, decoded), undefined, 2));
    else printRecord(terminal, record, decoded, options.all);
  });
}

/** @throws TickerlakeError USAGE that says where the record is instead */
export async function findQuarantined(
  ports: TracePorts,
  log: LogPartition,
  offset: number,
): Promise<QuarantinedRecord> {
  const key = quarantineKey(log, offset);
  const stored = await ports.raw.get(key);
  if (stored !== undefined) return parseQuarantined(key, stored.body.toString());
  const trace = await traceRecord(ports, log, offset);
  const where = `${log.partition}:${offset}`;
  throw new TickerlakeError(
    'USAGE',
    `record ${where} is not quarantined: ${INSTEAD[trace.at]}; last seen in ${describeTrace(trace, offset, ports.landFunction)}`,
    { coordinates: { ...log, offset }, hint: nextStep(trace, log, offset) },
  );
}

const INSTEAD = {
  topic: 'it is not landed',
  diverted: 'its batch was diverted',
  raw: 'it is landed and not curated yet',
  quarantine: 'its object is gone',
  curated: 'it is curated',
} as const satisfies Readonly<Record<RecordTrace['at'], string>>;

function nextStep({ at }: RecordTrace, { topic, partition }: LogPartition, offset: number): string {
  switch (at) {
    case 'topic':
      return 'tickerlake quarantine list for those that are; --log-id for those of an older cluster';
    case 'diverted':
      return 'tickerlake replay --diverted';
    case 'raw':
      return 'again in a moment, or tickerlake logs curate-quotes';
    case 'quarantine':
      return `tickerlake replay --from-offset ${offset} --partition ${partition}`;
    case 'curated':
      return `tickerlake query "SELECT * FROM ${tableNames(topic).view} WHERE kafka_partition = ${partition} AND kafka_offset = ${offset}"`;
  }
}

async function writeRaw(terminal: Terminal, { value }: QuarantinedRecord, file: string): Promise<void> {
  if (value === null) {
    throw new TickerlakeError('USAGE', 'the record has no value that could be written', {
      hint: 'without --raw: it is a tombstone',
    });
  }
  await writeFile(file, value);
  terminal.note(`${value.length} bytes written to ${file}`);
}

/** What `--json` prints; bytes are base64. */
function recordJson(record: QuarantinedRecord, decoded: DecodedValue): object {
  const text = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
  return {
    ...record,
    key: text(record.key),
    value: text(record.value),
    headers: record.headers.map(({ name, value }) => ({ name, value: text(value) })),
    decoded,
  };
}

/** A record as people read it. */
export function printRecord(
  terminal: Terminal,
  record: QuarantinedRecord,
  decoded: DecodedValue,
  all: boolean,
): void {
  const { logId, topic, partition, offset, timestamp, code, reason } = record;
  const facts: readonly (readonly [string, string])[] = [
    ['record', `${topic} ${partition}:${offset}, log ${logId}`],
    ['time', timestamp === null ? 'none that SQL can show' : `${timestamp} UTC`],
    ['code', code],
    ['reason', reason],
    ['schema version', schemaText(decoded)],
    ['raw object', record.rawKey],
    ['curation', `version ${record.curationVersion}`],
    ['decodes to', decoded.quote === undefined ? 'nothing' : 'a quote'],
    ...(decoded.stoppedBy === undefined ? [] : [['stopped by', decoded.stoppedBy] as const]),
  ];
  for (const [name, value] of facts) terminal.print(`${terminal.styled('bold', name.padEnd(15))} ${value}`);
  if (decoded.quote !== undefined) {
    const said = Object.entries(decoded.quote).filter(([, value]) => value !== null);
    for (const [name, value] of said) terminal.print(`  ${name.padEnd(16)} ${show(value)}`);
  }
  printBytes(terminal, 'key', record.key, all);
  for (const { name, value } of record.headers) printBytes(terminal, `header ${show(name)}`, value, all);
  printBytes(terminal, 'value', record.value, all);
}

function schemaText({ schemaVersionId, isSchemaKnown, bodyBytes }: DecodedValue): string {
  if (schemaVersionId === undefined) return 'none: the value is not framed';
  const known = isSchemaKnown === true ? 'of the topic’s schema' : 'unknown to the topic’s schema';
  return `${schemaVersionId}, ${known}; body of ${bodyBytes ?? 0} bytes`;
}

/** JSON, so that control characters in a value cannot move the cursor; JSON itself has no infinities. */
function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function printBytes(terminal: Terminal, name: string, bytes: Buffer | null, all: boolean): void {
  terminal.print('');
  if (bytes === null) {
    terminal.print(`${terminal.styled('bold', name)} none`);
    return;
  }
  terminal.print(`${terminal.styled('bold', name)} ${bytes.length} bytes`);
  for (const line of hexDump(all ? bytes : bytes.subarray(0, SHOWN_BYTES))) terminal.print(line);
  if (!all && bytes.length > SHOWN_BYTES) {
    terminal.print(`… ${bytes.length - SHOWN_BYTES} bytes more: --all, or --raw <file>`);
  }
}
