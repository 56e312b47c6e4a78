/** A chart of horizontal bars as SVG, readable on a light page and on a dark one. */

export interface Bar {
  readonly label: string;
  /** Above 0. */
  readonly value: number;
  /** What stands behind the bar. */
  readonly text: string;
  /** Drawn in the accent colour. @default false */
  readonly isOurs?: boolean;
}

export interface BarChart {
  readonly title: string;
  /** What the values are, and of what. */
  readonly subtitle: string;
  readonly bars: readonly Bar[];
  /** Each step along the axis is ten times more: for values that differ by orders. @default false */
  readonly isLogarithmic?: boolean;
}

const WIDTH = 800;
const LABEL_WIDTH = 290;
const TEXT_WIDTH = 120;
const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 56;
const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#24292f}',
  '.title{font-weight:600;font-size:15px}.quiet{fill:#57606a}',
  '.bar{fill:#8c959f}.ours{fill:#0969da}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.bar{fill:#6e7681}.ours{fill:#4493f8}}',
].join('');

export function drawBars({ title, subtitle, bars, isLogarithmic = false }: BarChart): string {
  const height = HEAD_HEIGHT + bars.length * ROW_HEIGHT + 8;
  const length = lengthOf(
    bars.map(({ value }) => value),
    isLogarithmic,
  );
  const rows = bars.flatMap(({ label, value, text, isOurs = false }, index) => {
    const top = HEAD_HEIGHT + index * ROW_HEIGHT;
    const width = Math.max(1, length(value) * (WIDTH - LABEL_WIDTH - TEXT_WIDTH));
    const middle = top + 14;
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${escape(label)}</text>`,
      `<rect class="${isOurs ? 'ours' : 'bar'}" x="${LABEL_WIDTH}" y="${top}" width="${width.toFixed(1)}" height="18" rx="2"/>`,
      `<text class="quiet" x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${middle}">${escape(text)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(`${title}. ${subtitle}`)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="18">${escape(title)}</text>`,
    `<text class="quiet" x="0" y="38">${escape(subtitle)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** Part of the longest bar, 0 to 1. */
function lengthOf(values: readonly number[], isLogarithmic: boolean): (value: number) => number {
  const most = Math.max(...values);
  if (!isLogarithmic) return (value) => value / most;
  const least = 10 ** Math.floor(Math.log10(Math.min(...values)));
  return (value) => Math.log10(value / least) / Math.log10(most / least);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
