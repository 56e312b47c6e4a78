import { useState } from 'react';
import type { Topic, TopicRecords } from '../../api.ts';
import { apiPath } from '../api/request.ts';
import { useAnswer, useTopics } from '../api/use-answer.ts';
import { counted } from '../format/numbers.ts';
import { Page } from '../shell/page.tsx';
import { Command } from '../shell/pieces.tsx';
import { Select } from '../shell/select.tsx';
import { Answered, Empty, Failure } from '../shell/states.tsx';
import { useSearchParam } from '../shell/use-search-param.ts';
import { newerOffset, newestFirst, olderOffset, PAGE_RECORDS } from './record-pages.ts';
import { RecordTable } from './record-table.tsx';
import { PartitionTable } from './topics-page.tsx';

/** `/topics/quotes?partition=2&offset=1250`: a topic's records, the newest first. */
export function TopicPage({ topic }: { readonly topic: string }) {
  const topics = useTopics();
  return (
    <Page title={`Topic ${topic}`}>
      <Answered answer={topics} waitingFor="the broker">
        {(data) => {
          const found = data.find((each) => each.topic === topic);
          if (found === undefined)
            return (
              <Failure
                error={{
                  message: `The broker has no topic “${topic}”.`,
                  hint: `It has ${data.map((each) => each.topic).join(', ')}.`,
                }}
              />
            );
          return (
            <>
              <RecordBrowser topic={found} />
              <details className="partitions">
                <summary>{counted(found.partitions.length, 'partition')} and their offsets</summary>
                <PartitionTable topic={found} />
              </details>
            </>
          );
        }}
      </Answered>
    </Page>
  );
}

function RecordBrowser({ topic }: { readonly topic: Topic }) {
  const [partition, setPartition] = useSearchParam('partition', ['offset']);
  const [offset, setOffset] = useSearchParam('offset');
  const [isLive, setLive] = useState(true);
  const chosen = topic.partitions.find((each) => String(each.partition) === partition);
  const from = chosen !== undefined && /^\d+$/.test(offset) ? Number(offset) : undefined;
  const answer = useAnswer<TopicRecords>(
    apiPath(['topics', topic.topic, 'records'], {
      partition: chosen?.partition,
      offset: from,
      limit: PAGE_RECORDS,
    }),
    { everyMs: isLive && from === undefined ? 2_000 : undefined, keepsLast: true },
  );
  const records = answer.data?.records ?? [];
  const older = chosen === undefined ? undefined : olderOffset(records, chosen);
  const newer = chosen === undefined ? undefined : newerOffset(records, chosen);
  return (
    <>
      <div className="bar">
        <Select
          label="Partition"
          value={partition}
          options={[
            { value: '', title: 'all' },
            ...topic.partitions.map((each) => ({
              value: String(each.partition),
              title: String(each.partition),
            })),
          ]}
          onChange={setPartition}
        />
        <OffsetField
          key={`${partition} ${offset}`}
          offset={offset}
          isEnabled={chosen !== undefined}
          onChange={setOffset}
        />
        <div className="pager" role="group" aria-label="Records">
          <button
            type="button"
            disabled={from === undefined}
            onClick={() => {
              setOffset('');
            }}
          >
            Newest
          </button>
          <button
            type="button"
            disabled={from === undefined || newer === undefined}
            onClick={() => {
              setOffset(String(newer));
            }}
          >
            Newer
          </button>
          <button
            type="button"
            disabled={older === undefined}
            onClick={() => {
              setOffset(String(older));
            }}
          >
            Older
          </button>
        </div>
        <label className="check">
          <input
            type="checkbox"
            checked={isLive && from === undefined}
            disabled={from !== undefined}
            onChange={(event) => {
              setLive(event.target.checked);
            }}
          />
          follow
        </label>
        {chosen === undefined && <span className="muted note">Choose a partition to page through it.</span>}
      </div>
      <Answered answer={answer} waitingFor="records of the broker">
        {(data) =>
          data.records.length === 0 ? (
            <NoRecords isPlace={from !== undefined} />
          ) : (
            <RecordTable topic={topic.topic} records={newestFirst(data.records)} />
          )
        }
      </Answered>
    </>
  );
}

function NoRecords({ isPlace }: { readonly isPlace: boolean }) {
  if (isPlace)
    return (
      <Empty title="No records from this offset on.">
        <p>The partitions’ first and next offsets stand below.</p>
      </Empty>
    );
  return (
    <Empty title="No records yet.">
      <Command text="npm run -s tickerlake -- produce --records 5000" />
    </Empty>
  );
}

interface OffsetFieldProps {
  readonly offset: string;
  readonly isEnabled: boolean;
  readonly onChange: (offset: string) => void;
}

function OffsetField({ offset, isEnabled, onChange }: OffsetFieldProps) {
  const [text, setText] = useState(offset);
  return (
    <form
      className="offset"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim());
      }}
    >
      <label className="field">
        <span>From offset</span>
        <input
          type="text"
          inputMode="numeric"
          pattern="[0-9]*"
          value={text}
          disabled={!isEnabled}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </label>
      <button type="submit" disabled={!isEnabled}>
        Go
      </button>
    </form>
  );
}
