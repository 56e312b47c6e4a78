/**
 * How much of everything a load makes the pipeline do in a month: records, batches, objects, seconds. Pure arithmetic over the
 * templates and a profile; what any of it costs is not known here.
 */
import { TOPICS } from '../../core/topics.ts';
import type { LoadProfile } from './profile.ts';
import {
  isSet,
  listAt,
  numberAt,
  ofType,
  optionalNumberAt,
  type Resource,
  resourceAt,
  textAt,
  valueAt,
} from './resources.ts';

/** AWS bills by the hour: 8,760 hours a year over 12. */
export const HOURS_PER_MONTH = 730;
export const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const SECONDS_PER_HOUR = 3600;
const TRADING_DAYS_PER_MONTH = 21;
const SESSION_HOURS = 6.5;
/** Part of a month in which the exchanges hold a session. */
export const SESSION_SHARE = (TRADING_DAYS_PER_MONTH * SESSION_HOURS) / HOURS_PER_MONTH;

export const GB = 1e9;
export const MB = 1e6;
export const TB = 1e12;

/** An invocation takes no larger event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const PAYLOAD_BYTES = 6e6;

/** One poller's throughput: https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html */
export const POLLER_BYTES_PER_SECOND = 5e6;

/** A record's key and value are base64 in the event, among names and numbers: 418 bytes for 209, by bench/quotes.ts. */
const EVENT_OVERHEAD_BYTES = 139;
/** Source coordinates in headers, each byte a number with a comma: 294 bytes, by core/source-coordinates.ts. */
const EVENT_HEADER_BYTES = 294;
/** The same headers in Kafka. */
const HEADER_BYTES = 149;

/** Memory at which a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MIB_PER_VCPU = 1769;

export interface Model {
  readonly resources: readonly Resource[];
  readonly profile: LoadProfile;
}

/** Seconds in a month in which quotes come. */
export function activeSeconds({ hours }: Pick<LoadProfile, 'hours'>): number {
  const activeHours = hours === 'always' ? HOURS_PER_MONTH : TRADING_DAYS_PER_MONTH * SESSION_HOURS;
  return activeHours * SECONDS_PER_HOUR;
}

/** Days in a month on which quotes come. */
export function activeDays({ hours }: Pick<LoadProfile, 'hours'>): number {
  return hours === 'always' ? DAYS_PER_MONTH : TRADING_DAYS_PER_MONTH;
}

export interface TopicFlow {
  readonly name: string;
  readonly partitions: number;
  readonly retentionDays: number;
  /** While quotes come. */
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  /** In a month. */
  readonly records: number;
  readonly bytes: number;
  /** Of one record in the event that a function gets. */
  readonly eventBytes: number;
}

/** Worked out once a model: every resource asks for it. */
function remembered<T>(workOut: (model: Model) => T): (model: Model) => T {
  const known = new WeakMap<Model, T>();
  return (model) => {
    const before = known.get(model);
    if (before !== undefined) return before;
    const worked = workOut(model);
    known.set(model, worked);
    return worked;
  };
}

/** Topics of the templates, with the part of the quotes that goes through each. */
export const topicFlows = remembered(workOutTopics);

function workOutTopics({ resources, profile }: Model): TopicFlow[] {
  return topicsOf(resources).map(({ name, partitions, retentionDays }) => {
    const isDerived = name === TOPICS.quotesFiltered.name;
    const recordsPerSecond = profile.quotesPerSecond * (isDerived ? watchedShare(resources, profile) : 1);
    const recordBytes = profile.recordBytes + (isDerived ? HEADER_BYTES : 0);
    const records = recordsPerSecond * activeSeconds(profile);
    return {
      name,
      partitions,
      retentionDays,
      recordsPerSecond,
      bytesPerSecond: recordsPerSecond * recordBytes,
      records,
      bytes: records * recordBytes,
      eventBytes: (profile.recordBytes * 4) / 3 + EVENT_OVERHEAD_BYTES + (isDerived ? EVENT_HEADER_BYTES : 0),
    };
  });
}

export function totalPartitions(model: Model): number {
  return sum(topicFlows(model).map(({ partitions }) => partitions));
}

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionDays: number;
}

function topicsOf(resources: readonly Resource[]): Topic[] {
  const provisioned = ofType(resources, 'AWS::MSK::Topic').map((topic) => ({
    name: textAt(topic, 'TopicName') ?? topic.id,
    partitions: numberAt(topic, 'PartitionCount'),
    retentionDays: clusterRetentionDays(resources),
  }));
  const serverless = ofType(resources, 'Custom::KafkaTopics').flatMap((resource) =>
    (listAt(resource, 'Topics') as readonly ServerlessTopic[]).map(({ name, partitions, config }) => ({
      name,
      partitions,
      retentionDays: daysOf(Number(config['retention.ms'])),
    })),
  );
  return [...provisioned, ...serverless];
}

interface ServerlessTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

function clusterRetentionDays(resources: readonly Resource[]): number {
  const settings = ofType(resources, 'AWS::MSK::Configuration').map(
    (each) => textAt(each, 'ServerProperties') ?? '',
  );
  const [, retentionMs] = /^log\.retention\.ms=(\d+)$/m.exec(settings.join('\n')) ?? [];
  return daysOf(Number(retentionMs ?? TOPICS.quotes.config['retention.ms']));
}

function daysOf(milliseconds: number): number {
  return milliseconds / 86_400_000;
}

/** What part of the quotes the watchlist keeps, its symbols being quoted as often as others. */
export function watchedShare(resources: readonly Resource[], { symbols }: LoadProfile): number {
  const [parameter] = ofType(resources, 'AWS::SSM::Parameter').filter((each) =>
    each.id.includes('Watchlist'),
  );
  const text = parameter === undefined ? undefined : textAt(parameter, 'Value');
  if (text === undefined) return 0;
  const watchlist = JSON.parse(text) as { readonly symbols?: readonly string[] };
  return Math.min(1, (watchlist.symbols?.length ?? 0) / symbols);
}

/** What one Kafka event source hands to its function. */
export interface ConsumerFlow {
  readonly eventSource: Resource;
  /** The function's logical id. */
  readonly functionId: string;
  readonly topic: TopicFlow;
  /** Pollers at work while quotes come. */
  readonly pollers: number;
  /** Invocations in a month. */
  readonly batches: number;
  readonly recordsPerBatch: number;
  /** Partitions in a month's batches, each of which becomes an object where the batch is landed. */
  readonly partitionsInBatches: number;
}

/** Event sources that read a topic, in the order of the templates. */
export const consumerFlows = remembered(workOutConsumers);

function workOutConsumers(model: Model): ConsumerFlow[] {
  const topics = topicFlows(model);
  return ofType(model.resources, 'AWS::Lambda::EventSourceMapping').flatMap((eventSource) => {
    const [name] = listAt(eventSource, 'Topics');
    const topic = topics.find((each) => each.name === name);
    const consumer = resourceAt(model.resources, eventSource, 'FunctionName');
    return topic === undefined || consumer === undefined
      ? []
      : [consumerFlow(model, eventSource, consumer.id, topic)];
  });
}

function consumerFlow(
  model: Model,
  eventSource: Resource,
  functionId: string,
  topic: TopicFlow,
): ConsumerFlow {
  const pollers = pollersAtWork(eventSource, topic);
  const windowSeconds = Math.max(1, optionalNumberAt(eventSource, 'MaximumBatchingWindowInSeconds') ?? 1);
  const mostRecords = Math.min(numberAt(eventSource, 'BatchSize'), PAYLOAD_BYTES / topic.eventBytes);
  const batchesByWindow = arrivalsPerMonth(model, windowSeconds) * pollers;
  const batchesBySize = topic.records / mostRecords;
  // No batch is empty.
  const batches = Math.min(topic.records, Math.max(batchesByWindow, batchesBySize));
  const recordsPerBatch = batches === 0 ? 0 : topic.records / batches;
  const partitionsEach = partitionsTouched(recordsPerBatch, topic.partitions / pollers);
  return {
    eventSource,
    functionId,
    topic,
    pollers,
    batches,
    recordsPerBatch,
    partitionsInBatches: batches * partitionsEach,
  };
}

/** Provisioned pollers grow with throughput between their limits, on-demand ones up to one a partition. */
export function pollersAtWork(eventSource: Resource, { bytesPerSecond, partitions }: TopicFlow): number {
  const least = optionalNumberAt(eventSource, 'ProvisionedPollerConfig', 'MinimumPollers') ?? 1;
  const most = optionalNumberAt(eventSource, 'ProvisionedPollerConfig', 'MaximumPollers') ?? partitions;
  const needed = Math.ceil(bytesPerSecond / POLLER_BYTES_PER_SECOND);
  return Math.max(least, Math.min(needed, most, partitions));
}

/** Times in a month that a batching window closes over new records. */
function arrivalsPerMonth({ resources, profile }: Model, windowSeconds: number): number {
  if (profile.arrivals === 'steady') return activeSeconds(profile) / windowSeconds;
  return activeSeconds(profile) / Math.max(windowSeconds, producerPeriodSeconds(resources));
}

export function producerPeriodSeconds(resources: readonly Resource[]): number {
  const [schedule] = ofType(resources, 'AWS::Scheduler::Schedule').filter((each) =>
    JSON.stringify(valueAt(each, 'Target') ?? '').includes('ProduceQuotes'),
  );
  return schedule === undefined ? 60 : HOURS_PER_MONTH * (SECONDS_PER_HOUR / runsPerMonth(schedule));
}

/** How many of `partitions` hold one of `records`, on average, keys being spread evenly. */
export function partitionsTouched(records: number, partitions: number): number {
  if (records <= 1 || partitions <= 1) return Math.min(records, 1);
  return partitions * (1 - (1 - 1 / partitions) ** records);
}

/** Objects that one topic's landing and curation make and read in a month. */
export interface ObjectFlow {
  readonly topic: TopicFlow;
  /** One a partition of each batch. */
  readonly raw: number;
  readonly rawBytesEach: number;
  /** One a raw object: its rows are of one UTC day but around midnight. */
  readonly curated: number;
  /** One a raw object. */
  readonly receipts: number;
  /** One a record that breaks a rule. */
  readonly quarantined: number;
}

export const objectFlows = remembered(workOutObjects);

function workOutObjects(model: Model): ObjectFlow[] {
  const { profile } = model;
  return consumerFlows(model)
    .filter(({ functionId }) => functionId.includes('LandQuotes'))
    .map(({ topic, partitionsInBatches: raw }) => ({
      topic,
      raw,
      rawBytesEach: raw === 0 ? 0 : (topic.records * profile.rawBytes) / raw,
      curated: raw,
      receipts: raw,
      quarantined: (topic.records * profile.quarantinedPerMillion) / 1e6,
    }));
}

/** Runs a month of a schedule: `rate(…)`, `cron(…)` with minutes and hours that are numbers, lists, steps or `*`. */
export function runsPerMonth(schedule: Resource): number {
  const expression =
    textAt(schedule, 'ScheduleExpression') ??
    textAt(schedule, 'Schedule') ??
    textAt(schedule, 'Schedule', 'ScheduleExpression') ??
    '';
  const isOff = textAt(schedule, 'State') === 'DISABLED';
  return isOff ? 0 : runsOfExpression(expression);
}

const PER_MONTH = { minute: HOURS_PER_MONTH * 60, hour: HOURS_PER_MONTH, day: DAYS_PER_MONTH } as const;

export function runsOfExpression(expression: string): number {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== undefined) return PER_MONTH[unit as keyof typeof PER_MONTH] / Number(amount);
  const [, minutes, hours, dayOfMonth = '*', , dayOfWeek = '?'] =
    /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \S+\)$/.exec(expression) ?? [];
  if (minutes === undefined || hours === undefined) return 0;
  const days =
    dayOfWeek !== '?' && dayOfWeek !== '*'
      ? (timesIn(dayOfWeek, 7) / 7) * DAYS_PER_MONTH
      : dayOfMonth === '*' || dayOfMonth === '?'
        ? DAYS_PER_MONTH
        : timesIn(dayOfMonth, DAYS_PER_MONTH);
  return timesIn(minutes, 60) * timesIn(hours, 24) * days;
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** How many values of a cron field of `size` values it names. */
function timesIn(field: string, size: number): number {
  if (field === '*' || field === '?') return size;
  return sum(
    field.split(',').map((part) => {
      const [range = '', step] = part.split('/');
      const [from, to] = range.split('-').map(ordinal);
      const span =
        to !== undefined && from !== undefined ? to - from + 1 : step === undefined ? 1 : size - (from ?? 0);
      return step === undefined ? span : Math.ceil(span / Number(step));
    }),
  );
}

function ordinal(text: string): number {
  const weekday = WEEKDAYS.indexOf(text);
  return weekday >= 0 ? weekday : text === '*' ? 0 : Number(text);
}

/** Part of a vCPU that a function has; its code runs in one thread. */
export function cpuShare(memoryMiB: number): number {
  return Math.min(1, memoryMiB / MIB_PER_VCPU);
}

export function isMultiAz(database: Resource): boolean {
  return isSet(database, 'MultiAZ');
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
