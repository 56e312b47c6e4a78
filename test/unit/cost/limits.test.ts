/** Each limit by the load just below it and just above. */
import { expect, test } from '@jest/globals';
import { brokenLimits } from '../../../cli/cost/limits.ts';
import type { LoadProfile } from '../../../cli/cost/profile.ts';
import type { Resource } from '../../../cli/cost/resources.ts';
import {
  consumer,
  lambda,
  landing,
  pipeline,
  provisioned,
  ROUND,
  resource,
  serverless,
  topics,
  watchlist,
} from './stage.ts';

function broken(
  resources: readonly Resource[],
  quotesPerSecond: number,
  profile: Partial<LoadProfile> = {},
): string[] {
  return brokenLimits({ resources, profile: { ...ROUND, ...profile, quotesPerSecond } }).map(
    ({ what }) => what,
  );
}

const prodTopics = resource('AWS::MSK::Topic', 'Quotes', { TopicName: 'quotes', PartitionCount: 4 });
const database = resource('AWS::RDS::DBInstance', 'Database', {
  DBInstanceClass: 'db.t4g.micro',
  AllocatedStorage: 20,
  MaxAllocatedStorage: 50,
});
const compaction = [
  resource('AWS::Glue::Job', 'CompactionCompact', { WorkerType: 'G.1X', NumberOfWorkers: 2, Timeout: 60 }),
  resource('AWS::Glue::Trigger', 'Compaction', {
    Type: 'SCHEDULED',
    StartOnCreation: true,
    Schedule: 'cron(10 6 * * ? *)',
    Actions: [{ JobName: { Ref: 'CompactionCompact' } }],
  }),
];
const producer = { ...lambda('produce-quotes', 'Producer', 1769), type: 'AWS::Lambda::Function' };

test.each<[string, readonly Resource[], number]>([
  // 4 partitions of 5 MB/s, 100 bytes a record
  ['MSK Serverless, MB/s into a partition of quotes', [serverless, topics], 200_000],
  // 4 partitions of 10 MB/s, one reader
  ['MSK Serverless, MB/s out of a partition of quotes', [serverless, topics, ...landing], 400_000],
  ['MSK Serverless, MB/s into the cluster', [serverless, topics], 2_000_000],
  // 3 brokers: 78.75 × 3 / 3 to disks, 117 × 3 / (1 + 2) of network; four fifths of the less
  ['brokers, MB/s in', [provisioned, prodTopics, ...landing], 630_000],
  // 7 days of 100 bytes, three copies on three brokers; 85 % of 500 GiB
  ['disk of a broker, GB', [provisioned, prodTopics], (0.85 * 500 * 1.073741824e9) / (604_800 * 100)],
  // 4 pollers of 5 MB/s
  ['pollers of QuotesLandingLandQuotesSource, MB/s', [serverless, topics, ...landing], 200_000],
  // 19 CPU s a million at one vCPU, in 60 seconds
  ['produce-quotes, seconds for the quotes of one period', [serverless, topics, producer], 1e6 / 19],
  // 18 CPU s a million of a tenth of the quotes, on 80 % of 2 vCPU
  ['db.t4g.micro, vCPUs for writing alone', [serverless, topics, watchlist, database], 1.6e7 / 18],
  // 50 GB of 100 bytes a row, a tenth of the quotes, a month
  ['disk of the database, GB', [serverless, topics, watchlist, database], 50e9 / 100 / 0.1 / 2_628_000],
  // 60 minutes less 2: on 4 cores 204.7 million rows; a day of quotes and the tenth of it over two runs
  ['a run of compaction, minutes', [serverless, topics, watchlist, ...compaction], 0],
])('%s', (what, resources, most) => {
  const limit = what === 'a run of compaction, minutes' ? mostByCompaction(resources) : most;
  expect(broken(resources, limit * 0.999)).not.toContain(what);
  expect(broken(resources, limit * 1.001)).toContain(what);
});

/** One trigger alone compacts all that a day brings. */
function mostByCompaction(resources: readonly Resource[]): number {
  expect(resources).toHaveLength(5);
  const rowsPerRun = ((3600 - 120) * 4 * 1e6) / 68;
  return rowsPerRun / 86_400 / 1.1;
}

test('curation at once: computing and waiting, against what the event source may start', () => {
  // 6 CPU s a million, and 0.1 s an object of 10,000 records, the batch of one of four pollers: 16 s a million, 10 at once
  const what = 'curation of quotes, invocations at once';
  expect(broken(pipeline, 620_000)).not.toContain(what);
  expect(broken(pipeline, 630_000)).toContain(what);
});

test('a poller waits for one invocation before the next', () => {
  const slow = [serverless, topics, lambda('serve-quotes', 'Serve', 512), consumer('Serve', 'quotes')];
  const what = 'serve-quotes, seconds of work for a second at each poller of quotes';
  // 23 CPU s a million at 512/1769 of a vCPU, and 0.1 s for 10,000: 89.5 s a million for four pollers
  expect(broken(slow, 44_000)).not.toContain(what);
  expect(broken(slow, 45_500)).toContain(what);
});

test('a query that reads more than its workgroup allows', () => {
  const workgroup = resource('AWS::Athena::WorkGroup', 'Analysts', {
    Name: 'tickerlake-dev-analysts',
    WorkGroupConfiguration: {
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 1_000_000_000,
    },
  });
  // half of a day of 10 bytes a row
  const most = 1e9 / 0.5 / 10 / 86_400;
  expect(broken([serverless, topics, workgroup], most * 0.999)).toEqual([]);
  expect(broken([serverless, topics, workgroup], most * 1.001)).toEqual([
    'a query of the analysts, MB scanned',
  ]);
});

test('an idle lake holds', () => {
  expect(broken([...pipeline, watchlist, database, ...compaction, producer], 0)).toEqual([]);
});
