import { Link } from 'wouter';
import type { LogFile } from '../../api.ts';
import { useLogs } from '../api/use-answer.ts';
import { bytes } from '../format/numbers.ts';
import { Page } from '../shell/page.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { LogView } from './log-view.tsx';

/** `/logs`, `/logs/curate-quotes?search=…&level=WARN`: what functions and engines wrote. */
export function LogsPage({ name }: { readonly name?: string | undefined }) {
  const logs = useLogs();
  return (
    <Page title={name === undefined ? 'Logs' : `Log of ${name}`}>
      <div className="logs">
        <Answered answer={logs} waitingFor="the list of logs">
          {(data) => <LogList logs={data} name={name} />}
        </Answered>
        {name === undefined ? (
          <Empty title="Choose a log.">
            <p>
              Functions write one line an invocation and more where something fails; engines write as they do.
            </p>
          </Empty>
        ) : (
          <LogView key={name} name={name} />
        )}
      </div>
    </Page>
  );
}

const KINDS = [
  { kind: 'function', title: 'Functions' },
  { kind: 'engine', title: 'Engines' },
] as const;

function LogList({ logs, name }: { readonly logs: readonly LogFile[]; readonly name: string | undefined }) {
  if (logs.length === 0) return <Empty title="Nothing was logged yet." />;
  return (
    <nav className="log-list" aria-label="Logs">
      {KINDS.map(({ kind, title }) => (
        <div key={kind}>
          <h2>{title}</h2>
          <ul>
            {logs
              .filter((log) => log.kind === kind)
              .map((log) => (
                <li key={log.name}>
                  <Link href={`/logs/${log.name}`} aria-current={log.name === name ? 'page' : undefined}>
                    {log.name} <span className="muted">{bytes(log.bytes)}</span>
                  </Link>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
