import { useState } from 'react';
import { Link } from 'wouter';
import { useSavedQueries } from '../api/use-answer.ts';
import { counted } from '../format/numbers.ts';
import { SearchField } from '../shell/select.tsx';
import { Answered } from '../shell/states.tsx';

/** Questions somebody has asked before, by title. */
export function SavedQueries({ chosen }: { readonly chosen: string }) {
  const answer = useSavedQueries();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  return (
    <section className="saved" aria-label="Saved queries">
      <h2>Saved queries</h2>
      <SearchField label="Find a query" value={text} onChange={setText} />
      <Answered answer={answer} waitingFor="the saved queries">
        {(queries) => {
          const found = queries.filter(({ name, title, description }) =>
            `${name} ${title} ${description}`.toLowerCase().includes(wanted),
          );
          return (
            <>
              <ul className="saved-list">
                {found.map(({ name, title, description, parameters }) => (
                  <li key={name}>
                    <Link
                      href={`/sql?named=${encodeURIComponent(name)}`}
                      title={description}
                      aria-current={name === chosen ? 'true' : undefined}
                      ref={name === chosen ? showInList : undefined}
                    >
                      {title}
                      {parameters.length > 0 && (
                        <span className="muted parameter-count">
                          {' '}
                          {counted(parameters.length, 'parameter')}
                        </span>
                      )}
                    </Link>
                  </li>
                ))}
              </ul>
              {found.length === 0 && <p className="muted">No saved query says “{text}”.</p>}
            </>
          );
        }}
      </Answered>
    </section>
  );
}

/** The list is longer than what is seen of it. */
function showInList(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest' });
}
