import { lazy, Suspense, useMemo } from 'react';
import { counted } from '../format/numbers.ts';
import { Choice } from '../shell/choice.tsx';
import { Empty, Failure, Loading } from '../shell/states.tsx';
import { chooseChart } from './choose-chart.ts';
import { ResultTable } from './result-table.tsx';
import type { QueryRun } from './use-query-run.ts';

const ResultChart = lazy(() => import('./result-chart.tsx'));

const FORMS = [
  { value: 'table', title: 'Table' },
  { value: 'chart', title: 'Chart' },
] as const;
export type ResultForm = (typeof FORMS)[number]['value'];

interface QueryResultProps {
  readonly run: QueryRun;
  readonly form: ResultForm;
  readonly onForm: (form: ResultForm) => void;
  readonly onRetry: () => void;
}

/** What a query answered: rows or a chart of them, or why it did not. */
export function QueryResult({ run, form, onForm, onRetry }: QueryResultProps) {
  const { rows, state } = run;
  const initial = useMemo(() => (rows === undefined ? undefined : chooseChart(rows)), [rows]);
  if (run.error !== undefined && !run.isRunning) return <Failure error={run.error} onRetry={onRetry} />;
  if (run.isRunning && run.startedAtMs !== undefined)
    return (
      <Loading
        key={run.startedAtMs}
        waitingFor="the engine: it starts with its first query, DuckDB in a second, Trino in 15"
      />
    );
  if (state === undefined || rows === undefined) return null;
  return (
    <>
      <div className="result-bar">
        <Choice label="Shown as" options={FORMS} value={form} onChange={onForm} />
        <span className="muted">
          {rows.isCut
            ? `The first ${counted(rows.rows.length, 'row')}: the CSV has all`
            : counted(rows.rows.length, 'row')}
        </span>
        <a href={`/api/queries/${encodeURIComponent(state.id)}/result.csv`} download>
          Download CSV
        </a>
      </div>
      {rows.rows.length === 0 && (
        <Empty title="No rows.">
          <p>
            The statement ran, and nothing fits its conditions. See which days there are: SELECT dt, count(*)
            FROM quotes GROUP BY dt
          </p>
        </Empty>
      )}
      {form === 'table' && rows.rows.length > 0 && <ResultTable result={rows} />}
      {form === 'chart' && rows.rows.length > 0 && initial === undefined && (
        <Empty title="Nothing to draw.">
          <p>A chart takes two rows or more and a column of numbers.</p>
        </Empty>
      )}
      {form === 'chart' && initial !== undefined && (
        <Suspense fallback={<Loading waitingFor="the chart" />}>
          <ResultChart key={state.id} result={rows} initial={initial} />
        </Suspense>
      )}
    </>
  );
}
