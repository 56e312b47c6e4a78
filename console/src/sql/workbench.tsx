import { lazy, Suspense, useState } from 'react';
import type { EngineName, SavedQuery } from '../../api.ts';
import { useCatalog } from '../api/use-answer.ts';
import { Loading } from '../shell/states.tsx';
import { EngineChoice } from './engine-choice.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import type { ResultForm } from './query-result.tsx';
import { QueryResult } from './query-result.tsx';
import { QueryStatus } from './query-status.tsx';
import { countParameters } from './statement.ts';
import { useQueryRun } from './use-query-run.ts';

const SqlEditor = lazy(() => import('./sql-editor.tsx'));

const NO_TABLES: readonly never[] = [];

interface WorkbenchProps {
  /** The statement that stands there at first. */
  readonly initial: string;
  /** The saved query that it is, if any. */
  readonly saved: SavedQuery | undefined;
  readonly onKeep: (sql: string) => void;
}

/** A statement, its parameters and engine, and what came of it. */
export function Workbench({ initial, saved, onKeep }: WorkbenchProps) {
  const tables = useCatalog().data ?? NO_TABLES;
  const [sql, setSql] = useState(initial);
  const [values, setValues] = useState<readonly string[]>(
    saved?.parameters.map(({ example }) => example) ?? [],
  );
  const [engine, setEngine] = useState<EngineName>('duckdb');
  const [form, setForm] = useState<ResultForm>('table');
  const run = useQueryRun();
  const count = countParameters(sql);
  const start = () => {
    if (sql.trim() === '' || run.isRunning) return;
    onKeep(sql);
    const parameters = Array.from({ length: count }, (_, index) => values[index] ?? '');
    run.start({ sql, engine, ...(count > 0 ? { parameters } : {}) });
  };
  return (
    <section className="workbench" aria-label="Statement and result">
      {saved !== undefined && <p className="prose">{saved.description}.</p>}
      <Suspense fallback={<Loading waitingFor="the editor" />}>
        <SqlEditor
          initial={initial}
          tables={tables}
          onRun={start}
          onChange={(changed) => {
            setSql(changed);
            onKeep(changed);
          }}
        />
      </Suspense>
      <p id="sql-keys" className="muted note">
        Tab indents; Esc, then Tab leaves the editor. Ctrl or ⌘ with Space completes, with Enter runs.
      </p>
      <ParameterFields known={saved?.parameters ?? []} count={count} values={values} onChange={setValues} />
      <div className="run-bar">
        <button
          type="button"
          className="primary"
          onClick={start}
          disabled={run.isRunning || sql.trim() === ''}
        >
          Run
        </button>
        <button type="button" onClick={run.cancel} disabled={!run.isRunning || run.state === undefined}>
          Cancel
        </button>
        <EngineChoice engine={engine} onChange={setEngine} />
      </div>
      <QueryStatus run={run} />
      <QueryResult run={run} form={form} onForm={setForm} onRetry={start} />
    </section>
  );
}
