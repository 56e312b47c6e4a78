import { describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../core/errors.ts';
import { STAGES } from '../../core/names.ts';
import { resolveConfig } from '../../lib/config/resolve-config.ts';
import { STAGE_DEFAULTS } from '../../lib/config/stage-defaults.ts';
import { RULES } from '../../lib/config/stage-rules.ts';

const complaint = (stage: string, overrides?: unknown): TickerlakeError => {
  try {
    resolveConfig(stage, overrides);
  } catch (error) {
    if (error instanceof TickerlakeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

/** Names of all properties, groups in groups. */
const names = (group: object): object =>
  Object.fromEntries(
    Object.entries(group)
      .sort(([left], [right]) => left.localeCompare(right))
      .map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'object' && value !== null ? names(value) : null,
      ]),
  );

describe('a stage', () => {
  test.each(STAGES)('%s has its defaults', (stage) => {
    expect(resolveConfig(stage)).toEqual(STAGE_DEFAULTS[stage]);
  });

  test.each(STAGES)('%s has a rule for each property, and none for what it has not', (stage) => {
    expect(names({ stage, ...RULES })).toEqual(names(STAGE_DEFAULTS[stage]));
  });

  test('takes overrides property by property', () => {
    const config = resolveConfig('dev', {
      dev: { landing: { batchSize: 500 } },
      prod: { lake: { start: '2020-01-01' } },
    });
    expect(config).toEqual({
      ...STAGE_DEFAULTS.dev,
      landing: { ...STAGE_DEFAULTS.dev.landing, batchSize: 500 },
    });
  });

  test('takes overrides of one workgroup and leaves the others', () => {
    const { workgroups } = resolveConfig('dev', { dev: { workgroups: { etl: { scanCutoffMB: 50 } } } });
    expect(workgroups).toEqual({
      ...STAGE_DEFAULTS.dev.workgroups,
      etl: { ...STAGE_DEFAULTS.dev.workgroups.etl, scanCutoffMB: 50 },
    });
  });

  test('that is not one is refused with those that are', () => {
    const error = complaint('staging');
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe('stage is "staging"; allowed is one of dev, prod');
    expect(error.hint).toContain('TICKERLAKE_STAGE');
  });
});

describe('an unknown property is refused with those that there are', () => {
  test.each([
    [{ qa: {} }, 'tickerlake has no property qa; it has dev, prod'],
    [{ dev: { brokers: {} } }, 'tickerlake.dev has no property brokers; it has network, cluster'],
    [
      { dev: { landing: { batchsize: 5 } } },
      'tickerlake.dev.landing has no property batchsize; it has batchSize',
    ],
    [
      { dev: { workgroups: { bi: {} } } },
      'tickerlake.dev.workgroups has no property bi; it has analysts, dashboards, etl',
    ],
    [
      { dev: { workgroups: { etl: { cutoff: 1 } } } },
      'tickerlake.dev.workgroups.etl has no property cutoff; it has scanCutoffMB, resultDays',
    ],
    [{ dev: { lake: { toString: 1 } } }, 'tickerlake.dev.lake has no property toString'],
  ])('%j', (overrides, message) => {
    expect(complaint('dev', overrides).message).toContain(message);
  });
});

describe('a value out of range is refused with what is allowed', () => {
  test.each([
    ['landing', 'batchSize', 10_001, 'a whole number from 1 to 10000'],
    ['landing', 'batchSize', 2.5, 'a whole number from 1 to 10000'],
    ['landing', 'batchWindowSeconds', 301, 'a whole number from 0 to 300'],
    ['curation', 'batchSize', 11, 'a whole number from 1 to 10'],
    ['curation', 'maximumConcurrency', 1, 'a whole number from 2 to 1000'],
    ['curation', 'timeoutSeconds', '120', 'a whole number from 30 to 900'],
    ['network', 'zones', 1, 'one of 2, 3'],
    ['network', 'cidr', '8.8.8.0/16', 'a private IPv4 range'],
    ['cluster', 'kafkaVersion', '3.9.x', 'runs on KRaft'],
    ['cluster', 'brokerType', 'kafka.t3.small', 'kafka.m7g.large'],
    ['lake', 'start', '1990-02-30', 'a date as yyyy-mm-dd'],
    ['lake', 'start', '2999-01-01', 'not after'],
    ['quotes', 'source', 'iex', 'one of simulator, tape, http'],
    ['quotes', 'scheduled', 'yes', 'true or false'],
    ['quotes', 'symbols', 'AAPL, MSFT', 'ticker symbols'],
    ['quotes', 'apiUrl', 'http://finnhub.io', 'an https URL'],
    ['quotes', 'apiSecretArn', 'my-key', 'the complete ARN'],
    ['filtering', 'symbols', 'aapl', 'ticker symbols'],
    ['filtering', 'movePercentOver', -0.5, 'a number from 0 to 100'],
    ['filtering', 'movePercentOver', '3', 'a number from 0 to 100'],
    ['serving', 'engineVersion', '17', 'with its minor, such as 17.9'],
    ['serving', 'engineVersion', '16.9', 'RDS for PostgreSQL 17'],
    ['serving', 'instanceType', 't4g.micro', 'such as db.t4g.micro'],
    ['serving', 'storageGiB', 10, 'a whole number from 20 to'],
    ['serving', 'backupDays', 0, 'a whole number from 1 to 35'],
    ['serving', 'backupWindow', '24:00-24:30', 'such as 06:00-06:30'],
    ['serving', 'maintenanceWindow', '07:00-07:30', 'such as sun:07:00-sun:07:30'],
    ['serving', 'insights', 'off', 'one of standard, advanced'],
    ['jobs', 'workerType', 'Standard', 'such as G.1X'],
    ['jobs', 'workers', 1, 'a whole number from 2 to 299'],
    ['jobs', 'compactionSchedule', 'rate(1 hour)', 'such as cron(10 * * * ? *)'],
    ['jobs', 'qualityAction', 'ignore', 'one of fail, warn'],
    ['jobs', 'listingWindowSeconds', 901, 'a whole number from 10 to 900'],
    ['dashboard', 'authors', 'arn:aws:iam::123456789012:user/jane', 'ARNs of QuickSight users and groups'],
    ['dashboard', 'authors', 'jane@example.com', 'such as arn:aws:quicksight:'],
    [
      'dashboard',
      'readers',
      'arn:aws:quicksight:us-east-1:123456789012:namespace/default',
      'users and groups',
    ],
    ['dashboard', 'importDays', 0, 'a whole number from 1 to 365'],
    ['dashboard', 'refresh', 'weekly', 'one of hourly, daily'],
    ['operations', 'logDays', 15, 'one of 1, 3, 5, 7, 14'],
    ['operations', 'alarmTopicArn', 'on-call', "an SNS topic's ARN"],
    ['operations', 'runbookUrl', 'http://wiki/runbook', 'an https URL'],
    ['operations', 'alarmEmail', 'jane', 'an e-mail address'],
    ['operations', 'monthlyBudgetUSD', -1, 'a number from 0 to'],
    ['operations', 'probeMinutes', 10, 'a whole number from 1 to 5'],
    ['operations', 'freshnessSeconds', 30, 'a whole number from 60 to'],
    ['operations', 'freshnessPercent', 100, 'a number from 94 to 99.99'],
    ['operations', 'compactionHours', 0, 'a whole number from 1 to'],
  ])('%s.%s: %j', (section, property, value, allowed) => {
    const error = complaint('dev', { dev: { [section]: { [property]: value } } });
    expect(error.message).toContain(
      `tickerlake.dev.${section}.${property} is ${JSON.stringify(value)}; allowed is`,
    );
    expect(error.message).toContain(allowed);
    expect(error.hint).toContain('cdk.json');
  });
});

describe('a workgroup’s value out of range is refused with what is allowed', () => {
  test.each([
    ['analysts', { scanCutoffMB: 9 }, 'analysts.scanCutoffMB is 9; allowed is a whole number from 10 to'],
    ['dashboards', { resultDays: 0 }, 'dashboards.resultDays is 0; allowed is a whole number from 1 to'],
    ['etl', 5, 'etl is 5; allowed is an object of properties'],
  ])('%s: %j', (audience, value, message) => {
    expect(complaint('dev', { dev: { workgroups: { [audience]: value } } }).message).toContain(
      `tickerlake.dev.workgroups.${message}`,
    );
  });
});

describe('what cannot hold together is refused with the way out', () => {
  test.each([
    ['a provisioned cluster in two zones', { cluster: { kind: 'provisioned' } }, 'set network.zones to 3'],
    ['limited retries with on-demand pollers', { landing: { retryAttempts: 5 } }, 'landing.minimumPollers'],
    [
      'provisioned pollers that give up soon',
      { landing: { minimumPollers: 1, maximumPollers: 2, retryAttempts: 10 } },
      '10000',
    ],
    [
      'fewer pollers at most than at least',
      { landing: { minimumPollers: 3, maximumPollers: 2 } },
      'together',
    ],
    ['an API without a key', { quotes: { source: 'http' } }, 'aws secretsmanager create-secret'],
    [
      'a watchlist of nothing',
      { filtering: { symbols: '' } },
      'filtering.symbols, filtering.movePercentOver or filtering.volumeOver',
    ],
    ['a disk that cannot grow', { serving: { maximumStorageGiB: 22, storageGiB: 21 } }, 'maximumStorageGiB'],
    ['a backup window of minutes', { serving: { backupWindow: '23:50-00:10' } }, 'serving.backupWindow'],
    [
      'maintenance in the time of the backup',
      { serving: { maintenanceWindow: 'wed:06:29-wed:07:00' } },
      'serving.maintenanceWindow',
    ],
    [
      'maintenance in the time of the backup, around the end of the week',
      { serving: { maintenanceWindow: 'sun:23:30-mon:00:30', backupWindow: '00:20-01:00' } },
      'serving.maintenanceWindow',
    ],
    ['advanced insights into the smallest', { serving: { insights: 'advanced' } }, 'serving.insights'],
    ['a proxy dearer than the instance', { serving: { proxy: true } }, 'serving.proxy'],
    [
      'symbols from the listing and from elsewhere',
      { quotes: { symbolsFromListing: true, symbols: 'AAPL' } },
      'quotes.symbolsFromListing',
    ],
    [
      'symbols from the listing and from a file',
      { quotes: { symbolsFromListing: true, listingKey: 'reference/nasdaq_listed/nasdaqlisted.txt' } },
      'quotes.symbolsFromListing',
    ],
    [
      'symbols from the listing for a tape',
      { quotes: { symbolsFromListing: true, source: 'tape', tapeKey: 'tapes/monday.ndjson' } },
      'quotes.symbolsFromListing',
    ],
    [
      'an objective that no run can meet',
      { quotes: { periodMinutes: 5 } },
      'raise operations.freshnessSeconds',
    ],
    ['a budget that nobody is told of', { operations: { monthlyBudgetUSD: 50 } }, 'operations.alarmEmail'],
    [
      'a compaction that is stale before it can end',
      { operations: { compactionHours: 1 } },
      'raise operations.compactionHours',
    ],
    ['a tape that is nowhere', { quotes: { source: 'tape' } }, 'quotes.tapeKey'],
    [
      'readers of a dashboard that there is not',
      { dashboard: { readers: 'arn:aws:quicksight:us-east-1:123456789012:group/default/everybody' } },
      'set dashboard.authors',
    ],
  ])('%s', (_case, overrides, hint) => {
    const error = complaint('dev', { dev: overrides });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.hint).toContain(hint);
  });
});

describe('stage prod', () => {
  test.each([
    ['a backup of days', { serving: { backupDays: 6 } }, 'serving.backupDays to 7'],
    ['a database that may be deleted', { serving: { deletionProtection: false } }, 'by hand'],
  ])('refuses %s', (_case, overrides, hint) => {
    expect(complaint('prod', { prod: overrides }).hint).toContain(hint);
    expect(() => resolveConfig('dev', { dev: overrides })).not.toThrow();
  });
});

test('a fraction of a percent is a limit, and windows may touch', () => {
  const overrides = {
    filtering: { symbols: '', movePercentOver: 0.25 },
    serving: { backupWindow: '23:30-00:00', maintenanceWindow: 'mon:00:00-mon:00:30' },
  };
  expect(resolveConfig('dev', { dev: overrides })).toMatchObject(overrides);
});

test('a dashboard’s principals are users of whatever kind, and groups, with commas between', () => {
  const authors = [
    'arn:aws:quicksight:us-east-1:123456789012:user/default/AWSReservedSSO_Admin_0123/jane@example.com',
    'arn:aws-us-gov:quicksight:us-gov-west-1:123456789012:group/my-namespace/analysts',
  ].join(',');
  expect(resolveConfig('dev', { dev: { dashboard: { authors } } }).dashboard.authors).toBe(authors);
});
