/** The charts of docs/performance.md, by file name, from the results that are committed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Spread } from '../harness/report.ts';
import { drawBars } from './bar-chart.ts';

interface Rivals {
  readonly standings: readonly {
    readonly name: string;
    readonly title: string;
    readonly sizes: readonly {
      readonly records: number;
      readonly cpuSecondsPerMillion: Spread;
      readonly peakMb: Spread;
    }[];
    readonly marginalCpuSecondsPerMillion: Spread | null;
  }[];
}

interface Stages {
  readonly curate: { readonly sizes: Readonly<Record<string, { readonly cpuSecondsPerMillion: Spread }>> };
}

interface Scan {
  readonly queries: readonly {
    readonly query: string;
    readonly isOfOneSymbol: boolean;
    readonly layouts: Readonly<Record<string, { readonly bytes: number }>>;
  }[];
}

const MEGABYTE = 1e6;

/** SVG by file name. @param folder bench/results, or one that is like it */
export function drawCharts(folder = join(import.meta.dirname, '../results')): ReadonlyMap<string, string> {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const rivals = read('rivals') as Rivals;
  return new Map([
    ['rivals-cpu.svg', rivalsCpu(rivals)],
    ['rivals-memory.svg', rivalsMemory(rivals)],
    ['curate-sizes.svg', curateSizes(read('stages') as Stages)],
    ['scan-bytes.svg', scanBytes(read('scan') as Scan)],
  ]);
}

function rivalsCpu({ standings }: Rivals): string {
  const bars = standings.flatMap(({ name, title, marginalCpuSecondsPerMillion: marginal }) =>
    marginal === null
      ? []
      : [
          {
            label: title,
            value: marginal.median,
            text: `${marginal.median.toFixed(1)} s`,
            isOurs: name === 'ours',
          },
        ],
  );
  return drawBars({
    title: 'What a million quotes more cost',
    subtitle:
      'CPU seconds to Parquet, start-up taken out, same topic and machine; ours without the event source’s poller',
    bars: bars.toSorted((a, b) => a.value - b.value),
  });
}

function rivalsMemory({ standings }: Rivals): string {
  const bars = standings.map(({ name, title, sizes }) => {
    const peak = sizes.at(-1)?.peakMb.median ?? 0;
    return { label: title, value: peak, text: `${Math.round(peak)} MB`, isOurs: name === 'ours' };
  });
  return drawBars({
    title: 'Most memory held at once',
    subtitle: 'All processes together, at the larger of the two sizes; ours is both functions at once',
    bars: bars.toSorted((a, b) => a.value - b.value),
  });
}

function curateSizes({ curate: { sizes } }: Stages): string {
  return drawBars({
    title: 'Curating, by how many records an object holds',
    subtitle: 'CPU seconds for a million records',
    bars: Object.entries(sizes).map(
      ([
        size,
        {
          cpuSecondsPerMillion: { median },
        },
      ]) => ({
        label: `${Number(size).toLocaleString('en-US')} records`,
        value: median,
        text: `${median.toFixed(1)} s`,
        isOurs: true,
      }),
    ),
  });
}

function scanBytes({ queries }: Scan): string {
  const ofOne = queries.filter(({ isOfOneSymbol }) => isOfOneSymbol);
  return drawBars({
    title: 'What a query of one symbol reads',
    subtitle: 'Bytes over the same 2 million rows, each step ten times more; less is better',
    isLogarithmic: true,
    bars: ofOne.flatMap(({ query, layouts }) =>
      Object.entries(layouts).map(([layout, { bytes }], index) => ({
        label: index === 0 ? `${query}: ${layout}` : layout,
        value: bytes / MEGABYTE,
        text: `${(bytes / MEGABYTE).toFixed(1)} MB`,
        isOurs: layout !== 'json',
      })),
    ),
  });
}
