import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Bill, billOf, byPrice, byResource, byService, unconfirmed } from '../../../cli/cost/bill.ts';
import { sum } from '../../../cli/cost/flow.ts';
import { PRICE_TABLE, priceOf, priceOfSize, usdPerUnit } from '../../../cli/cost/price-table.ts';
import type { LoadProfile } from '../../../cli/cost/profile.ts';
import { idleProfile } from '../../../cli/cost/report.ts';
import { FREE_TYPES, PRICED_TYPES } from '../../../cli/cost/resource-types.ts';
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

/** Whatever costs by load, in one stage. */
const everything: readonly Resource[] = [
  ...pipeline,
  watchlist,
  lambda('filter-quotes', 'FilterQuotes'),
  consumer('FilterQuotes', 'quotes', { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 } }),
  lambda('serve-quotes', 'ServeQuotes', 512),
  consumer('ServeQuotes', 'quotes_filtered', { MaximumBatchingWindowInSeconds: 1 }),
  resource('AWS::S3::Bucket', 'StorageRaw1'),
  resource('AWS::S3::Bucket', 'StorageLake1'),
  resource('AWS::S3::Bucket', 'StorageAccessLogs1'),
  resource('AWS::KMS::Key', 'Key'),
  resource('AWS::Athena::WorkGroup', 'Analysts', { Name: 'tickerlake-dev-analysts' }),
  resource('AWS::RDS::DBInstance', 'Database', {
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: 20,
    MaxAllocatedStorage: 50,
    BackupRetentionPeriod: 7,
  }),
  resource('AWS::Glue::Job', 'CompactionCompact', { WorkerType: 'G.1X', NumberOfWorkers: 2, Timeout: 60 }),
  resource('AWS::Glue::Trigger', 'Compaction', {
    Type: 'SCHEDULED',
    StartOnCreation: true,
    Schedule: 'cron(10 6 * * ? *)',
    Actions: [{ JobName: { Ref: 'CompactionCompact' } }],
  }),
  resource('AWS::Logs::LogGroup', 'Log', { RetentionInDays: 14 }),
];

const load = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);

const profiles = fc
  .record({
    hours: fc.constantFrom<LoadProfile['hours']>('market', 'always'),
    arrivals: fc.constantFrom<LoadProfile['arrivals']>('steady', 'bursts'),
    recordBytes: fc.integer({ min: 1, max: 5000 }),
    rawBytes: fc.integer({ min: 1, max: 2000 }),
    symbols: fc.integer({ min: 1, max: 10_000 }),
    lakeAgeMonths: fc.integer({ min: 0, max: 60 }),
    queriesPerDay: fc.integer({ min: 0, max: 10_000 }),
    quarantinedPerMillion: fc.integer({ min: 0, max: 1e6 }),
  })
  .map((given): LoadProfile => ({ ...ROUND, ...given }));

function at(profile: LoadProfile, quotesPerSecond: number): Bill {
  return billOf(everything, { ...profile, quotesPerSecond });
}

test('more quotes never cost less', () => {
  fc.assert(
    fc.property(profiles, load, load, (profile, one, other) => {
      const less = at(profile, Math.min(one, other)).usd;
      const more = at(profile, Math.max(one, other)).usd;
      expect(more).toBeGreaterThanOrEqual(less * (1 - 1e-9));
    }),
  );
});

test('only an archive of raw objects turns that round, where they become large enough for it', () => {
  const raw = resource('AWS::S3::Bucket', 'StorageRaw1', {
    LifecycleConfiguration: {
      Rules: [{ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
    },
  });
  const usd = (quotesPerSecond: number): number =>
    billOf([...pipeline, raw], { ...ROUND, quotesPerSecond, rawBytes: 100, lakeAgeMonths: 60 }).usd;
  // An object of half a second is 131,072 bytes at 2,621.44 quotes a second.
  expect(usd(2600)).toBeGreaterThan(usd(2650));
});

test('lines, services, resources and prices add up to the bill', () => {
  fc.assert(
    fc.property(profiles, load, (profile, quotesPerSecond) => {
      const bill = at(profile, quotesPerSecond);
      const close = expect.closeTo(bill.usd, 5);
      for (const sums of [bill.lines, byService(bill), byResource(bill), byPrice(bill)]) {
        expect(sum(sums.map(({ usd }) => usd))).toEqual(close);
      }
    }),
  );
});

test('every line is a quantity of at least 0 at the price of its unit', () => {
  fc.assert(
    fc.property(profiles, load, (profile, quotesPerSecond) => {
      for (const { price, unit, quantity, usd, service } of at(profile, quotesPerSecond).lines) {
        expect(quantity).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(quantity)).toBe(true);
        expect({ unit, service, usd }).toEqual({
          unit: priceOf(price).unit,
          service: priceOf(price).service,
          usd: quantity * usdPerUnit(price),
        });
      }
    }),
  );
});

test('an idle lake costs the same, whatever its quotes would be', () => {
  fc.assert(
    fc.property(profiles, (profile) => {
      const { usd, usdPerMillionQuotes } = billOf(everything, idleProfile(profile));
      expect(usd).toBeCloseTo(
        billOf(everything, idleProfile({ ...ROUND, lakeAgeMonths: profile.lakeAgeMonths })).usd,
        9,
      );
      expect(usdPerMillionQuotes).toBeUndefined();
    }),
  );
});

test('an idle pipeline is invoked by nothing, and stores nothing', () => {
  const { lines } = billOf(everything, idleProfile({ ...ROUND, otherLogGBPerGroup: 0 }));
  const byLoad = lines.filter(({ price }) =>
    /^(s3|lambda\.(requests|duration)|athena|cloudwatch\.logs)/.test(price),
  );
  expect(byLoad.filter(({ quantity }) => quantity !== 0)).toEqual([]);
});

test('per million quotes is the bill by the quotes of a month', () => {
  const bill = billOf([serverless, topics], ROUND);
  expect(bill.usdPerMillionQuotes).toBeCloseTo(bill.usd / 262.8, 9);
});

test('a hand-worked bill: a serverless cluster that one function lands from', () => {
  const { usd } = billOf([serverless, topics], { ...ROUND, quotesPerSecond: 0 });
  // 730 × 0.75 + 8 × 730 × 0.0015
  expect(usd).toBeCloseTo(547.5 + 8.76, 9);
  const loaded = billOf([serverless, topics, ...landing], ROUND);
  // 26.28 GB in at 0.10 and out at 0.05, 7 of 30.4167 days of it kept at 0.10
  expect(sum(loaded.lines.filter(({ service }) => service === 'MSK').map((line) => line.usd))).toBeCloseTo(
    556.26 + 2.628 + 1.314 + (2.628 * 7) / (730 / 24),
    9,
  );
});

test('a type that nobody has priced fails, by its name and its place', () => {
  const odd = resource('AWS::Kinesis::Stream', 'Odd');
  expect(() => billOf([odd], ROUND)).toThrow(
    expect.objectContaining({
      code: 'TEMPLATE_UNSUPPORTED',
      message: 'nobody has said what AWS::Kinesis::Stream costs (stack/Odd)',
      hint: expect.stringContaining('cli/cost/resource-types.ts'),
    }),
  );
});

test('a size that has no price fails, with those that have', () => {
  expect(() => priceOfSize('rds.instance', 'db.x9.huge')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      hint: expect.stringContaining('rds.instance.db.m7g.large'),
    }),
  );
  const cluster = {
    ...provisioned,
    properties: {
      ...provisioned.properties,
      BrokerNodeGroupInfo: { InstanceType: 'kafka.none', StorageInfo: { EBSStorageInfo: { VolumeSize: 1 } } },
    },
  };
  expect(() => billOf([cluster], ROUND)).toThrow('cli/cost/prices.json has no price msk.broker.kafka.none');
});

test('a type is priced or free, not both, and a free one has its reason', () => {
  expect(Object.keys(PRICED_TYPES).filter((type) => type in FREE_TYPES)).toEqual([]);
  expect(Object.values(FREE_TYPES).filter((reason) => reason.length < 10)).toEqual([]);
});

test('each price has a positive figure, its page at AWS, its day and where it was seen', () => {
  for (const { usd, per = 1, unit, page, asOf, seenIn } of Object.values(PRICE_TABLE.prices)) {
    expect(usd).toBeGreaterThan(0);
    expect(per).toBeGreaterThanOrEqual(1);
    expect(unit).not.toBe('');
    expect(page).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing/);
    expect(asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(seenIn).not.toBe('');
  }
});

test('what a bill owes to unconfirmed prices is said', () => {
  const bill = billOf(
    [provisioned, resource('AWS::EC2::EIP', 'Address'), resource('AWS::KMS::Key', 'Key')],
    ROUND,
  );
  // 2,190 broker-hours at 0.204 and 730 at 0.005
  expect(unconfirmed(bill)).toEqual({
    prices: ['msk.broker.kafka.m7g.large', 'vpc.address'],
    usd: expect.closeTo(446.76 + 3.65, 6),
  });
});
