/** The charts of docs/performance.md, by file name, from the results that are committed. */
import { drawBars } from './bar-chart.ts';
import { competitorsOf, RESULTS, type Rivals, readResults, type Scan, type Stages } from './results.ts';

const MEGABYTE = 1e6;

/** SVG by file name. @param folder bench/results, or one that is like it */
export function drawCharts(folder = RESULTS): ReadonlyMap<string, string> {
  const rivals = readResults(folder, 'rivals') as Rivals;
  return new Map([
    ['rivals-cpu.svg', rivalsCpu(rivals)],
    ['rivals-memory.svg', rivalsMemory(rivals)],
    ['curate-sizes.svg', curateSizes(readResults(folder, 'stages') as Stages)],
    ['scan-bytes.svg', scanBytes(readResults(folder, 'scan') as Scan)],
  ]);
}

function rivalsCpu(rivals: Rivals): string {
  return drawBars({
    title: 'What a million quotes more cost',
    subtitle: 'CPU seconds to Parquet, start-up taken out, same topic and machine',
    bars: competitorsOf(rivals).map(({ title, marginal, isOurs }) => ({
      label: title,
      value: marginal.median,
      text: `${marginal.median.toFixed(1)} s`,
      isOurs,
    })),
  });
}

function rivalsMemory(rivals: Rivals): string {
  const bars = competitorsOf(rivals).map(({ title, peakMb, isOurs }) => {
    return { label: title, value: peakMb, text: `${Math.round(peakMb)} MB`, isOurs };
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
