/** The tables of docs/performance.md, by the mark that they stand under, from the results that are committed. */
import type { Spread } from '../harness/report.ts';
import { competitorsOf, RESULTS, type Rivals, readResults, type Stages } from './results.ts';

const seconds = ({ min, median, max, runs }: Spread): string =>
  runs === 1 ? median.toFixed(1) : `${median.toFixed(1)} (${min.toFixed(1)} – ${max.toFixed(1)})`;

/** Markdown by mark. @param folder bench/results, or one that is like it */
export function drawTables(folder = RESULTS): ReadonlyMap<string, string> {
  return new Map([
    ['rivals', rivalsTable(readResults(folder, 'rivals') as Rivals)],
    ['stages', stagesTable(readResults(folder, 'stages') as Stages)],
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

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** A page with its tables as they are now, each between `<!-- name -->` and `<!-- /name -->`. */
export function withTables(page: string, tables: ReadonlyMap<string, string>): string {
  return [...tables].reduce((text, [name, table]) => {
    const [before, rest = ''] = text.split(`<!-- ${name} -->\n`);
    const [, after] = rest.split(`<!-- /${name} -->`);
    if (before === undefined || after === undefined)
      throw new RangeError(`the page has no place for table ${name}`);
    return `${before}<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->${after}`;
  }, page);
}
