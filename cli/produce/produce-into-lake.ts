import { readFile } from 'node:fs/promises';
import { locations } from '../../core/layout.ts';
import { NASDAQ_SYMBOLS } from '../../core/nasdaq-symbols.ts';
import type { CommandContext } from '../context.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { withRunningLake } from '../lake/running-lake.ts';
import { Progress } from '../terminal/progress.ts';
import { intervalFor } from './pace.ts';
import { producePoison } from './produce-poison.ts';
import { type ProduceSource, type ProduceSummary, produceQuotes } from './produce-quotes.ts';
import { sizeOf, uploadFile } from './upload.ts';

const DEFAULT_RECORDS = 1000;
/** Where files from the command line go in the lake bucket: what produce-quotes may read. */
const TAPES = 'tapes/';
export const LISTINGS = locations.reference('nasdaq_listed');

/** What the command line asks for. */
export interface ProduceOptions {
  readonly records?: number;
  readonly tape?: string;
  readonly listing?: string;
  readonly rate?: number;
  /** Whether to produce one record that breaks each quality rule as well. */
  readonly poison?: boolean;
  readonly json?: boolean;
}

/** `produce`: streams quotes into the running lake through the function produce-quotes. */
export async function produceIntoLake(context: CommandContext, options: ProduceOptions): Promise<void> {
  for (const file of [options.tape, options.listing]) if (file !== undefined) await sizeOf(file);
  await withRunningLake(context, async (lake, clients) => {
    const { terminal, signal } = context;
    const progress = new Progress(terminal);
    const summary = await progress.step('produce', async (report) => {
      const source = await stageSource(lake, clients, options, signal);
      return produceQuotes(clients.lambda, {
        functionName: outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName'),
        ...source,
        recordsPerSecond: options.rate,
        signal,
        onProgress: ({ produced }) => {
          report(`${produced.toLocaleString('en')} acknowledged`);
        },
      });
    });
    const poison =
      options.poison === true
        ? await progress.step('produce poison', () => producePoison(lake, clients))
        : undefined;
    if (options.json === true) {
      terminal.print(
        JSON.stringify({ ...summary, ...(poison === undefined ? {} : { poison }) }, undefined, 2),
      );
      return;
    }
    for (const line of describeProduced(summary)) terminal.print(line);
    if (poison !== undefined) terminal.print(`and ${poison.produced} that each break a quality rule`);
  });
}

/** Puts files where the function reads them, and says what it is to produce. */
export async function stageSource(
  lake: LakeConnection,
  { s3 }: Pick<LakeClients, 's3'>,
  options: Pick<ProduceOptions, 'records' | 'tape' | 'listing'>,
  signal: AbortSignal,
): Promise<{ readonly source: ProduceSource; readonly listingKey?: string }> {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  if (options.tape !== undefined) {
    return { source: { kind: 'tape', key: await uploadFile(s3, bucket, TAPES, options.tape, signal) } };
  }
  const records = options.records ?? DEFAULT_RECORDS;
  if (options.listing === undefined) {
    return {
      source: { kind: 'simulator', records, intervalMs: intervalFor(records, NASDAQ_SYMBOLS.length) },
    };
  }
  const rows = (await readFile(options.listing, 'utf8')).split('\n').length - 1;
  return {
    source: { kind: 'simulator', records, intervalMs: intervalFor(records, Math.max(1, rows)) },
    listingKey: await uploadFile(s3, bucket, LISTINGS, options.listing, signal),
  };
}

/** What was produced, as sentences: how many, what will be quarantined, which lines were skipped. */
export function describeProduced(summary: ProduceSummary): readonly string[] {
  const { produced, rejected, skipped, skippedTotal } = summary;
  const lines = [`produced ${produced} records`];
  for (const [code, count] of Object.entries(rejected)) lines.push(`  ${count} to be quarantined: ${code}`);
  if (skippedTotal > 0) lines.push(`  ${skippedTotal} lines skipped`);
  for (const { line, reason } of skipped.slice(0, MAX_LINES_SHOWN)) lines.push(`    line ${line}: ${reason}`);
  if (skippedTotal > MAX_LINES_SHOWN)
    lines.push(`    … and ${skippedTotal - MAX_LINES_SHOWN} more (--json lists 100)`);
  return lines;
}

const MAX_LINES_SHOWN = 10;
