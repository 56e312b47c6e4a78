/** Where a load is more than the templates' configuration can take, so that a bill for it is for something that would not run. */
import { compactionRuns, isCompaction, jobFlow, scannedBytesPerQuery } from './batch-flow.ts';
import {
  activeSeconds,
  consumerFlows,
  GB,
  HOURS_PER_MONTH,
  MB,
  type Model,
  objectFlows,
  POLLER_BYTES_PER_SECOND,
  pollersAtWork,
  producerPeriodSeconds,
  sum,
  type TopicFlow,
  topicFlows,
} from './flow.ts';
import { computeSeconds, functionFlow, partOf, queueTopic } from './function-flow.ts';
import { DATABASE_CPU_SECONDS_PER_MILLION } from './measured.ts';
import {
  isSet,
  numberAt,
  ofType,
  optionalNumberAt,
  type Resource,
  resourceAt,
  targetOf,
  textAt,
  valueAt,
} from './resources.ts';
import { servedGB, vcpusOf } from './usage/database.ts';
import { bytesIn, bytesOut, REPLICAS } from './usage/kafka.ts';

export interface BrokenLimit {
  /** What cannot take it, with what it would have to take and what it can. */
  readonly what: string;
  readonly needed: number;
  readonly allowed: number;
  /** What happens then, and what to change. */
  readonly consequence: string;
  /** Where the allowed figure is from. */
  readonly source: string;
}

type Check = (model: Model) => readonly BrokenLimit[];

/** Empty when the configuration takes the load. */
export function brokenLimits(model: Model): BrokenLimit[] {
  const checks: readonly Check[] = [
    serverlessThroughput,
    brokerThroughput,
    brokerDisks,
    pollerThroughput,
    pollerComputing,
    producerComputing,
    curationConcurrency,
    accountConcurrency,
    databaseComputing,
    databaseDisk,
    compactionTime,
    queryCutoff,
  ];
  return checks.flatMap((check) => check(model)).filter(({ needed, allowed }) => needed > allowed);
}

const SERVERLESS_QUOTAS =
  'https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#serverless-quota';

function serverlessThroughput(model: Model): BrokenLimit[] {
  if (ofType(model.resources, 'AWS::MSK::ServerlessCluster').length === 0) return [];
  const seconds = activeSeconds(model.profile);
  const throttled = (what: string, needed: number, allowed: number): BrokenLimit => ({
    what: `MSK Serverless, MB/s ${what}`,
    needed,
    allowed,
    consequence:
      'producers and consumers are slowed down: more partitions, or a provisioned cluster (cluster.kind)',
    source: SERVERLESS_QUOTAS,
  });
  return [
    throttled('into the cluster', bytesIn(model) / seconds / MB, 200),
    throttled('out of the cluster', bytesOut(model) / seconds / MB, 400),
    ...topicFlows(model).flatMap((topic) => {
      const readers = consumerFlows(model).filter((each) => each.topic.name === topic.name).length;
      const perPartition = topic.bytesPerSecond / topic.partitions / MB;
      return [
        throttled(`into a partition of ${topic.name}`, perPartition, 5),
        throttled(`out of a partition of ${topic.name}`, perPartition * readers, 10),
      ];
    }),
  ];
}

/**
 * MB/s that a broker of each size sustains: the least of disk and network by the rule of AWS for brokers of a cluster with
 * three copies, four fifths of it. m7g.large: 78.75 MB/s to its disks, 117 MB/s of network at the base.
 */
const BROKER_MB_PER_SECOND: Readonly<Record<string, { readonly disk: number; readonly network: number }>> = {
  'kafka.m7g.large': { disk: 78.75, network: 117 },
  'kafka.m7g.xlarge': { disk: 156.25, network: 234 },
};
const SAFE_SHARE = 0.8;
const SIZING =
  'https://aws.amazon.com/blogs/big-data/best-practices-for-right-sizing-your-apache-kafka-clusters-to-optimize-performance-and-cost/';

function brokerThroughput(model: Model): BrokenLimit[] {
  return ofType(model.resources, 'AWS::MSK::Cluster').flatMap((cluster) => {
    const brokers = numberAt(cluster, 'NumberOfBrokerNodes');
    const size = BROKER_MB_PER_SECOND[textAt(cluster, 'BrokerNodeGroupInfo', 'InstanceType') ?? ''];
    if (size === undefined) return [];
    const readers = consumerFlows(model).length / Math.max(1, topicFlows(model).length);
    const byDisk = (size.disk * brokers) / REPLICAS;
    const byNetwork = (size.network * brokers) / (readers + REPLICAS - 1);
    return [
      {
        what: 'brokers, MB/s in',
        needed: bytesIn(model) / activeSeconds(model.profile) / MB,
        allowed: SAFE_SHARE * Math.min(byDisk, byNetwork),
        consequence: 'producers wait: larger brokers (cluster.brokerType)',
        source: SIZING,
      },
    ];
  });
}

/** Kafka stops when a disk is full; the alarm goes at 85 %. */
const FULL_SHARE = 0.85;

function brokerDisks(model: Model): BrokenLimit[] {
  return ofType(model.resources, 'AWS::MSK::Cluster').map((cluster) => {
    const brokers = numberAt(cluster, 'NumberOfBrokerNodes');
    const volumeGiB = numberAt(cluster, 'BrokerNodeGroupInfo', 'StorageInfo', 'EBSStorageInfo', 'VolumeSize');
    return {
      what: 'disk of a broker, GB',
      needed: (peakRetainedBytes(model) * REPLICAS) / brokers / GB,
      allowed: volumeGiB * 1.073741824 * FULL_SHARE,
      consequence:
        'the disk fills before retention frees it: larger ones (cluster.brokerStorageGiB), or less retention',
      source: 'https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html',
    };
  });
}

/** Bytes of the busiest retention period. In seven days there are five sessions. */
function peakRetainedBytes(model: Model): number {
  const activeSecondsPerDay = model.profile.hours === 'always' ? 86_400 : (6.5 * 3600 * 5) / 7;
  return sum(
    topicFlows(model).map((topic) => topic.bytesPerSecond * activeSecondsPerDay * topic.retentionDays),
  );
}

const POLLING = 'https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html';

function pollerThroughput(model: Model): BrokenLimit[] {
  return consumerFlows(model).map(({ eventSource, topic }) => ({
    what: `pollers of ${eventSource.id}, MB/s`,
    needed: topic.bytesPerSecond / MB,
    allowed: (mostPollers(eventSource, topic) * POLLER_BYTES_PER_SECOND) / MB,
    consequence:
      'the lag grows for as long as quotes come: more partitions in core/topics.ts, and more pollers',
    source: POLLING,
  }));
}

/** A poller hands over one batch after the other, and there is one poller a partition at most. */
function pollerComputing(model: Model): BrokenLimit[] {
  return consumerFlows(model).flatMap(({ eventSource, topic, batches }) => {
    const lambda = resourceAt(model.resources, eventSource, 'FunctionName');
    if (lambda === undefined) return [];
    const work = computeSeconds(lambda, topic.records) + batches * model.profile.waitSecondsPerInvocation;
    return [
      {
        what: `${partOf(lambda)}, seconds of work for a second at each poller of ${topic.name}`,
        needed: work / activeSeconds(model.profile) / mostPollers(eventSource, topic),
        allowed: 1,
        consequence:
          'the lag grows for as long as quotes come: more partitions, or more memory up to 1,769 MiB, which is one vCPU',
        source: POLLING,
      },
    ];
  });
}

function mostPollers(eventSource: Resource, topic: TopicFlow): number {
  return pollersAtWork(eventSource, { ...topic, bytesPerSecond: Number.MAX_SAFE_INTEGER });
}

/** One invocation at a time makes what is due. */
function producerComputing(model: Model): BrokenLimit[] {
  const [producer] = ofType(model.resources, 'AWS::Lambda::Function').filter(
    (each) => partOf(each) === 'produce-quotes',
  );
  if (producer === undefined) return [];
  const period = producerPeriodSeconds(model.resources);
  return [
    {
      what: 'produce-quotes, seconds for the quotes of one period',
      needed: computeSeconds(producer, model.profile.quotesPerSecond * period),
      allowed: Math.min(period, numberAt(producer, 'Timeout')),
      consequence:
        'one function by a schedule cannot make as many: producers that run all the time, on Fargate or elsewhere, which this bill does not hold',
      source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html',
    },
  ];
}

function curationConcurrency(model: Model): BrokenLimit[] {
  return ofType(model.resources, 'AWS::Lambda::EventSourceMapping').flatMap((mapping) => {
    const allowed = optionalNumberAt(mapping, 'ScalingConfig', 'MaximumConcurrency');
    const lambda = resourceAt(model.resources, mapping, 'FunctionName');
    const topic = queueTopic(targetOf(valueAt(mapping, 'EventSourceArn')));
    const flow = objectFlows(model).find((each) => each.topic.name === topic);
    if (allowed === undefined || lambda === undefined || flow === undefined) return [];
    return [
      {
        what: `curation of ${flow.topic.name}, invocations at once`,
        needed: functionFlow(lambda, model).seconds / activeSeconds(model.profile),
        allowed,
        consequence: 'raw objects wait in the queue: curation.maximumConcurrency',
        source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
      },
    ];
  });
}

function accountConcurrency(model: Model): BrokenLimit[] {
  const seconds = sum(
    ofType(model.resources, 'AWS::Lambda::Function').map((each) => functionFlow(each, model).seconds),
  );
  return [
    {
      what: 'all functions, invocations at once',
      needed: seconds / activeSeconds(model.profile),
      allowed: 1000,
      consequence: 'invocations are throttled: ask for a higher quota',
      source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
    },
  ];
}

function primaries(model: Model): Resource[] {
  return ofType(model.resources, 'AWS::RDS::DBInstance').filter(
    (each) => valueAt(each, 'SourceDBInstanceIdentifier') === undefined,
  );
}

function databaseComputing(model: Model): BrokenLimit[] {
  const [, filtered] = topicFlows(model);
  const rows = filtered?.recordsPerSecond ?? 0;
  return primaries(model).map((each) => ({
    what: `${textAt(each, 'DBInstanceClass') ?? each.id}, vCPUs for writing alone`,
    needed: (rows * DATABASE_CPU_SECONDS_PER_MILLION) / 1e6,
    allowed: vcpusOf(each) * SAFE_SHARE,
    consequence:
      'serving falls behind and readers wait: a larger serving.instanceType, or a narrower watchlist',
    source: 'bench/serve.ts',
  }));
}

function databaseDisk(model: Model): BrokenLimit[] {
  return primaries(model).map((each) => ({
    what: 'disk of the database, GB',
    needed: servedGB(model),
    allowed: optionalNumberAt(each, 'MaxAllocatedStorage') ?? numberAt(each, 'AllocatedStorage'),
    consequence:
      'writes fail: delete old rows (docs/serving.md), a narrower watchlist, or serving.maximumStorageGiB',
    source: 'the template',
  }));
}

function compactionTime(model: Model): BrokenLimit[] {
  return ofType(model.resources, 'AWS::Glue::Job')
    .filter(isCompaction)
    .map((job) => {
      const minutesBetween =
        (HOURS_PER_MONTH * 60 * topicFlows(model).length) / Math.max(1, compactionRuns(model.resources));
      return {
        what: 'a run of compaction, minutes',
        needed: jobFlow(job, model).secondsEach / 60,
        allowed: Math.min(numberAt(job, 'Timeout'), minutesBetween),
        consequence:
          'runs are stopped and commit nothing: more jobs.workers, or a schedule that comes more often',
        source: 'the template',
      };
    });
}

function queryCutoff(model: Model): BrokenLimit[] {
  return ofType(model.resources, 'AWS::Athena::WorkGroup')
    .filter(
      (each) =>
        (textAt(each, 'Name') ?? '').endsWith('-analysts') &&
        isSet(each, 'WorkGroupConfiguration', 'EnforceWorkGroupConfiguration'),
    )
    .map((each) => ({
      what: 'a query of the analysts, MB scanned',
      needed: scannedBytesPerQuery(model) / MB,
      allowed: numberAt(each, 'WorkGroupConfiguration', 'BytesScannedCutoffPerQuery') / MB,
      consequence:
        'Athena cancels the query and charges what it read: a narrower one, or workgroups.analysts.scanCutoffMB',
      source: 'the template',
    }));
}
