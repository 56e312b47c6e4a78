/** The smallest stage that has what a test of the cost model is about. */
import { DEFAULT_PROFILE, type LoadProfile } from '../../../cli/cost/profile.ts';
import type { Resource } from '../../../cli/cost/resources.ts';
import type { JsonObject } from '../../../local/template/template.ts';

export function resource(type: string, id: string, properties: JsonObject = {}, stack = 'stack'): Resource {
  return { stack, id, type, properties };
}

/** 100 quotes a second, always, of 100 bytes in Kafka: 730 hours are 2,628,000 seconds and 262.8 million quotes. */
export const ROUND: LoadProfile = {
  ...DEFAULT_PROFILE,
  quotesPerSecond: 100,
  hours: 'always',
  symbols: 10,
  recordBytes: 100,
  rawBytes: 50,
  curatedBytes: 20,
  historyBytes: 10,
  servedBytes: 100,
  quarantinedPerMillion: 0,
  lakeAgeMonths: 1,
};

export const SECONDS = 2_628_000;
export const RECORDS = 262_800_000;

export const serverless = resource('AWS::MSK::ServerlessCluster', 'Cluster');
export const topics = resource('Custom::KafkaTopics', 'Topics', {
  Topics: [
    { name: 'quotes', partitions: 4, config: { 'retention.ms': '604800000' } },
    { name: 'quotes_filtered', partitions: 4, config: { 'retention.ms': '604800000' } },
  ],
});

/** Keeps one symbol of ten. */
export const watchlist = resource('AWS::SSM::Parameter', 'QuoteFilterWatchlist', {
  Value: '{"symbols":["AAPL"]}',
});

export const provisioned = resource('AWS::MSK::Cluster', 'Cluster', {
  NumberOfBrokerNodes: 3,
  BrokerNodeGroupInfo: {
    InstanceType: 'kafka.m7g.large',
    ClientSubnets: ['a', 'b', 'c'],
    StorageInfo: { EBSStorageInfo: { VolumeSize: 500 } },
  },
  EnhancedMonitoring: 'DEFAULT',
});

export function lambda(part: string, id: string, memoryMiB = 1024): Resource {
  return resource('AWS::Lambda::Function', id, {
    FunctionName: `tickerlake-dev-${part}`,
    MemorySize: memoryMiB,
    Timeout: 60,
  });
}

/** An event source of a topic. */
export function consumer(functionId: string, topic: string, properties: JsonObject = {}): Resource {
  return resource('AWS::Lambda::EventSourceMapping', `${functionId}Source`, {
    Topics: [topic],
    BatchSize: 10_000,
    MaximumBatchingWindowInSeconds: 2,
    FunctionName: { Ref: functionId },
    ...properties,
  });
}

export const landing = [
  lambda('land-quotes', 'QuotesLandingLandQuotes'),
  consumer('QuotesLandingLandQuotes', 'quotes'),
];

/** Topic quotes landed and curated. */
export const pipeline: readonly Resource[] = [
  serverless,
  topics,
  ...landing,
  resource('AWS::SQS::Queue', 'QuotesCurationQueue'),
  lambda('curate-quotes', 'QuotesCurationCurateQuotes', 1769),
  resource('AWS::Lambda::EventSourceMapping', 'QuotesCurationSource', {
    EventSourceArn: { 'Fn::GetAtt': ['QuotesCurationQueue', 'Arn'] },
    FunctionName: { Ref: 'QuotesCurationCurateQuotes' },
    ScalingConfig: { MaximumConcurrency: 10 },
  }),
];
