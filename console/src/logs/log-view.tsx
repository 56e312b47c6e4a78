import { useEffect, useRef, useState } from 'react';
import type { LogLines } from '../../api.ts';
import { apiPath } from '../api/request.ts';
import { useAnswer } from '../api/use-answer.ts';
import { counted } from '../format/numbers.ts';
import { SearchField, Select } from '../shell/select.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { useSearchParam } from '../shell/use-search-param.ts';
import { useSettled } from '../shell/use-settled.ts';
import { LogLineRow } from './log-line.tsx';

const FIRST_LINES = 500;

const LEVELS = [
  { value: '', title: 'all' },
  { value: 'DEBUG', title: 'debug and above' },
  { value: 'INFO', title: 'info and above' },
  { value: 'WARN', title: 'warnings and errors' },
  { value: 'ERROR', title: 'errors' },
] as const;

/** A log's newest lines, the newest last. */
export function LogView({ name }: { readonly name: string }) {
  const [search, setSearch] = useSearchParam('search');
  const [level, setLevel] = useSearchParam('level');
  const [isFollowing, setFollowing] = useState(true);
  const [limit, setLimit] = useState(FIRST_LINES);
  const settled = useSettled(search);
  const answer = useAnswer<LogLines>(apiPath(['logs', name], { search: settled, level, limit }), {
    everyMs: isFollowing ? 1_000 : undefined,
    keepsLast: true,
  });
  return (
    <section className="log-view" aria-label={`Lines of ${name}`}>
      <div className="bar">
        <SearchField label="Search" value={search} placeholder="text of a line" onChange={setSearch} />
        <Select label="Level" value={level} options={LEVELS} onChange={setLevel} />
        <label className="check">
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={(event) => {
              setFollowing(event.target.checked);
            }}
          />
          follow
        </label>
      </div>
      <Answered answer={answer} waitingFor="the log’s lines">
        {(data) =>
          data.lines.length === 0 ? (
            <Empty title={search === '' && level === '' ? 'Nothing was logged yet.' : 'No line fits.'}>
              <p>
                {search === '' && level === ''
                  ? 'Lines come here as they are written.'
                  : 'Search for less, or show all levels.'}
              </p>
            </Empty>
          ) : (
            <Lines
              log={data}
              isFollowing={isFollowing}
              onOlder={() => {
                setFollowing(false);
                setLimit((last) => 2 * last);
              }}
            />
          )
        }
      </Answered>
    </section>
  );
}

interface LinesProps {
  readonly log: LogLines;
  readonly isFollowing: boolean;
  readonly onOlder: () => void;
}

function Lines({ log, isFollowing, onOlder }: LinesProps) {
  const frame = useRef<HTMLElement>(null);
  const newest = log.lines.at(-1)?.at;
  useEffect(() => {
    if (isFollowing && frame.current !== null) frame.current.scrollTop = frame.current.scrollHeight;
  }, [newest, isFollowing]);
  return (
    <>
      <section ref={frame} className="lines scroll-region" aria-label={`Log ${log.name}`} tabIndex={0}>
        {log.hasMore && (
          <button type="button" onClick={onOlder}>
            Older lines
          </button>
        )}
        <ol>
          {log.lines.map((line) => (
            <LogLineRow key={line.at} line={line} />
          ))}
        </ol>
      </section>
      <p className="muted note">
        {counted(log.lines.length, 'line')}
        {log.hasMore ? ', and older ones' : ', all there are'}
      </p>
    </>
  );
}
