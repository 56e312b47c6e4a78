import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Activity, Pipeline } from '../../api.ts';
import { useAlarms } from '../api/use-answer.ts';
import { counted, exactNumber, rate, shortNumber } from '../format/numbers.ts';
import { age, utcDateTime } from '../format/times.ts';
import { useNow } from '../shell/clock.ts';
import type { Tone } from './node-figures.ts';
import { isQuarantine } from './node-links.ts';

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly exact?: string | undefined;
  readonly tone?: Tone | undefined;
  readonly children: ReactNode;
}

function Figure({ label, value, exact, tone, children }: FigureProps) {
  return (
    <div className="figure" data-tone={tone}>
      <dt>{label}</dt>
      <dd className="figure-value" title={exact}>
        {value}
      </dd>
      <dd className="figure-note">{children}</dd>
    </div>
  );
}

interface HeadlineProps {
  readonly pipeline: Pipeline;
  readonly activity: Activity | undefined;
}

/** How the lake is, in five figures. */
export function Headline({ pipeline, activity }: HeadlineProps) {
  const perSecond = pipeline.nodes.find(({ kind }) => kind === 'topic');
  const quarantined = pipeline.nodes
    .filter(isQuarantine)
    .map(({ id }) => activity?.nodes[id]?.records ?? activity?.nodes[id]?.objects ?? 0)
    .reduce((sum, count) => sum + count, 0);
  const rows = activity?.freshness.rows;
  return (
    <dl className="headline">
      <FreshnessFigure freshness={activity?.freshness} />
      <Figure
        label="Queryable"
        value={rows === undefined ? '…' : shortNumber(rows)}
        exact={rows?.toLocaleString('en-US')}
      >
        rows, <Link href="/sql">in SQL</Link>
      </Figure>
      <Figure
        label="Arriving"
        value={perSecond === undefined ? '…' : rate(activity?.nodes[perSecond.id]?.recordsPerSecond ?? 0)}
      >
        records into <Link href={`/topics/${perSecond?.title ?? ''}`}>{perSecond?.title}</Link>
      </Figure>
      <Figure
        label="Quarantined"
        value={activity === undefined ? '…' : shortNumber(quarantined)}
        exact={exactNumber(quarantined)}
        tone={quarantined > 0 ? 'warn' : undefined}
      >
        <Link href="/quarantine">{quarantined === 1 ? 'record, and why' : 'records, and why'}</Link>
      </Figure>
      <AlarmFigure />
    </dl>
  );
}

function FreshnessFigure({ freshness }: { readonly freshness: Activity['freshness'] | undefined }) {
  const now = useNow();
  if (freshness === undefined || isUnread(freshness))
    return (
      <Figure label="Newest record shown" value="…">
        reading the view
      </Figure>
    );
  const { newestRecord, recordsBehind, at } = freshness;
  const isOld = now - Date.parse(at) > OLD_AFTER_MS;
  const behind =
    recordsBehind === null
      ? 'how far behind is unknown'
      : recordsBehind === 0
        ? 'nothing behind'
        : `${counted(recordsBehind, 'record')} behind`;
  return (
    <Figure
      label="Newest record shown"
      value={newestRecord === null ? 'none yet' : `${age(newestRecord, now)} ago`}
      exact={newestRecord === null ? undefined : `${utcDateTime(newestRecord)} UTC`}
      tone={recordsBehind === 0 && !isOld ? 'good' : undefined}
    >
      {behind}
      {isOld && `, as of ${age(at, now)} ago`}
    </Figure>
  );
}

/** The view is read seldom where a query takes long. */
const OLD_AFTER_MS = 20_000;

function isUnread({ rows, newestRecord, recordsBehind }: Activity['freshness']): boolean {
  return rows === 0 && newestRecord === null && recordsBehind === null;
}

function AlarmFigure() {
  const alarms = useAlarms();
  const firing = alarms.data?.filter(({ state }) => state === 'ALARM').length;
  return (
    <Figure
      label="Alarms"
      value={firing === undefined ? '…' : firing === 0 ? 'none' : exactNumber(firing)}
      tone={firing === undefined ? undefined : firing === 0 ? 'good' : 'bad'}
    >
      firing <Link href="/alarms">of {alarms.data?.length ?? '…'}</Link>
    </Figure>
  );
}
