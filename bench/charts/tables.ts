/** The tables of docs/performance.md and of the pages below it, from the results that are committed. */
import type { Spread } from '../harness/report.ts';
import {
  type Cold,
  competitorsOf,
  RESULTS,
  type Rivals,
  readResults,
  type Scan,
  type Stages,
} from './results.ts';

const seconds = ({ min, median, max, runs }: Spread): string =>
  runs === 1 ? median.toFixed(1) : `${median.toFixed(1)} (${min.toFixed(1)} – ${max.toFixed(1)})`;

/** Markdown by the mark that it stands under. */
type Tables = ReadonlyMap<string, string>;

/** By page, its path below docs/. @param folder bench/results, or one that is like it */
export function drawTables(folder = RESULTS): ReadonlyMap<string, Tables> {
  const scan = readResults(folder, 'scan') as Scan;
  return new Map([
    [
      'performance.md',
      new Map([
        ['rivals', rivalsTable(readResults(folder, 'rivals') as Rivals)],
        ['stages', stagesTable(readResults(folder, 'stages') as Stages)],
      ]),
    ],
    [
      'performance/scan-cost.md',
      new Map([
        ['layouts', layoutsTable(scan)],
        ['queries', queriesTable(scan)],
      ]),
    ],
    [
      'performance/cold-start.md',
      new Map([['functions', functionsTable(readResults(folder, 'cold') as Cold)]]),
    ],
  ]);
}

function rivalsTable(rivals: Rivals): string {
  const { standings } = rivals;
  const ours = standings.find(({ name }) => name === 'ours')?.marginalCpuSecondsPerMillion.median;
  const sizes = standings[0]?.sizes.map(({ records }) => `${records / 1e6} M`) ?? [];
  const rows = competitorsOf(rivals).map(({ title, cpuSecondsPerMillion, marginal, peakMb }) => [
    title,
    ...cpuSecondsPerMillion.map(seconds),
    `**${seconds(marginal)}**`,
    ours === undefined ? '–' : (marginal.median / ours).toFixed(2),
    String(Math.round(peakMb)),
    String(marginal.runs),
  ]);
  const head = [
    '',
    ...sizes.map((size) => `CPU-s a million at ${size}`),
    'marginal',
    'times ours',
    'peak MB',
    'runs',
  ];
  return markdown(head, rows);
}

function stagesTable(stages: Stages): string {
  const rows = (['parse', 'land', 'curate'] as const).flatMap((name) =>
    Object.entries(stages[name].sizes).map(([size, { cpuSecondsPerMillion, bytesPerRecord }]) => [
      `${TITLES[name]}, ${Number(size).toLocaleString('en-US')} records`,
      seconds(cpuSecondsPerMillion),
      bytesPerRecord === 0 ? '' : bytesPerRecord.toFixed(1),
    ]),
  );
  return markdown(['', 'CPU-s a million, median (least – most)', 'bytes a record'], rows);
}

const TITLES = {
  parse: 'JSON.parse of the event alone, a partition’s',
  land: 'land-quotes, a partition’s',
  curate: 'curate-quotes, an object of',
};

function layoutsTable({ rows, layouts }: Scan): string {
  return markdown(
    ['layout', 'files', 'MB', 'bytes a row'],
    layouts.map(({ name, files, bytes }) => [
      LAYOUT_TITLES[name],
      files.toLocaleString('en-US'),
      (bytes / 1e6).toFixed(1),
      (bytes / rows).toFixed(1),
    ]),
  );
}

const LAYOUT_TITLES = { json: 'JSON', curated: 'curated', history: 'history' };

function queriesTable({ queries }: Scan): string {
  const head = ['MB read', 'JSON', 'curated', 'history', 'JSON: times history', 'curated: times history'];
  return markdown(
    [...head, 'requests curated', 'history', 'seconds JSON', 'curated', 'history'],
    queries.map(({ query, layouts: { json, curated, history } }) => [
      query,
      ...[json, curated, history].map(({ bytes }) => (bytes / 1e6).toFixed(2)),
      Math.floor(json.bytes / history.bytes).toLocaleString('en-US'),
      (Math.floor((10 * curated.bytes) / history.bytes) / 10).toFixed(1),
      ...[curated, history].map(({ requests }) => requests.toLocaleString('en-US')),
      ...[json, curated, history].map(({ seconds: { median } }) => median.toFixed(2)),
    ]),
  );
}

function functionsTable({ functions }: Cold): string {
  return markdown(
    ['function', 'bundle KB', 'init ms, median (least – most)', 'CPU ms', "times `node -e ''`", 'RSS MB'],
    functions.map(({ name, bytes, initMs: { min, median, max }, initCpuMs, timesNodeStart, rssMb }) => [
      name,
      String(Math.round(bytes / 1000)),
      `${median.toFixed(0)} (${min.toFixed(0)} – ${max.toFixed(0)})`,
      initCpuMs.median.toFixed(0),
      timesNodeStart.toFixed(1),
      rssMb.median.toFixed(0),
    ]),
  );
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A page with its tables as they are now, each between `<!-- name -->` and `<!-- /name -->`. */
export function withTables(page: string, tables: Tables): string {
  return [...tables].reduce((text, [name, table]) => {
    const [before, rest = ''] = text.split(`<!-- ${name} -->\n`);
    const [, after] = rest.split(`<!-- /${name} -->`);
    if (before === undefined || after === undefined)
      throw new RangeError(`the page has no place for table ${name}`);
    return `${before}<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->${after}`;
  }, page);
}
