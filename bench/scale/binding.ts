/** At which load each limit binds, everything else being sized for that load; and what changes then. */
import { activeDays, activeSeconds } from '../../cli/cost/flow.ts';
import { DEFAULT_PROFILE } from '../../cli/cost/profile.ts';
import type { Figures } from './figures.ts';
import { LIMITS, type LimitId } from './limits.ts';
import { BATCH, flowOf, sizeFor } from './sizing.ts';

export interface Binding {
  readonly limit: LimitId;
  /** Of what the limit is taken. */
  readonly of: string;
  readonly quotesPerSecond: number;
  readonly then: string;
}

const MB = 1e6;
const GIB = 2 ** 30;
/** Land and filter read topic quotes. */
const READERS = 2;
const COPIES = 3;
/** Of what a broker could: https://aws.amazon.com/blogs/big-data/best-practices-for-right-sizing-your-apache-kafka-clusters-to-optimize-performance-and-cost/ */
const SAFE_SHARE = 0.8;
const FULL_SHARE = 0.85;
const RETENTION_SESSIONS = 5;
/** Somebody waits for a query so long. */
const QUERY_SECONDS = 60;
/** At which the share of each function in an account's invocations is read off. */
const REFERENCE_LOAD = 1_000_000;

/** Seconds of a trading day in which quotes come. */
export const SESSION_SECONDS = activeSeconds(DEFAULT_PROFILE) / activeDays(DEFAULT_PROFILE);

/** The first to bind comes first. */
export function bindingLimits(figures: Figures): Binding[] {
  const { recordBytes } = figures;
  const byBytes = (megabytesPerSecond: number): number => (megabytesPerSecond * MB) / recordBytes;
  const byObjects = (objectsPerSecond: number): number => objectsPerSecond * BATCH.records;
  const brokers = LIMITS.brokersPerCluster.value;
  const reference = flowOf(sizeFor(REFERENCE_LOAD, figures), figures);
  const invocations =
    reference.landConcurrency +
    (reference.objectsPerSecond / BATCH.messagesEach) * reference.curateSecondsPerInvocation;
  const bindings: readonly Binding[] = [
    {
      limit: 'poller',
      of: 'one poller of one partition',
      quotesPerSecond: byBytes(LIMITS.poller.value),
      then: 'a partition and a poller more for each 5 MB/s: core/topics.ts and landing.maximumPollers',
    },
    {
      limit: 's3Gets',
      of: `a query that opens each curated file of one day, in ${QUERY_SECONDS} s`,
      quotesPerSecond: byObjects((LIMITS.s3Gets.value * QUERY_SECONDS) / SESSION_SECONDS),
      then: 'compaction that deletes what it covers, since a lifecycle counts in days; or a landing of fewer, larger files: Spark or Flink, a file a minute and task',
    },
    {
      limit: 'serverlessIn',
      of: 'one serverless cluster',
      quotesPerSecond: byBytes(LIMITS.serverlessIn.value),
      then: 'a provisioned cluster (cluster.kind), standard or Express brokers',
    },
    {
      limit: 'serverlessOut',
      of: `one serverless cluster, ${READERS} readers of the topic`,
      quotesPerSecond: byBytes(LIMITS.serverlessOut.value / READERS),
      then: 'a provisioned cluster, or filtering from the lake instead of from the topic',
    },
    {
      limit: 'serverlessPartitions',
      of: `one serverless cluster at ${LIMITS.serverlessPartitionIn.value} MB/s each`,
      quotesPerSecond: byBytes(LIMITS.serverlessPartitions.value * LIMITS.serverlessPartitionIn.value),
      then: 'never first: the cluster ends before',
    },
    {
      limit: 'standardStorage',
      of: `${brokers} standard brokers that keep a week, ${COPIES} copies`,
      quotesPerSecond:
        (brokers * LIMITS.standardStorage.value * GIB * FULL_SHARE) /
        (COPIES * RETENTION_SESSIONS * SESSION_SECONDS * recordBytes),
      then: 'Express brokers, whose storage has no such end, or less retention: the lake has all of it',
    },
    {
      limit: 'standardNetwork',
      of: `${brokers} m7g.xlarge, ${READERS} readers and ${COPIES - 1} followers, four fifths of it`,
      quotesPerSecond: byBytes(
        (SAFE_SHARE * brokers * LIMITS.standardNetwork.value) / (READERS + COPIES - 1),
      ),
      then: 'larger brokers, or Express brokers',
    },
    {
      limit: 'standardDisk',
      of: `${brokers} m7g.xlarge, ${COPIES} copies, four fifths of it`,
      quotesPerSecond: byBytes((SAFE_SHARE * brokers * LIMITS.standardDisk.value) / COPIES),
      then: 'larger brokers, or Express brokers',
    },
    {
      limit: 'expressIn',
      of: `${brokers} express.m7g.xlarge`,
      quotesPerSecond: byBytes(brokers * LIMITS.expressIn.value),
      then: 'larger Express brokers: 500 MB/s into an express.m7g.16xlarge',
    },
    {
      limit: 'concurrency',
      of: 'landing and curation in an account of their own',
      quotesPerSecond: (REFERENCE_LOAD / invocations) * LIMITS.concurrency.value,
      then: 'a higher quota, which AWS gives when asked',
    },
    {
      limit: 's3Puts',
      of: `the prefix of a day, ${BATCH.records.toLocaleString('en-US')} rows a file`,
      quotesPerSecond: byObjects(LIMITS.s3Puts.value),
      then: 'S3 divides a prefix that stays busy; until then 503 and retries. Several lakes, or a folder below the day',
    },
    {
      limit: 'pollers',
      of: 'one event source',
      quotesPerSecond: byBytes(LIMITS.pollers.value * LIMITS.poller.value),
      then: 'several topics, each with its own lake',
    },
    {
      limit: 'eventInvocations',
      of: 'an object’s event to the queue',
      quotesPerSecond: byObjects(LIMITS.eventInvocations.value),
      then: 'events are late, and none is lost; a higher quota',
    },
  ];
  return bindings.toSorted((left, right) => left.quotesPerSecond - right.quotesPerSecond);
}
