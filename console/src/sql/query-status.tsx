import { useEffect, useState } from 'react';
import type { QueryState } from '../../api.ts';
import { bytes, dollars, duration } from '../format/numbers.ts';
import type { QueryRun } from './use-query-run.ts';

/** What a query did, or that it runs and for how long. */
export function QueryStatus({ run }: { readonly run: QueryRun }) {
  const { isRunning, startedAtMs, state } = run;
  if (isRunning)
    return (
      <div className="query-status" role="status" aria-busy="true">
        <span className="running-mark" aria-hidden="true" />
        <span>{state?.state === 'QUEUED' ? 'Queued' : 'Running'}</span>
        <Elapsed key={startedAtMs} fromMs={startedAtMs ?? 0} />
      </div>
    );
  return (
    <div className="query-status" role="status">
      {state === undefined ? <span className="muted">Nothing was run yet.</span> : <Finished state={state} />}
    </div>
  );
}

function Finished({ state }: { readonly state: QueryState }) {
  const tone = state.state === 'SUCCEEDED' ? 'good' : state.state === 'FAILED' ? 'bad' : 'warn';
  return (
    <>
      <strong data-tone={tone}>{state.state.toLowerCase()}</strong>
      <span>on {state.engine}</span>
      <span>engine {duration(state.engineMs)}</span>
      <span>{bytes(state.scannedBytes)} scanned</span>
      <details className="cost">
        <summary>{dollars(state.athenaUsd)} on Athena</summary>
        <p>
          List price in us-east-1: $5 for each TB scanned (2⁴⁰ bytes), rounded up to an MB, at least 10 MB a
          query; what fails and what reads no data costs nothing. On this machine all of it costs nothing.
        </p>
      </details>
    </>
  );
}

/** Time since a start, which runs. */
function Elapsed({ fromMs }: { readonly fromMs: number }) {
  const [nowMs, setNowMs] = useState(fromMs);
  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, 100);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <span className="elapsed" aria-hidden="true">
      {duration(Math.max(nowMs - fromMs, 0))}
    </span>
  );
}
