import type { Alarm } from '../../api.ts';
import { useAlarms } from '../api/use-answer.ts';
import { counted, exactNumber } from '../format/numbers.ts';
import { Page } from '../shell/page.tsx';
import { Age } from '../shell/pieces.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { Datapoints } from './datapoints.tsx';
import { sortAlarms } from './threshold-chart.ts';

/** The alarms of the templates, those that fire first. */
export function AlarmsPage() {
  const alarms = useAlarms();
  const firing = alarms.data?.filter(({ state }) => state === 'ALARM').length ?? 0;
  return (
    <Page
      title="Alarms"
      aside={
        alarms.data === undefined ? undefined : (
          <p className="muted">
            {exactNumber(firing)} of {counted(alarms.data.length, 'alarm')} firing
          </p>
        )
      }
    >
      <Answered answer={alarms} waitingFor="the alarms">
        {(data) =>
          data.length === 0 ? (
            <Empty title="The templates have no alarms." />
          ) : (
            <ul className="alarms">
              {sortAlarms(data).map((alarm) => (
                <AlarmRow key={alarm.name} alarm={alarm} />
              ))}
            </ul>
          )
        }
      </Answered>
    </Page>
  );
}

const STATE_WORDS: Readonly<Record<Alarm['state'], string>> = {
  OK: 'ok',
  ALARM: 'firing',
  INSUFFICIENT_DATA: 'no data',
};

function AlarmRow({ alarm }: { readonly alarm: Alarm }) {
  const { title, name, stack, description, state, reason, since, condition, isObserved, runbook } = alarm;
  return (
    <li className="alarm" data-state={isObserved ? state : 'unobserved'}>
      <div>
        <span className="alarm-state">{isObserved ? STATE_WORDS[state] : 'not observed'}</span>
        {isObserved && (
          <p className="muted note">
            since <Age iso={since} />
          </p>
        )}
      </div>
      <div className="alarm-words">
        <h2 title={`${name} of stack ${stack}`}>{title}</h2>
        <p>{withoutRunbook(description)}</p>
        <p className="muted">{isObserved ? reason : 'Nothing local emits this metric.'}</p>
      </div>
      <div className="alarm-words">
        <p>
          <code>{condition}</code>
        </p>
        {isObserved && alarm.datapoints.length > 0 && <Datapoints alarm={alarm} />}
        {runbook !== undefined && <p className="muted note">What to do: {runbook}</p>}
      </div>
    </li>
  );
}

/** A description without where its runbook is, which stands apart. */
function withoutRunbook(description: string): string {
  return description.replace(/\s*Runbook: \S+$/, '');
}
