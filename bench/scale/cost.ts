/** What a size costs: stage prod with the size's properties, priced by `tickerlake cost`'s own model. */
import { type Bill, billOf } from '../../cli/cost/bill.ts';
import { brokenLimits } from '../../cli/cost/limits.ts';
import { DEFAULT_PROFILE } from '../../cli/cost/profile.ts';
import { listAt, type Resource, resourceAt } from '../../cli/cost/resources.ts';
import { isObject, type JsonObject } from '../../local/template/template.ts';
import type { Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import type { Sizing } from './sizing.ts';

export interface SizedCost {
  readonly bill: Bill;
  /** What the stage still could not take, that the size says nothing of. */
  readonly stillBroken: readonly string[];
}

/** What the size says and the simulation checks, by the model's own names. */
const SIMULATED = /^(pollers of QuotesLanding|curation of quotes,|land-quotes,)/;
/** Brokers of the templates, as long as they are enough; from then on these. */
const LARGER_BROKER = 'kafka.m7g.xlarge';
const LEAST_BROKERS = 3;

/** @param prod the templates of stage prod */
export function costOf(
  prod: readonly Resource[],
  sizing: Sizing,
  demand: Demand,
  figures: Figures,
): SizedCost {
  const resources = prod.map((each) => sized(each, prod, sizing, demand));
  const profile = {
    ...DEFAULT_PROFILE,
    quotesPerSecond: sizing.quotesPerSecond,
    rawBytes: figures.land.bytesPerRecord,
    curatedBytes: figures.curate.bytesPerRecord,
  };
  return {
    bill: billOf(resources, profile),
    stillBroken: brokenLimits({ resources, profile })
      .map(({ what }) => what)
      .filter((what) => !SIMULATED.test(what)),
  };
}

function sized(each: Resource, all: readonly Resource[], sizing: Sizing, demand: Demand): Resource {
  switch (each.type) {
    case 'AWS::MSK::Topic':
      return withProperties(each, { PartitionCount: Math.max(LEAST_PARTITIONS, sizing.partitions) });
    case 'AWS::MSK::Cluster':
      return sizedCluster(each, sizing, demand);
    case 'AWS::Lambda::EventSourceMapping':
      return sizedEventSource(each, all, sizing);
    case 'AWS::Lambda::Function':
      return /LandQuotes|CurateQuotes/.test(each.id)
        ? withProperties(each, { MemorySize: sizing.memoryMiB })
        : each;
    case 'AWS::Glue::Job':
      return each.id.includes('Compact')
        ? withProperties(each, { NumberOfWorkers: demand.compactionWorkers })
        : each;
    default:
      return each;
  }
}

/** Those of the templates: partitions never become fewer. */
const LEAST_PARTITIONS = 4;

function sizedCluster(each: Resource, sizing: Sizing, demand: Demand): Resource {
  const nodes = each.properties['BrokerNodeGroupInfo'];
  if (demand.standardBrokers <= LEAST_BROKERS && sizing.pollers < LEAST_PARTITIONS) return each;
  return withProperties(each, {
    NumberOfBrokerNodes: demand.standardBrokers,
    BrokerNodeGroupInfo: {
      ...(isObject(nodes) ? nodes : {}),
      InstanceType: LARGER_BROKER,
      StorageInfo: { EBSStorageInfo: { VolumeSize: demand.brokerStorageGiB } },
    },
  });
}

function sizedEventSource(each: Resource, all: readonly Resource[], sizing: Sizing): Resource {
  const topics = listAt(each, 'Topics');
  const consumer = resourceAt(all, each, 'FunctionName')?.id ?? '';
  if (topics.length === 0) {
    const isCuration = consumer.startsWith('QuotesCuration');
    return isCuration
      ? withProperties(each, { ScalingConfig: { MaximumConcurrency: sizing.curateConcurrency } })
      : each;
  }
  // The derived topic has a few hundredths of the quotes.
  if (topics[0] !== 'quotes') return each;
  return withProperties(each, {
    BatchSize: sizing.batchRecords,
    ...(consumer.includes('LandQuotes') && { MaximumBatchingWindowInSeconds: sizing.batchWindowSeconds }),
    ProvisionedPollerConfig: { MinimumPollers: sizing.pollers, MaximumPollers: sizing.pollers },
  });
}

function withProperties(each: Resource, properties: JsonObject): Resource {
  return { ...each, properties: { ...each.properties, ...properties } };
}
