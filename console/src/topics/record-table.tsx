import { Link } from 'wouter';
import type { TopicRecord } from '../../api.ts';
import { exactNumber, price } from '../format/numbers.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { Moment } from '../shell/pieces.tsx';
import { recordHref } from './record-pages.ts';

interface RecordTableProps {
  readonly topic: string;
  readonly records: readonly TopicRecord[];
}

export function RecordTable({ topic, records }: RecordTableProps) {
  return (
    <ScrollRegion label={`Records of ${topic}`} className="records">
      <table>
        <thead>
          <tr>
            <th scope="col">Record</th>
            <th scope="col">Time</th>
            <th scope="col">Key</th>
            <th scope="col" className="number">
              Price
            </th>
            <th scope="col" className="number">
              Volume
            </th>
            <th scope="col">Event time</th>
            <th scope="col">Company</th>
            <th scope="col">Headers</th>
            <th scope="col" className="number">
              Bytes
            </th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <RecordRow key={`${record.partition}:${record.offset}`} topic={topic} record={record} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function RecordRow({ topic, record }: { readonly topic: string; readonly record: TopicRecord }) {
  const { partition, offset, timestamp, key, headers, valueBytes, quote, problem } = record;
  const updated = quote?.['latestUpdate'];
  return (
    <tr data-tone={problem === undefined ? undefined : 'bad'}>
      <th scope="row">
        <Link href={recordHref({ topic, partition, offset })}>
          {partition}:{offset}
        </Link>
      </th>
      <td>
        <Moment iso={timestamp} />
      </td>
      <td>{key ?? <span className="null">null</span>}</td>
      {problem === undefined ? (
        <>
          <td className="number">{figure(quote?.['latestPrice'], price)}</td>
          <td className="number">{figure(quote?.['latestVolume'], exactNumber)}</td>
          <td>{typeof updated === 'number' ? <Moment iso={isoOf(updated)} /> : (updated ?? '—')}</td>
          <td>{quote?.['companyName'] ?? '—'}</td>
        </>
      ) : (
        <td colSpan={4} className="prose">
          <span className="problem-mark">problem</span> {problem}
        </td>
      )}
      <td>{headers.map(({ name }) => name).join(', ') || '—'}</td>
      <td className="number">{exactNumber(valueBytes)}</td>
    </tr>
  );
}

/** Numbers that JSON lacks come as text. */
function figure(value: string | number | null | undefined, format: (value: number) => string): string {
  return typeof value === 'number' ? format(value) : (value ?? '—');
}

function isoOf(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}
