/** A record's way from the topic to SQL, station by station, in words for people. */
import type { RecordStation, RecordWay } from '../../../console/api.ts';
import type { LogPartition } from '../../../core/layout.ts';
import { rawPrefix, receiptPrefix } from '../../../core/layout.ts';
import { tableNames } from '../../../core/names.ts';
import { QUALITY_RULES } from '../../../core/quality.ts';
import type { PartitionPosition, RecordTrace } from '../../reconcile/trace-record.ts';

/** What is known of a record beside its trace. */
export interface RecordFacts {
  readonly log: LogPartition;
  readonly offset: number;
  readonly position: PartitionPosition | undefined;
  /** Of a quarantined record: why, with the field. */
  readonly reason?: string | undefined;
  /** Whether the view shows it from history: it lies at or below the cut. */
  readonly isBelowCut: boolean;
  /** Whether SQL shows a row of it now. */
  readonly isVisible: boolean;
}

type Details = RecordStation['details'];
const detail = (label: string, value: string | number): Details[number] => ({ label, value: String(value) });

export function describeWay(trace: RecordTrace, facts: RecordFacts): RecordWay {
  const { log, offset } = facts;
  const where = `Record ${log.partition}:${offset} of topic ${log.topic}`;
  switch (trace.at) {
    case 'topic':
      return {
        outcome: 'waiting',
        ...waiting(where, facts),
        stations: stations(facts, { topic: 'here' }),
      };
    case 'diverted':
      return {
        outcome: 'diverted',
        summary: `${where} was given up by the event source (${trace.condition}): its batch is kept and is missing from SQL until it is returned.`,
        nextStep: 'npm run -s tickerlake -- replay --diverted',
        stations: stations(facts, { raw: 'failed' }, { raw: [detail('diverted batch', trace.key)] }),
      };
    case 'raw':
      return {
        outcome: 'waiting',
        summary: `${where} is landed in raw and waits for curation.`,
        nextStep: 'npm run -s tickerlake -- logs curate-quotes',
        stations: stations(facts, { raw: 'here' }, { raw: [detail('object', trace.key)] }),
      };
    case 'quarantine':
      return {
        outcome: 'quarantined',
        summary: `${where} is quarantined: ${facts.reason ?? QUALITY_RULES[trace.code]}.`,
        nextStep: 'npm run -s tickerlake -- redrive',
        stations: stations(
          facts,
          { raw: 'passed', receipt: 'passed', quarantine: 'here', curated: 'skipped', view: 'skipped' },
          {
            raw: [detail('object', rawOf(trace.receipt, log))],
            receipt: [detail('object', trace.receipt)],
            quarantine: [
              detail('code', trace.code),
              detail('rule', QUALITY_RULES[trace.code]),
              ...(facts.reason === undefined || facts.reason === QUALITY_RULES[trace.code]
                ? []
                : [detail('reason', facts.reason)]),
              detail('object', trace.key),
              detail('table', tableNames(log.topic).quarantine),
            ],
          },
        ),
      };
    case 'curated':
      return curated(where, trace, facts);
  }
}

function waiting(
  where: string,
  { position, offset, log }: RecordFacts,
): Pick<RecordWay, 'summary' | 'nextStep'> {
  if (position === undefined)
    return {
      summary: `${where} is not in raw, and the broker tells nothing of partition ${log.partition} of this log.`,
    };
  if (offset >= position.endOffset)
    return {
      summary: `${where} does not exist yet: the next record of the partition gets offset ${position.endOffset}.`,
    };
  if (offset < position.startOffset)
    return {
      summary: `${where} is neither in raw nor on the broker any more, which keeps offsets from ${position.startOffset} on.`,
    };
  if (position.committed !== undefined && offset < position.committed)
    return {
      summary: `${where} is in the topic, and landing went past it without landing it.`,
      nextStep: 'npm run -s tickerlake -- reconcile',
    };
  return {
    summary: `${where} is in the topic and waits to be landed.`,
    nextStep: 'npm run -s tickerlake -- logs land-quotes',
  };
}

function curated(
  where: string,
  trace: Extract<RecordTrace, { at: 'curated' }>,
  facts: RecordFacts,
): RecordWay {
  const { log, offset, isVisible, isBelowCut } = facts;
  const { view, history } = tableNames(log.topic);
  const from = isBelowCut
    ? `table ${history}, at or below the view’s cut`
    : 'curated files, above the view’s cut';
  return {
    outcome: isVisible ? 'visible' : 'hidden',
    summary: isVisible
      ? `${where} is good: SQL shows it in view ${view}, from ${from}.`
      : `${where} is curated, and SQL does not show it: ${isBelowCut ? BELOW_CUT : HIDDEN[trace.state]}.`,
    nextStep: isVisible
      ? `npm run -s tickerlake -- query "SELECT * FROM ${view} WHERE kafka_partition = ${log.partition} AND kafka_offset = ${offset}"`
      : 'npm run -s tickerlake -- reconcile',
    stations: stations(
      facts,
      {
        raw: 'passed',
        receipt: 'passed',
        curated: 'passed',
        quarantine: 'skipped',
        view: isVisible ? 'here' : 'failed',
      },
      {
        raw: [detail('object', rawOf(trace.receipt, log))],
        receipt: [detail('object', trace.receipt)],
        curated: trace.files.map((file) => detail('file', file)),
        view: [detail('view', view), detail('shown from', from)],
      },
    ),
  };
}

const BELOW_CUT = 'it lies below the view’s cut, and the next compaction brings it into history';
const HIDDEN = {
  there: 'its file is there and its day is registered',
  'file-gone': 'its file is gone',
  'day-unregistered': 'its day is not registered in the catalog yet',
  'day-elsewhere': 'its day is registered at another place',
} as const satisfies Readonly<Record<Extract<RecordTrace, { at: 'curated' }>['state'], string>>;

/** A receipt stands beside its raw object under the same name. */
function rawOf(receipt: string, log: LogPartition): string {
  return receipt.replace(receiptPrefix(log), rawPrefix(log)).replace(/\.json$/, '.avro');
}

const ORDER = [
  'topic',
  'raw',
  'receipt',
  'curated',
  'quarantine',
  'view',
] as const satisfies readonly RecordStation['name'][];

function stations(
  { position, log, offset }: RecordFacts,
  states: Partial<Record<RecordStation['name'], RecordStation['state']>>,
  details: Partial<Record<RecordStation['name'], Details>> = {},
): readonly RecordStation[] {
  const topic: Details = [
    detail('partition', log.partition),
    detail('offset', offset),
    ...(position === undefined
      ? []
      : [
          detail('broker keeps', `${position.startOffset} to ${position.endOffset - 1}`),
          detail('landed up to', position.committed === undefined ? 'nothing yet' : position.committed - 1),
        ]),
  ];
  return ORDER.map((name) => ({
    name,
    state: states[name] ?? (name === 'topic' ? 'passed' : 'not-reached'),
    details: name === 'topic' ? topic : (details[name] ?? []),
  }));
}
