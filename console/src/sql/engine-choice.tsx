import type { EngineName } from '../../api.ts';
import { useLake } from '../api/use-answer.ts';

const TITLES: Readonly<Record<EngineName, string>> = { duckdb: 'DuckDB', trino: 'Trino' };

interface EngineChoiceProps {
  readonly engine: EngineName;
  readonly onChange: (engine: EngineName) => void;
}

/** Which engine answers; one that cannot be asked now says what to do. */
export function EngineChoice({ engine, onChange }: EngineChoiceProps) {
  const engines = useLake().data?.engines ?? [{ name: 'duckdb' as const, isReady: true }];
  const missing = engines.find(({ isReady, hint }) => !isReady && hint !== undefined);
  return (
    <fieldset className="engines">
      <legend className="visually-hidden">Engine</legend>
      {engines.map(({ name, isReady }) => (
        <label key={name}>
          <input
            type="radio"
            name="engine"
            value={name}
            checked={name === engine}
            disabled={!isReady}
            onChange={() => {
              onChange(name);
            }}
          />
          {TITLES[name]}
        </label>
      ))}
      {missing !== undefined && (
        <span className="muted note">
          {TITLES[missing.name]} is not ready: {missing.hint}
        </span>
      )}
    </fieldset>
  );
}
