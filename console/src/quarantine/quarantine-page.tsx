import type { Quarantine } from '../../api.ts';
import { apiPath } from '../api/request.ts';
import { useAnswer, useLake } from '../api/use-answer.ts';
import { counted } from '../format/numbers.ts';
import { Page } from '../shell/page.tsx';
import { Select } from '../shell/select.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { useSearchParam } from '../shell/use-search-param.ts';
import { CodeBars } from './code-bars.tsx';
import { QuarantineTable } from './quarantine-table.tsx';

const MAX_RECORDS = 200;
const DEFAULT_TOPIC = 'quotes';

/** `/quarantine?topic=quotes&code=price_invalid`: records that break a rule, and which. */
export function QuarantinePage() {
  const topics = useLake().data?.topics ?? [DEFAULT_TOPIC];
  const [asked, setTopic] = useSearchParam('topic', ['code']);
  const [code, setCode] = useSearchParam('code');
  const topic = asked === '' ? DEFAULT_TOPIC : asked;
  const answer = useAnswer<Quarantine>(apiPath(['quarantine'], { topic, code, limit: MAX_RECORDS }), {
    everyMs: 3_000,
    keepsLast: true,
  });
  return (
    <Page
      title="Quarantine"
      aside={
        <Select
          label="Topic"
          value={topic}
          options={topics.map((each) => ({ value: each, title: each }))}
          onChange={setTopic}
        />
      }
    >
      <Answered answer={answer} waitingFor="the quarantined records">
        {(data) =>
          data.total === 0 ? (
            <Empty title="Nothing is quarantined, which is good.">
              <p>
                Every record of {data.topic} that was curated keeps all rules. One that does not would stand
                here, with its reason.
              </p>
            </Empty>
          ) : (
            <>
              <CodeBars quarantine={data} code={code} onCode={setCode} />
              <QuarantineTable quarantine={data} />
              <p className="muted note">
                {counted(data.records.length, 'record')} shown, the newest first. To judge them again by
                today’s code and schemas: npm run -s tickerlake -- redrive
              </p>
            </>
          )
        }
      </Answered>
    </Page>
  );
}
