import type { Quarantine } from '../../api.ts';
import { counted, exactNumber } from '../format/numbers.ts';

interface CodeBarsProps {
  readonly quarantine: Quarantine;
  /** The code that is shown alone; empty for all. */
  readonly code: string;
  readonly onCode: (code: string) => void;
}

/** How many records break which rule: each a button that shows them alone. */
export function CodeBars({ quarantine: { total, codes }, code, onCode }: CodeBarsProps) {
  const most = Math.max(...codes.map(({ records }) => records), 1);
  return (
    <section aria-label="By rule" className="code-bars">
      <h2>{counted(total, 'record')} by rule</h2>
      <ul>
        {codes.map((each) => (
          <li key={each.code}>
            <button
              type="button"
              aria-pressed={each.code === code}
              onClick={() => {
                onCode(each.code === code ? '' : each.code);
              }}
            >
              <span className="code-name">{each.code}</span>
              <span className="code-rule">{each.rule}</span>
              <span className="code-count">{exactNumber(each.records)}</span>
              <span className="code-bar" style={{ width: `${(100 * each.records) / most}%` }} />
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        disabled={code === ''}
        onClick={() => {
          onCode('');
        }}
      >
        Show all
      </button>
    </section>
  );
}
