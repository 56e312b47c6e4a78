import type { NodeActivity, NodeKind, PipelineNode } from '../../api.ts';
import { bytes, counted, exactNumber, rate, shortNumber } from '../format/numbers.ts';

export type Tone = 'good' | 'warn' | 'bad';

/** What stands on a node: short, with the exact figures beside. */
export interface NodeFigures {
  readonly main: string;
  readonly side: string;
  readonly tone: Tone | undefined;
  readonly exact: readonly { readonly label: string; readonly value: string }[];
}

/** What a node does now, in few characters. */
export function nodeFigures(kind: NodeKind, activity: NodeActivity | undefined): NodeFigures {
  if (activity === undefined) return { main: '', side: '', tone: undefined, exact: [] };
  const { main = '', side = '', tone } = SHORT[kind]?.(activity) ?? anyFigures(activity);
  return activity.problem === undefined
    ? { main, side, tone, exact: exactFigures(activity) }
    : { main: main === '' ? '?' : main, side: 'no figures', tone: 'warn', exact: exactFigures(activity) };
}

type ShortFigures = Partial<Pick<NodeFigures, 'main' | 'side' | 'tone'>>;

const SHORT: Partial<Record<NodeKind, (activity: NodeActivity) => ShortFigures>> = {
  function: ({ invocations, errors = 0, lag = 0 }) => ({
    ...(invocations === undefined
      ? {}
      : { main: `${shortNumber(invocations)} ${invocations === 1 ? 'call' : 'calls'}` }),
    ...(lag > 0 ? { side: `lag ${shortNumber(lag)}` } : {}),
    ...(errors > 0 ? { side: errors === 1 ? '1 error' : `${shortNumber(errors)} errors`, tone: 'bad' } : {}),
  }),
  topic: ({ records, recordsPerSecond }) => ({
    ...(records === undefined ? {} : { main: shortNumber(records) }),
    ...(recordsPerSecond === undefined ? {} : { side: rate(recordsPerSecond) }),
  }),
  queue: queueFigures,
  'dead-letters': (activity) => ({
    ...queueFigures(activity),
    tone: (activity.waiting ?? 0) > 0 ? 'bad' : 'good',
  }),
  view: tableFigures,
  database: tableFigures,
  job: stateFigures,
  crawler: stateFigures,
  workflow: stateFigures,
};

function anyFigures(activity: NodeActivity): ShortFigures {
  const { objects, records, bytes: size } = activity;
  if (objects !== undefined)
    return {
      main: `${shortNumber(objects)} ${objects === 1 ? 'object' : 'objects'}`,
      ...(size === undefined ? {} : { side: bytes(size) }),
    };
  if (records !== undefined) return tableFigures(activity);
  return stateFigures(activity);
}

function queueFigures({ waiting, inFlight = 0 }: NodeActivity): ShortFigures {
  return {
    ...(waiting === undefined ? {} : { main: waiting === 0 ? 'empty' : `${shortNumber(waiting)} wait` }),
    ...(inFlight > 0 ? { side: `${shortNumber(inFlight)} in work` } : {}),
  };
}

function tableFigures({ records, recordsPerSecond = 0 }: NodeActivity): ShortFigures {
  return {
    ...(records === undefined ? {} : { main: `${shortNumber(records)} ${records === 1 ? 'row' : 'rows'}` }),
    ...(recordsPerSecond > 0 ? { side: rate(recordsPerSecond) } : {}),
  };
}

function stateFigures({ state }: NodeActivity): ShortFigures {
  if (state === undefined) return {};
  const isBad = /FAIL|ERROR|TIMEOUT|STOPPED/.test(state);
  return {
    main: state.toLowerCase(),
    ...(isBad ? { tone: 'bad' } : state === 'SUCCEEDED' ? { tone: 'good' } : {}),
  };
}

function exactFigures(activity: NodeActivity): NodeFigures['exact'] {
  const {
    records,
    recordsPerSecond,
    lag,
    objects,
    bytes: size,
    waiting,
    inFlight,
    invocations,
    errors,
  } = activity;
  const figures = [
    ['Records', records === undefined ? undefined : exactNumber(records)],
    ['Records a second', recordsPerSecond === undefined ? undefined : exactNumber(recordsPerSecond)],
    ['Lag', lag === undefined ? undefined : counted(lag, 'record')],
    ['Objects', objects === undefined ? undefined : exactNumber(objects)],
    ['Size', size === undefined ? undefined : `${bytes(size)} (${counted(size, 'byte')})`],
    ['Messages waiting', waiting === undefined ? undefined : exactNumber(waiting)],
    ['Messages in work', inFlight === undefined ? undefined : exactNumber(inFlight)],
    ['Invocations', invocations === undefined ? undefined : exactNumber(invocations)],
    ['Errors', errors === undefined ? undefined : exactNumber(errors)],
    ['Last run', activity.state],
    ['No figures', activity.problem],
  ] as const;
  return figures.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}

/** A node in words, for those who hear it: `Kafka topic quotes, run: Records 20,000, Records a second 83` */
export function nodeInWords(node: PipelineNode, figures: NodeFigures): string {
  const told = figures.exact.map(({ label, value }) => `${label} ${value}`).join(', ');
  return `${KIND_WORDS[node.kind]} ${node.title}, ${node.level}${told === '' ? '' : `: ${told}`}`;
}

export const KIND_WORDS: Readonly<Record<NodeKind, string>> = {
  schedule: 'Schedule',
  function: 'Lambda function',
  topic: 'Kafka topic',
  objects: 'S3 objects',
  queue: 'SQS queue',
  'dead-letters': 'Dead-letter queue',
  database: 'Database',
  view: 'Athena view',
  job: 'Glue job',
  crawler: 'Glue crawler',
  workflow: 'Glue workflow',
};
