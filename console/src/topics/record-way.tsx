import type { RecordStation, RecordWay } from '../../api.ts';
import { Command } from '../shell/pieces.tsx';

const STATION_WORDS: Readonly<Record<RecordStation['name'], string>> = {
  topic: 'Topic',
  raw: 'Raw log',
  receipt: 'Receipt',
  curated: 'Curated',
  quarantine: 'Quarantine',
  view: 'View',
};

const STATE_WORDS: Readonly<Record<RecordStation['state'], string>> = {
  passed: 'passed',
  here: 'here',
  'not-reached': 'not reached',
  skipped: 'not on its way',
  failed: 'failed',
};

const STATE_MARKS: Readonly<Record<RecordStation['state'], string>> = {
  passed: '✓',
  here: '●',
  'not-reached': '○',
  skipped: '–',
  failed: '✕',
};

const OUTCOME_TONES: Readonly<Record<RecordWay['outcome'], 'good' | 'warn' | 'bad'>> = {
  visible: 'good',
  waiting: 'warn',
  hidden: 'warn',
  diverted: 'bad',
  quarantined: 'bad',
};

/** The way of a record as a line of stations, and where it is on it. */
export function RecordWayLine({ way }: { readonly way: RecordWay }) {
  return (
    <section className="way" aria-label="Its way" data-tone={OUTCOME_TONES[way.outcome]}>
      <p className="way-summary">
        <span className="outcome">{way.outcome}</span> {way.summary}
      </p>
      {way.nextStep !== undefined && (
        <p>
          Next: <Command text={way.nextStep} />
        </p>
      )}
      <ol className="stations">
        {way.stations.map((station) => (
          <Station key={station.name} station={station} />
        ))}
      </ol>
    </section>
  );
}

function Station({ station: { name, state, details } }: { readonly station: RecordStation }) {
  return (
    <li className="station" data-state={state} aria-current={state === 'here' ? 'step' : undefined}>
      <span className="station-mark" aria-hidden="true">
        {STATE_MARKS[state]}
      </span>
      <h2>{STATION_WORDS[name]}</h2>
      <p className="station-state">{STATE_WORDS[state]}</p>
      <dl>
        {details.map(({ label, value }, index) => (
          <div key={`${index}`}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
