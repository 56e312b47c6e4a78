import { useSearchParams } from 'wouter';
import { useSavedQueries } from '../api/use-answer.ts';
import { Page } from '../shell/page.tsx';
import { Answered, Failure } from '../shell/states.tsx';
import { SavedQueries } from './saved-queries.tsx';
import { Workbench } from './workbench.tsx';

const STORAGE_KEY = 'tickerlake.sql';
const FIRST_STATEMENT =
  'SELECT event_time, symbol, latest_price, latest_volume\nFROM quotes\nORDER BY event_time DESC\nLIMIT 100';

function keep(sql: string): void {
  localStorage.setItem(STORAGE_KEY, sql);
}

/** `/sql?named=top-movers`, `/sql?sql=SELECT …`; else the statement that stood there last. */
export function SqlPage() {
  const [search] = useSearchParams();
  const named = search.get('named') ?? '';
  const given = search.get('sql');
  return (
    <Page title="SQL">
      <div className="sql">
        <SavedQueries chosen={named} />
        {named === '' ? (
          <Workbench
            key={given}
            initial={given ?? localStorage.getItem(STORAGE_KEY) ?? FIRST_STATEMENT}
            saved={undefined}
            onKeep={keep}
          />
        ) : (
          <SavedWorkbench key={named} name={named} />
        )}
      </div>
    </Page>
  );
}

function SavedWorkbench({ name }: { readonly name: string }) {
  const answer = useSavedQueries();
  return (
    <Answered answer={answer} waitingFor="the saved queries">
      {(queries) => {
        const saved = queries.find((query) => query.name === name);
        if (saved !== undefined) return <Workbench initial={saved.sql} saved={saved} onKeep={keep} />;
        return (
          <Failure
            error={{ message: `There is no saved query “${name}”.`, hint: 'Choose one from the list.' }}
          />
        );
      }}
    </Answered>
  );
}
