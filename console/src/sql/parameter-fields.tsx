import type { SavedQuery } from '../../api.ts';

interface ParameterFieldsProps {
  /** Of a saved query, which names them; of other statements they have numbers alone. */
  readonly known: SavedQuery['parameters'];
  readonly count: number;
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}

/** A field for each `?` of the statement. */
export function ParameterFields({ known, count, values, onChange }: ParameterFieldsProps) {
  if (count === 0) return null;
  const all = Array.from({ length: count }, (_, index) => values[index] ?? '');
  return (
    <fieldset className="parameters">
      <legend>Parameters, as SQL literals</legend>
      {all.map((value, index) => {
        const parameter = known[index];
        return (
          <label key={`${index}`} className="field">
            <span>
              {parameter?.name ?? `? ${index + 1}`} <span className="muted">{parameter?.type}</span>
            </span>
            <input
              type="text"
              value={value}
              placeholder={parameter?.example ?? "'AAPL'"}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => {
                onChange(all.with(index, event.target.value));
              }}
            />
          </label>
        );
      })}
    </fieldset>
  );
}
