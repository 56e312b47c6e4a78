import * as Plot from '@observablehq/plot';
import type { ChartChoice, ChartPoint, ColumnRole, Mark } from './choose-chart.ts';

const HEIGHT = 340;
const BAR_HEIGHT = 22;

/** Draws points as they were chosen. @param role of x */
export function drawChart(
  points: readonly ChartPoint[],
  choice: ChartChoice,
  role: ColumnRole,
  width: number,
): Element {
  const drawing =
    choice.mark === 'bar' && role === 'category'
      ? drawBars(points, choice, width)
      : drawOverX(points, choice, role, width);
  // The figure has a name; names of groups within it are not allowed, and say nothing.
  for (const group of drawing.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  return drawing;
}

/** Categories below each other, their names beside the bars. */
function drawBars(points: readonly ChartPoint[], { y, series }: ChartChoice, width: number): Element {
  const categories = [...new Set(points.map(({ x }) => x))];
  return Plot.plot({
    width,
    height: categories.length * BAR_HEIGHT + 60,
    marginLeft: labelWidth(points),
    color: { legend: series !== '' },
    x: { label: y, grid: true, axis: 'both' },
    // In the order of the result.
    y: { label: null, domain: categories },
    marks: [Plot.barX(points, { y: 'x', x: 'y', fill: colourOf(series), tip: true }), Plot.ruleX([0])],
  });
}

function drawOverX(
  points: readonly ChartPoint[],
  { x, y, series, mark }: ChartChoice,
  role: ColumnRole,
  width: number,
): Element {
  return Plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 60,
    color: { legend: series !== '' },
    x: { label: role === 'time' ? `${x} (UTC)` : x, ...(role === 'time' ? { type: 'utc' } : {}) },
    y: { label: y, grid: true },
    marks: marksOf(points, mark, colourOf(series), width),
  });
}

function marksOf(points: readonly ChartPoint[], mark: Mark, colour: string, width: number): Plot.Markish[] {
  const at = { x: 'x', y: 'y', tip: true } as const;
  switch (mark) {
    case 'line':
      return [Plot.lineY(points, { ...at, z: 'series', stroke: colour, strokeWidth: 1.5 })];
    case 'area':
      return [
        Plot.areaY(points, { x: 'x', y1: 0, y2: 'y', z: 'series', fill: colour, fillOpacity: 0.25 }),
        Plot.lineY(points, { ...at, z: 'series', stroke: colour }),
      ];
    case 'bar': {
      const strokeWidth = Math.min(Math.max((0.7 * (width - 80)) / Math.max(points.length, 1), 1), 18);
      return [Plot.ruleX(points, { ...at, stroke: colour, strokeWidth }), Plot.ruleY([0])];
    }
    case 'dot':
      return [Plot.dot(points, { ...at, stroke: colour, r: 3 })];
  }
}

/** Of a column where there are several series, else one for all. */
function colourOf(series: string): string {
  return series === '' ? 'var(--accent)' : 'series';
}

/** Room for the longest label, within reason. */
function labelWidth(points: readonly ChartPoint[]): number {
  const longest = Math.max(...points.map(({ x }) => String(x).length));
  return Math.min(Math.max(longest * 6.5 + 14, 40), 180);
}
