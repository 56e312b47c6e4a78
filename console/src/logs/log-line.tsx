import { memo } from 'react';
import type { LogLine } from '../../api.ts';
import { utcDateTime, utcTime } from '../format/times.ts';
import { fieldsInBrief } from './fields-in-brief.ts';

/** A line: its time, level and message; further fields open below it. */
export const LogLineRow = memo(
  function LogLineRow({ line }: { readonly line: LogLine }) {
    const fields = Object.entries(line.fields);
    const head = (
      <>
        {line.time === null ? (
          <span className="line-time" />
        ) : (
          <time className="line-time" dateTime={line.time} title={`${utcDateTime(line.time)} UTC`}>
            {utcTime(line.time)}
          </time>
        )}
        <span className="line-level" data-level={line.level ?? undefined}>
          {line.level ?? ''}
        </span>
        <span className="line-message">
          {line.message} <span className="muted">{fieldsInBrief(line.fields)}</span>
        </span>
      </>
    );
    if (fields.length === 0)
      return (
        <li className="line">
          <div className="line-head">{head}</div>
        </li>
      );
    return (
      <li className="line">
        <details>
          <summary className="line-head">{head}</summary>
          <dl className="facts">
            {fields.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)}</dd>
              </div>
            ))}
          </dl>
        </details>
      </li>
    );
  },
  (last, next) => last.line.at === next.line.at && last.line.message === next.line.message,
);
