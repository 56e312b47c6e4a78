import { useEffect, useRef, useState } from 'react';
import type { QueryRows } from '../../api.ts';
import { Select } from '../shell/select.tsx';
import { useWidth } from '../shell/use-width.ts';
import type { ChartChoice, ColumnRole, Mark } from './choose-chart.ts';
import { chartPoints, columnRole, marksFor } from './choose-chart.ts';
import { drawChart } from './draw-chart.ts';

interface ResultChartProps {
  readonly result: QueryRows;
  /** What is drawn at first. */
  readonly initial: ChartChoice;
}

/** A result as a chart: what is drawn how was chosen, and can be chosen otherwise. Its text is the table. */
export default function ResultChart({ result, initial }: ResultChartProps) {
  const [choice, setChoice] = useState(initial);
  const change = (part: Partial<ChartChoice>) => {
    setChoice((last) => {
      const next = { ...last, ...part };
      const marks = marksFor(roleOf(result, next.x));
      return marks.includes(next.mark) ? next : { ...next, mark: marks[0] ?? 'bar' };
    });
  };
  const columns = result.columns.map(({ name }) => ({ value: name, title: name }));
  const numbers = columns.filter(({ value }) => roleOf(result, value) === 'number');
  const marks = marksFor(roleOf(result, choice.x)).map((mark) => ({ value: mark, title: mark }));
  return (
    <section className="result-chart" aria-label="Chart of the result">
      <div className="chart-controls">
        <Select
          label="x"
          options={columns}
          value={choice.x}
          onChange={(x) => {
            change({ x });
          }}
        />
        <Select
          label="y"
          options={numbers}
          value={choice.y}
          onChange={(y) => {
            change({ y });
          }}
        />
        <Select
          label="Series"
          options={[{ value: '', title: 'none' }, ...columns]}
          value={choice.series}
          onChange={(series) => {
            change({ series });
          }}
        />
        <Select
          label="Mark"
          options={marks}
          value={choice.mark}
          onChange={(mark) => {
            change({ mark: mark as Mark });
          }}
        />
      </div>
      <Drawing result={result} choice={choice} />
    </section>
  );
}

function Drawing({ result, choice }: { readonly result: QueryRows; readonly choice: ChartChoice }) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  useEffect(() => {
    const { current } = frame;
    if (current === null || width === 0) return;
    const drawing = drawChart(chartPoints(result, choice), choice, roleOf(result, choice.x), width);
    current.replaceChildren(drawing);
    return () => {
      drawing.remove();
    };
  }, [result, choice, width]);
  return <figure ref={frame} className="drawing" aria-label={`${choice.y} by ${choice.x}`} />;
}

function roleOf(result: QueryRows, column: string): ColumnRole {
  return columnRole(
    result,
    result.columns.findIndex(({ name }) => name === column),
  );
}
