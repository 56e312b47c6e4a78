import { Link } from 'wouter';
import type { RecordDetail } from '../../api.ts';
import { apiPath } from '../api/request.ts';
import { useAnswer } from '../api/use-answer.ts';
import { counted } from '../format/numbers.ts';
import { Page, ScrollRegion } from '../shell/page.tsx';
import { Moment } from '../shell/pieces.tsx';
import { Answered, Empty } from '../shell/states.tsx';
import { fieldText, recordHref } from './record-pages.ts';
import { RecordWayLine } from './record-way.tsx';

interface RecordPageProps {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** `/topics/quotes/2/1250`: a record, its bytes, and its way. */
export function RecordPage({ topic, partition, offset }: RecordPageProps) {
  const answer = useAnswer<RecordDetail>(apiPath(['topics', topic, 'records', partition, offset]), {
    // What is where it ends is asked for less often.
    everyMs: (last) => (last?.trace.outcome === 'waiting' ? 2_000 : 15_000),
  });
  return (
    <Page
      title={`Record ${topic} ${partition}:${offset}`}
      aside={
        <nav className="pager" aria-label="Neighbours">
          <Link href={`/topics/${encodeURIComponent(topic)}?partition=${partition}`}>
            partition {partition}
          </Link>
          {offset > 0 && <Link href={recordHref({ topic, partition, offset: offset - 1 })}>← older</Link>}
          <Link href={recordHref({ topic, partition, offset: offset + 1 })}>newer →</Link>
        </nav>
      }
    >
      <Answered answer={answer} waitingFor="the record: its way is looked up in raw, receipts and view">
        {(detail) => (
          <>
            <RecordWayLine way={detail.trace} />
            {detail.record === undefined ? (
              <Empty title="Neither the topic nor raw holds its bytes any more." />
            ) : (
              <RecordBody record={detail.record} logId={detail.logId} />
            )}
          </>
        )}
      </Answered>
    </Page>
  );
}

interface RecordBodyProps {
  readonly record: NonNullable<RecordDetail['record']>;
  readonly logId: string;
}

function RecordBody({ record, logId }: RecordBodyProps) {
  return (
    <div className="record">
      <section aria-label="Value">
        <h2>Value</h2>
        {record.problem !== undefined && (
          <p data-tone="bad">
            <span className="problem-mark">problem</span> {record.problem}
          </p>
        )}
        {record.quote !== undefined && (
          <Pairs label="Decoded quote" head={['Field', 'Value']} pairs={quotePairs(record.quote)} />
        )}
      </section>
      <section aria-label="Record">
        <h2>Record</h2>
        <dl className="facts">
          <div>
            <dt>Timestamp</dt>
            <dd>
              <Moment iso={record.timestamp} />
            </dd>
          </div>
          <div>
            <dt>Key</dt>
            <dd>{record.key ?? <span className="null">null</span>}</dd>
          </div>
          <div>
            <dt>Log</dt>
            <dd>{logId}</dd>
          </div>
          <div>
            <dt>Schema version</dt>
            <dd>{record.schemaVersionId ?? '—'}</dd>
          </div>
          <div>
            <dt>Value</dt>
            <dd>{counted(record.valueBytes, 'byte')}</dd>
          </div>
        </dl>
        <h2>Headers</h2>
        {record.headers.length === 0 ? (
          <p className="muted">None.</p>
        ) : (
          <Pairs
            label="Headers"
            head={['Name', 'Value']}
            pairs={record.headers.map(({ name, value }) => [name, value ?? 'null'] as const)}
          />
        )}
        <h2>Bytes</h2>
        <ScrollRegion label="Value as bytes" className="hex">
          <pre>{record.hexDump.join('\n')}</pre>
        </ScrollRegion>
      </section>
    </div>
  );
}

function quotePairs(quote: Readonly<Record<string, string | number | null>>) {
  return Object.entries(quote).map(([name, value]) => [name, fieldText(name, value)] as const);
}

interface PairsProps {
  readonly label: string;
  readonly head: readonly [string, string];
  readonly pairs: readonly (readonly [string, string])[];
}

function Pairs({ label, head, pairs }: PairsProps) {
  return (
    <ScrollRegion label={label}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pairs.map(([name, value], index) => (
            <tr key={`${index}`}>
              <th scope="row">{name}</th>
              <td className={value === 'null' ? 'null' : undefined}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
