import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import { type CompactedTopic, compactTopic } from '../compact/compact-topic.ts';
import type { LakeClients } from '../lake/clients.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { TOPIC_NAMES } from '../lake/stations.ts';
import { dropListing, printListing } from '../listing/load-listing.ts';
import { type LoadedListing, readLoadedListing } from '../listing/loaded-listing.ts';
import type { Progress } from '../terminal/progress.ts';
import { renderTable, type TableColumn } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { dirtyListing } from './dirty-listing.ts';
import { type ViewSight, viewLooker, type WatchedView, watchView } from './watch-view.ts';

/** Symbols of the listing that the demo drops. */
const LISTED = 4000;

export interface BatchResult {
  readonly listing: LoadedListing;
  /** What the dropped file lists. */
  readonly listed: number;
  readonly views: readonly WatchedView[];
  readonly compacted: readonly CompactedTopic[];
  /** The listing is loaded whole, and no view showed anything else at any moment. */
  readonly ok: boolean;
}

/** The batch path once: a listing through its workflow, then both topics into history while their views are watched. */
export async function runBatch(
  lake: LakeConnection,
  clients: LakeClients,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<BatchResult> {
  const { loaded: listing, listed } = await progress.step('load listing', (report) =>
    loadDirtyListing(lake, clients, { signal, report }),
  );
  const views: WatchedView[] = [];
  const compacted: CompactedTopic[] = [];
  for (const topic of TOPIC_NAMES) {
    const { result, watched } = await progress.step(`compact ${topic}`, async (report) => {
      const look = viewLooker(lake, clients, topic, signal);
      const watching = await watchView(look, topic, () =>
        compactTopic(lake, clients, { topic, signal, report }),
      );
      report(`queried ${watching.watched.during.length} times meanwhile`);
      return watching;
    });
    views.push(watched);
    compacted.push(result);
  }
  const ok = listing.rows === listed && views.every(({ isExact }) => isExact);
  return { listing, listed, views, compacted, ok };
}

async function loadDirtyListing(
  lake: LakeConnection,
  clients: LakeClients,
  { signal, report }: { readonly signal: AbortSignal; readonly report: (text: string) => void },
): Promise<{ readonly loaded: LoadedListing; readonly listed: number }> {
  const { text, symbols, dirt } = dirtyListing(LISTED, new Date());
  const folder = await mkdtemp(join(tmpdir(), 'tickerlake-listing-'));
  try {
    const file = join(folder, 'nasdaqlisted.csv');
    await writeFile(file, text);
    await dropListing(lake, clients, file, { signal, report });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const loaded = await readLoadedListing(lake, clients, signal);
  if (loaded === undefined) {
    throw new TickerlakeError('JOB_FAILED', 'the workflow ended well and made no table nasdaq_listed', {
      hint: 'tickerlake logs load-listing',
    });
  }
  report(`${loaded.rows.toLocaleString('en')} symbols of a file with ${dirt} rows of dirt`);
  return { loaded, listed: symbols };
}

/** The dimension, then what each view showed before, during and after. */
export function printBatch(terminal: Terminal, { listing, listed, views }: BatchResult): void {
  terminal.print(
    `\n${terminal.styled('bold', 'nasdaq_listed')}  ${terminal.styled('dim', 'a dropped file, crawled and cleaned')}`,
  );
  printListing(terminal, listing);
  if (listing.rows !== listed) terminal.print(`the file lists ${listed}: ${listing.rows} are loaded`);
  const title = 'what a query saw around compaction';
  terminal.print(`\n${terminal.styled('bold', 'views')}  ${terminal.styled('dim', title)}`);
  terminal.print(renderTable(terminal, VIEW_COLUMNS, views.flatMap(viewRows), terminal.tableColumns));
  for (const { topic, isExact } of views) {
    if (!isExact) terminal.print(`view ${topic} did not show the same rows at every moment`);
  }
}

const right = (name: string): TableColumn => ({ name, align: 'right' });
const VIEW_COLUMNS: readonly TableColumn[] = [
  { name: 'view' },
  { name: 'moment' },
  right('queries'),
  right('rows'),
  right('distinct'),
  { name: 'values' },
];

function viewRows({ topic, before, during, after }: WatchedView): readonly (readonly string[])[] {
  const values = (sights: readonly ViewSight[]): string =>
    sights.every(({ hash }) => hash === before.hash) ? 'the same' : 'differ';
  const row = (moment: string, sights: readonly ViewSight[]): readonly string[] => [
    topic,
    moment,
    String(sights.length),
    span(sights.map(({ rows }) => rows)),
    span(sights.map(({ distinct }) => distinct)),
    moment === 'before' ? '' : values(sights),
  ];
  return [row('before', [before]), row('during', during), row('after', [after])];
}

/** One number where all are the same, else the least and the most. */
function span(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const text = least.toLocaleString('en');
  return least === most ? text : `${text}–${most.toLocaleString('en')}`;
}
