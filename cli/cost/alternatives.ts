/**
 * Other ways to run a stage. Each is a change of its templates, priced by the same model: what it saves is one bill less another.
 */
import { isObject, type JsonObject } from '../../local/template/template.ts';
import { compactionRuns } from './batch-flow.ts';
import { billOf } from './bill.ts';
import { DAYS_PER_MONTH } from './flow.ts';
import type { LoadProfile } from './profile.ts';
import { listAt, ofType, optionalNumberAt, type Resource, textAt, valueAt } from './resources.ts';

interface AlternativeDefinition {
  readonly name: string;
  /** Which property does it, or what else. */
  readonly how: string;
  /** What is different then, beside the bill. */
  readonly behaviour: string;
  /** The templates as they would be; undefined where it is so already. */
  readonly apply: (resources: readonly Resource[]) => readonly Resource[] | undefined;
}

export interface Alternative {
  readonly name: string;
  readonly how: string;
  readonly behaviour: string;
  /** USD a month; below 0 it costs more. */
  readonly saves: number;
}

/** Those that differ from the stage, the most saved first. */
export function alternativesOf(resources: readonly Resource[], profile: LoadProfile): Alternative[] {
  const { usd } = billOf(resources, profile);
  return DEFINITIONS.flatMap(({ apply, ...said }) => {
    const changed = apply(resources);
    return changed === undefined ? [] : [{ ...said, saves: usd - billOf(changed, profile).usd }];
  }).sort((left, right) => right.saves - left.saves);
}

const DEFINITIONS: readonly AlternativeDefinition[] = [
  {
    name: 'MSK Serverless',
    how: 'cluster.kind serverless, before the first deployment',
    behaviour:
      'no broker to size; 5 MB/s into a partition, 200 MB/s in all; a new log beside the old where one is replaced',
    apply: (resources) => {
      if (ofType(resources, 'AWS::MSK::Cluster').length === 0) return undefined;
      return resources
        .filter(({ type }) => type !== 'AWS::MSK::Configuration')
        .map((each) => {
          if (each.type === 'AWS::MSK::Cluster')
            return { ...each, type: 'AWS::MSK::ServerlessCluster', properties: {} };
          return each.type === 'AWS::MSK::Topic' ? asServerlessTopic(each) : each;
        });
    },
  },
  {
    name: 'provisioned MSK, 3 × m7g.large',
    how: 'cluster.kind provisioned with network.zones 3, before the first deployment',
    behaviour:
      'capacity and disks to look after; provisioned pollers and diverted batches become possible; a third zone of endpoints',
    apply: (resources) => {
      if (ofType(resources, 'AWS::MSK::ServerlessCluster').length === 0) return undefined;
      return resources.flatMap((each) => {
        if (each.type === 'AWS::MSK::ServerlessCluster') return [asProvisioned(each)];
        if (each.type === 'Custom::KafkaTopics') return asProvisionedTopics(each);
        return [each.type === 'AWS::EC2::VPCEndpoint' ? inThreeZones(each) : each];
      });
    },
  },
  {
    name: 'on-demand pollers',
    how: 'landing.minimumPollers 0',
    behaviour:
      'slower to scale; no partial batch answers and no diverted batches: one that fails blocks its partition',
    apply: changing(hasPollers, (each) => without(each, 'ProvisionedPollerConfig', 'MetricsConfig')),
  },
  {
    name: 'provisioned pollers',
    how: 'landing.minimumPollers 1, with a provisioned cluster',
    behaviour: 'ready for bursts; batches that fail can be bisected and diverted',
    apply: changing(isOnDemand, (each) =>
      withProperty(each, { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 } }),
    ),
  },
  {
    name: 'one group of pollers',
    how: 'PollerGroupName in lib/constructs/stream/topic-consumer.ts; no property yet',
    behaviour: 'event sources share the units that they pay for, and what slows one slows the others',
    apply: changing(
      (each) => hasPollers(each) && valueAt(each, 'ProvisionedPollerConfig', 'PollerGroupName') === undefined,
      (each) =>
        withProperty(each, {
          ProvisionedPollerConfig: {
            ...(valueAt(each, 'ProvisionedPollerConfig') as JsonObject),
            PollerGroupName: 'tickerlake',
          },
        }),
    ),
  },
  {
    name: 'NAT gateway for endpoints',
    how: 'lib/constructs/network/lake-network.ts; no property',
    behaviour: 'traffic to AWS leaves the VPC; one zone carries it; the internet can be reached from inside',
    apply: (resources) => {
      const [first] = ofType(resources, 'AWS::EC2::VPCEndpoint').filter(isInterface);
      if (first === undefined || ofType(resources, 'AWS::EC2::NatGateway').length > 0) return undefined;
      const nat: Resource = { ...first, id: 'NatGateway', type: 'AWS::EC2::NatGateway', properties: {} };
      const address: Resource = { ...first, id: 'NatAddress', type: 'AWS::EC2::EIP', properties: {} };
      return [...resources.filter((each) => !isInterface(each)), nat, address];
    },
  },
  {
    name: 'endpoints in one zone',
    how: 'lib/constructs/network/lake-network.ts; no property',
    behaviour: 'when that zone fails nothing is polled or produced; other zones pay for the way there',
    apply: changing(
      (each) => isInterface(each) && listAt(each, 'SubnetIds').length > 1,
      (each) => withProperty(each, { SubnetIds: listAt(each, 'SubnetIds').slice(0, 1) as JsonObject[] }),
    ),
  },
  {
    name: 'broker metrics of the free level',
    how: 'EnhancedMonitoring in lib/constructs/stream/provisioned-cluster.ts; no property',
    behaviour: 'no throughput by topic and broker; lag, disk and CPU stay',
    apply: changing(
      (each) =>
        each.type === 'AWS::MSK::Cluster' && (textAt(each, 'EnhancedMonitoring') ?? 'DEFAULT') !== 'DEFAULT',
      (each) => withProperty(each, { EnhancedMonitoring: 'DEFAULT' }),
    ),
  },
  {
    name: 'no RDS Proxy',
    how: 'serving.proxy false',
    behaviour: 'each function has connections of its own; a failover takes longer to notice',
    apply: removing(
      (each) => each.type === 'AWS::RDS::DBProxy' || each.type === 'AWS::RDS::DBProxyTargetGroup',
    ),
  },
  {
    name: 'one zone for the database',
    how: 'serving.multiAz false',
    behaviour:
      'an outage of some ten minutes when the instance fails; what was not served meanwhile waits in the topic',
    apply: changing(
      (each) => each.type === 'AWS::RDS::DBInstance' && valueAt(each, 'MultiAZ') === true,
      (each) => withProperty(each, { MultiAZ: false }),
    ),
  },
  {
    name: 'no read replica',
    how: 'serving.readReplica false, before the first deployment',
    behaviour: 'readers share the instance that is written to',
    apply: removing((each) => valueAt(each, 'SourceDBInstanceIdentifier') !== undefined),
  },
  {
    name: 'standard Database Insights',
    how: 'serving.insights standard',
    behaviour: 'seven days of load by statement instead of fifteen months',
    apply: changing(
      (each) => textAt(each, 'DatabaseInsightsMode') === 'advanced',
      (each) => withProperty(each, { DatabaseInsightsMode: 'standard' }),
    ),
  },
  {
    name: 'compaction every six hours',
    how: 'jobs.compactionSchedule cron(10 0/6 * * ? *)',
    behaviour: 'queries open up to six hours of small files',
    apply: (resources) => {
      const runsPerDay = compactionRuns(resources) / DAYS_PER_MONTH / 2;
      if (runsPerDay <= 4) return undefined;
      return changing(isCompactionTrigger, (each) =>
        withProperty(each, { Schedule: 'cron(10 0/6 * * ? *)' }),
      )(resources);
    },
  },
  {
    name: 'landing windows of a minute',
    how: 'landing.batchWindowSeconds 60',
    behaviour:
      'fewer and larger objects, and less to open for a query; quotes are queryable up to a minute later',
    apply: changing(
      (each) => isLanding(each) && (optionalNumberAt(each, 'MaximumBatchingWindowInSeconds') ?? 0) < 60,
      (each) => withProperty(each, { MaximumBatchingWindowInSeconds: 60 }),
    ),
  },
  {
    name: 'an archive of raw after 90 days',
    how: 'lake.rawArchiveDays 90',
    behaviour: 'reading an archived object costs more; objects below 128 KiB stay where they are',
    apply: changing(
      (each) =>
        each.id.startsWith('StorageRaw') &&
        each.type === 'AWS::S3::Bucket' &&
        !JSON.stringify(each.properties).includes('GLACIER_IR'),
      (each) =>
        withProperty(each, {
          LifecycleConfiguration: {
            Rules: [{ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
          },
        }),
    ),
  },
  {
    name: 'a dashboard, imported into SPICE',
    how: 'dashboard.authors and .readers',
    behaviour: 'charts as old as the last import, however many look',
    apply: (resources) => withDashboard(resources, 'SPICE'),
  },
  {
    name: 'a dashboard, by direct query',
    how: 'dashboard.authors and .readers, and core/dashboard/ with importMode DIRECT_QUERY',
    behaviour: 'charts as new as the lake; each look waits for Athena, and is charged',
    apply: (resources) => withDashboard(resources, 'DIRECT_QUERY'),
  },
  {
    name: 'direct query instead of SPICE',
    how: 'core/dashboard/ with importMode DIRECT_QUERY',
    behaviour: 'charts as new as the lake; each look waits for Athena, and is charged',
    apply: changing(
      (each) => each.type === 'AWS::QuickSight::DataSet' && textAt(each, 'ImportMode') === 'SPICE',
      (each) => withProperty(each, { ImportMode: 'DIRECT_QUERY' }),
      (each) => each.type !== 'AWS::QuickSight::RefreshSchedule',
    ),
  },
];

/** A change of some resources; undefined where there is none of these. */
function changing(
  isMeant: (each: Resource) => boolean,
  change: (each: Resource) => Resource,
  isKept: (each: Resource) => boolean = () => true,
): AlternativeDefinition['apply'] {
  return (resources) =>
    resources.some(isMeant)
      ? resources.filter(isKept).map((each) => (isMeant(each) ? change(each) : each))
      : undefined;
}

function removing(isMeant: (each: Resource) => boolean): AlternativeDefinition['apply'] {
  return (resources) => (resources.some(isMeant) ? resources.filter((each) => !isMeant(each)) : undefined);
}

function withProperty(each: Resource, properties: JsonObject): Resource {
  return { ...each, properties: { ...each.properties, ...properties } };
}

function without(each: Resource, ...names: readonly string[]): Resource {
  const kept = Object.entries(each.properties).filter(([name]) => !names.includes(name));
  return { ...each, properties: Object.fromEntries(kept) };
}

function isConsumer(each: Resource): boolean {
  return each.type === 'AWS::Lambda::EventSourceMapping' && listAt(each, 'Topics').length > 0;
}

function hasPollers(each: Resource): boolean {
  return isConsumer(each) && valueAt(each, 'ProvisionedPollerConfig') !== undefined;
}

function isOnDemand(each: Resource): boolean {
  return isConsumer(each) && !hasPollers(each);
}

function isLanding(each: Resource): boolean {
  return isConsumer(each) && JSON.stringify(valueAt(each, 'FunctionName')).includes('LandQuotes');
}

function isInterface(each: Resource): boolean {
  return each.type === 'AWS::EC2::VPCEndpoint' && textAt(each, 'VpcEndpointType') === 'Interface';
}

function isCompactionTrigger(each: Resource): boolean {
  return (
    each.type === 'AWS::Glue::Trigger' &&
    textAt(each, 'Type') === 'SCHEDULED' &&
    listAt(each, 'Actions').some(
      (action) => isObject(action) && JSON.stringify(action['JobName']).includes('Compact'),
    )
  );
}

const SEVEN_DAYS_MS = 604_800_000;

function asServerlessTopic(topic: Resource): Resource {
  const { TopicName: name, PartitionCount: partitions } = topic.properties;
  const definition = {
    name: name ?? '',
    partitions: partitions ?? 0,
    config: { 'retention.ms': String(SEVEN_DAYS_MS) },
  };
  return { ...topic, type: 'Custom::KafkaTopics', properties: { Topics: [definition] } };
}

function asProvisioned(cluster: Resource): Resource {
  const properties: JsonObject = {
    NumberOfBrokerNodes: 3,
    BrokerNodeGroupInfo: {
      InstanceType: 'kafka.m7g.large',
      ClientSubnets: ['a', 'b', 'c'],
      StorageInfo: { EBSStorageInfo: { VolumeSize: 100 } },
    },
    EnhancedMonitoring: 'PER_TOPIC_PER_BROKER',
  };
  return { ...cluster, type: 'AWS::MSK::Cluster', properties };
}

function asProvisionedTopics(resource: Resource): Resource[] {
  return (listAt(resource, 'Topics') as readonly JsonObject[]).map(({ name, partitions }) => ({
    ...resource,
    type: 'AWS::MSK::Topic',
    properties: { TopicName: name ?? '', PartitionCount: partitions ?? 0 },
  }));
}

function inThreeZones(each: Resource): Resource {
  return isInterface(each) ? withProperty(each, { SubnetIds: ['a', 'b', 'c'] }) : each;
}

/** As the templates of lib/constructs/dashboard have it: two data sets imported, one asked directly, by default. */
const DASHBOARD_SETS = [
  { id: 'Candles', isImportable: true },
  { id: 'TradingDays', isImportable: true },
  { id: 'Ticks', isImportable: false },
] as const;

function withDashboard(
  resources: readonly Resource[],
  importMode: 'SPICE' | 'DIRECT_QUERY',
): readonly Resource[] | undefined {
  if (ofType(resources, 'AWS::QuickSight::Dashboard').length > 0) return undefined;
  const at = (id: string, type: string, properties: JsonObject): Resource => ({
    stack: 'dashboard',
    id,
    type,
    properties,
  });
  const source = at('LakeSource', 'AWS::QuickSight::DataSource', { Type: 'ATHENA' });
  const sets = DASHBOARD_SETS.flatMap(({ id, isImportable }) => {
    const mode = isImportable ? importMode : 'DIRECT_QUERY';
    const set = at(id, 'AWS::QuickSight::DataSet', { ImportMode: mode, Source: { Ref: source.id } });
    const schedule = at(`${id}Schedule`, 'AWS::QuickSight::RefreshSchedule', {
      Schedule: { ScheduleFrequency: { Interval: 'HOURLY' } },
    });
    return mode === 'SPICE' ? [set, schedule] : [set];
  });
  return [...resources, source, ...sets, at('Dashboard', 'AWS::QuickSight::Dashboard', {})];
}
