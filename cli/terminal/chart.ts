import { plot } from 'asciichart';

export interface ChartPoint {
  /** What stands under the first and the last point. */
  readonly label: string;
  readonly value: number;
}

/**
 * A line of prices as text, at most `columns` wide: where there are more points than columns, each column shows the last
 * point that falls into it, as a candle's close does.
 */
export function renderChart(points: readonly ChartPoint[], columns: number, height = 10): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '(no data)';
  const values = points.map((point) => point.value);
  const digits = 2;
  const gutter = Math.max(...values.map((value) => value.toFixed(digits).length));
  const width = Math.max(10, Math.min(values.length, columns - gutter - 3));
  const drawn = Array.from(
    { length: width },
    (_, column) => values[Math.ceil(((column + 1) * values.length) / width) - 1] ?? last.value,
  );
  const lines = plot(drawn, {
    height,
    format: (value: number) => value.toFixed(digits).padStart(gutter),
  });
  const axis = `${first.label}${last.label.padStart(Math.max(1, width - first.label.length))}`;
  return `${lines}\n${' '.repeat(gutter + 2)}${axis}`;
}
