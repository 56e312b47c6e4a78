/** What each property of a stage may be, and what must hold between them. */
import type { StageConfig, WorkgroupConfig } from './stage-config.ts';
import { dailyMinutes, overlap, weeklyMinutes } from './time-windows.ts';
import type { Check } from './value-checks.ts';
import { date, number, oneOf, text, truth, whole } from './value-checks.ts';

/** A check for each property; a group of properties has rules of its own. */
type RulesOf<T> = { readonly [P in keyof T]: T[P] extends object ? RulesOf<T[P]> : Check };

/** Retention periods that CloudWatch Logs knows: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const SYMBOLS_OR_EMPTY = text(
  /^([A-Z][A-Z.-]{0,9}(,[A-Z][A-Z.-]{0,9})*)?$/,
  'ticker symbols with commas between, or empty',
);

const HOUR = String.raw`([01]\d|2[0-3]):[0-5]\d`;
const DAY = '(mon|tue|wed|thu|fri|sat|sun)';

const KEY_OR_EMPTY = text(/^[\w./=-]*$/, 'an S3 key of letters, digits, and . / = _ -, or empty');

const WORKGROUP: RulesOf<WorkgroupConfig> = {
  scanCutoffMB: whole(10, 10_000_000),
  resultDays: whole(1, 3650),
};

/** Of users and groups alone: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonquicksight.html */
const QUICKSIGHT_PRINCIPAL = String.raw`arn:aws[\w-]*:quicksight:[a-z]{2}[\w-]*:\d{12}:(user|group)/[\w.-]+/[^,\s]+`;
const QUICKSIGHT_PRINCIPALS = text(
  new RegExp(`^(${QUICKSIGHT_PRINCIPAL}(,${QUICKSIGHT_PRINCIPAL})*)?$`),
  'ARNs of QuickSight users and groups with commas between, such as arn:aws:quicksight:us-east-1:123456789012:group/default/analysts, or empty',
);

/** What produce, landing and curation take together, with their batch windows. */
const PIPELINE_SECONDS = 60;

export const RULES: RulesOf<Omit<StageConfig, 'stage'>> = {
  network: {
    zones: oneOf(2, 3),
    cidr: text(
      /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){1,3}\/(1[6-9]|2[0-2])$/,
      'a private IPv4 range with a prefix from /16 to /22, such as 10.60.0.0/16',
    ),
  },
  cluster: {
    kind: oneOf('serverless', 'provisioned'),
    kafkaVersion: text(/^\d\.\d+\.x\.kraft$/, 'an MSK version that runs on KRaft, such as 3.9.x.kraft'),
    brokerType: text(
      /^kafka\.m[57]g?\.\d*x?large$/,
      'a standard broker type, such as kafka.m7g.large; 3.9 on KRaft does not run on t3',
    ),
    brokerStorageGiB: whole(1, 16_384),
  },
  lake: {
    start: date('2026-01-01'),
    noncurrentVersionDays: whole(1, 3650),
    coveredExpiryDays: whole(2, 3650),
    rawArchiveDays: whole(0, 3650),
    accessLogDays: whole(1, 3650),
    accessTrail: truth,
  },
  quotes: {
    source: oneOf('simulator', 'tape', 'http'),
    scheduled: truth,
    periodMinutes: whole(1, 390),
    symbols: SYMBOLS_OR_EMPTY,
    listingKey: KEY_OR_EMPTY,
    symbolsFromListing: truth,
    simulatorSeed: whole(0, 2_147_483_647),
    tapeKey: KEY_OR_EMPTY,
    api: oneOf('iex', 'finnhub'),
    apiUrl: text(/^https:\/\/[^\s/]+(\/\S*)?$/, 'an https URL'),
    apiSecretArn: text(
      /^(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+-\w{6})?$/,
      'the complete ARN of a Secrets Manager secret, its six random letters included, or empty',
    ),
    apiRatePerSecond: whole(1, 1000),
  },
  landing: {
    batchSize: whole(1, 10_000),
    batchWindowSeconds: whole(0, 300),
    memoryMiB: whole(256, 10_240),
    minimumPollers: whole(0, 200),
    maximumPollers: whole(0, 2000),
    retryAttempts: whole(0, 10_000),
  },
  curation: {
    batchSize: whole(1, 10),
    maximumConcurrency: whole(2, 1000),
    memoryMiB: whole(512, 10_240),
    timeoutSeconds: whole(30, 900),
    receiveAttempts: whole(2, 1000),
    // Not below the time that one sweep has.
    sweepMinutes: whole(15, 360),
  },
  filtering: {
    symbols: SYMBOLS_OR_EMPTY,
    movePercentOver: number(0, 100),
    volumeOver: whole(0, Number.MAX_SAFE_INTEGER),
    batchSize: whole(1, 10_000),
    batchWindowSeconds: whole(0, 300),
    memoryMiB: whole(256, 10_240),
  },
  serving: {
    // What runs locally is of this major.
    engineVersion: text(/^17\.\d{1,2}$/, 'a version of RDS for PostgreSQL 17 with its minor, such as 17.9'),
    instanceType: text(
      /^db\.[a-z]\d\w*\.(micro|small|medium|\d*x?large)$/,
      'an instance class of RDS, such as db.t4g.micro or db.m7g.large',
    ),
    storageGiB: whole(20, 65_536),
    maximumStorageGiB: whole(22, 65_536),
    maximumConnections: whole(30, 5000),
    multiAz: truth,
    readReplica: truth,
    proxy: truth,
    // Not 0: without automated backups there is neither a restore to a point in time nor a replica.
    backupDays: whole(1, 35),
    backupWindow: text(new RegExp(`^${HOUR}-${HOUR}$`), 'half an hour or more in UTC, such as 06:00-06:30'),
    maintenanceWindow: text(
      new RegExp(`^${DAY}:${HOUR}-${DAY}:${HOUR}$`),
      'half an hour or more in UTC, such as sun:07:00-sun:07:30',
    ),
    deletionProtection: truth,
    insights: oneOf('standard', 'advanced'),
    batchSize: whole(1, 10_000),
    batchWindowSeconds: whole(0, 300),
    memoryMiB: whole(256, 10_240),
    crawlerScheduled: truth,
  },
  jobs: {
    workerType: text(/^(G\.(1|2|4|8)X|R\.(1|2|4|8)X)$/, 'a worker type of Glue for Spark, such as G.1X'),
    // One of them is the driver's.
    workers: whole(2, 299),
    timeoutMinutes: whole(5, 2880),
    compactionScheduled: truth,
    compactionSchedule: text(/^cron\(\S+( \S+){5}\)$/, 'a schedule of Glue, such as cron(10 * * * ? *)'),
    targetFileMB: whole(16, 2048),
    qualityAction: oneOf('fail', 'warn'),
    freshnessHours: whole(1, 8760),
    optimizers: truth,
    snapshotDays: whole(1, 365),
    listingWindowSeconds: whole(10, 900),
  },
  workgroups: { analysts: WORKGROUP, dashboards: WORKGROUP, etl: WORKGROUP },
  dashboard: {
    authors: QUICKSIGHT_PRINCIPALS,
    readers: QUICKSIGHT_PRINCIPALS,
    importDays: whole(1, 365),
    refresh: oneOf('hourly', 'daily'),
  },
  operations: {
    logDays: oneOf(...LOG_DAYS),
    alarmTopicArn: text(/^(arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+)?$/, "an SNS topic's ARN, or empty"),
    codeSigningConfigArn: text(
      /^(arn:aws[\w-]*:lambda:[\w-]+:\d{12}:code-signing-config:csc-[a-z0-9]{17})?$/,
      "a code signing configuration's ARN, or empty",
    ),
    runbookUrl: text(/^(https:\/\/[^\s#]+)?$/, 'an https URL without a fragment, or empty'),
    alarmEmail: text(/^([^\s@,]+@[^\s@,]+\.[^\s@,]+)?$/, 'an e-mail address, or empty'),
    monthlyBudgetUSD: number(0, 1_000_000_000),
    anomalyMonitorArn: text(
      /^(arn:aws[\w-]*:ce::\d{12}:anomalymonitor\/[\w-]{36})?$/,
      'the ARN of an anomaly monitor, or empty: `aws ce get-anomaly-monitors`',
    ),
    // No longer than the shortest window that freshness is judged over, which would be empty now and then.
    probeMinutes: whole(1, 5),
    freshnessSeconds: whole(60, 86_400),
    // Below 94, no share of bad probes burns the budget fast enough for the first alarm; at 100 there is none to burn.
    freshnessPercent: number(94, 99.99),
    compactionHours: whole(1, 8760),
  },
};

/** Something that must hold between properties: which one to blame, when it is broken, what is allowed, and the way out. */
export interface Guardrail {
  readonly property: string;
  readonly value: (config: StageConfig) => string | number | boolean;
  readonly isBroken: (config: StageConfig) => boolean;
  readonly allowed: string;
  readonly fix: string;
}

export const GUARDRAILS: readonly Guardrail[] = [
  {
    property: 'network.zones',
    value: ({ network }) => network.zones,
    isBroken: ({ cluster, network }) => cluster.kind === 'provisioned' && network.zones !== 3,
    allowed: '3 with a provisioned cluster, which keeps three replicas of each record',
    fix: 'set network.zones to 3, or cluster.kind to serverless',
  },
  {
    property: 'landing.maximumPollers',
    value: ({ landing }) => landing.maximumPollers,
    isBroken: ({ landing }) =>
      landing.maximumPollers < landing.minimumPollers ||
      (landing.minimumPollers === 0) !== (landing.maximumPollers === 0),
    allowed: 'at least landing.minimumPollers, and both 0 for on-demand pollers',
    fix: 'set landing.minimumPollers and landing.maximumPollers together',
  },
  {
    property: 'landing.retryAttempts',
    value: ({ landing }) => landing.retryAttempts,
    isBroken: ({ landing }) => landing.minimumPollers === 0 && landing.retryAttempts !== 0,
    allowed:
      '0 with on-demand pollers: only provisioned pollers of a Kafka event source limit retries, bisect and report partial failures',
    fix: 'set landing.minimumPollers and landing.maximumPollers to 1 or more, or landing.retryAttempts to 0',
  },
  {
    property: 'landing.retryAttempts',
    value: ({ landing }) => landing.retryAttempts,
    isBroken: ({ landing }) => landing.minimumPollers > 0 && landing.retryAttempts < 10_000,
    allowed: '10000 with provisioned pollers: fewer, and an outage diverts good batches',
    fix: 'set landing.retryAttempts to 10000',
  },
  {
    property: 'quotes.apiSecretArn',
    value: ({ quotes }) => quotes.apiSecretArn,
    isBroken: ({ quotes }) => quotes.source === 'http' && quotes.apiSecretArn === '',
    allowed: 'the ARN of a secret when quotes.source is http',
    fix: 'store the API key with `aws secretsmanager create-secret` and set quotes.apiSecretArn to its ARN',
  },
  {
    property: 'quotes.tapeKey',
    value: ({ quotes }) => quotes.tapeKey,
    isBroken: ({ quotes }) => quotes.source === 'tape' && quotes.tapeKey === '',
    allowed: 'the key of an object in the lake bucket when quotes.source is tape',
    fix: 'set quotes.tapeKey, or quotes.source to simulator',
  },
  {
    property: 'quotes.symbolsFromListing',
    value: ({ quotes }) => quotes.symbolsFromListing,
    isBroken: ({ quotes }) =>
      quotes.symbolsFromListing &&
      (quotes.symbols !== '' || quotes.listingKey !== '' || quotes.source === 'tape'),
    allowed:
      'false where something else says which symbols there are: quotes.symbols, quotes.listingKey, or a tape',
    fix: 'empty quotes.symbols and quotes.listingKey and take another quotes.source, or set quotes.symbolsFromListing to false',
  },
  {
    property: 'filtering.symbols',
    value: ({ filtering }) => filtering.symbols,
    isBroken: ({ filtering }) =>
      filtering.symbols === '' && filtering.movePercentOver === 0 && filtering.volumeOver === 0,
    allowed: 'something to watch: symbols, or one of filtering.movePercentOver and filtering.volumeOver',
    fix: 'set filtering.symbols, filtering.movePercentOver or filtering.volumeOver',
  },
  {
    property: 'serving.maximumStorageGiB',
    value: ({ serving }) => serving.maximumStorageGiB,
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html: at least a tenth more
    isBroken: ({ serving }) => serving.maximumStorageGiB < serving.storageGiB * 1.1,
    allowed: 'at least a tenth more than serving.storageGiB, since RDS grows a disk by no less',
    fix: 'raise serving.maximumStorageGiB',
  },
  {
    property: 'serving.backupDays',
    value: ({ serving }) => serving.backupDays,
    isBroken: ({ stage, serving }) => stage === 'prod' && serving.backupDays < 7,
    allowed: 'at least 7 in stage prod, so that a mistake found after a weekend can be undone',
    fix: 'set serving.backupDays to 7 or more',
  },
  {
    property: 'serving.deletionProtection',
    value: ({ serving }) => serving.deletionProtection,
    isBroken: ({ stage, serving }) => stage === 'prod' && !serving.deletionProtection,
    allowed: 'true in stage prod',
    fix: 'leave it; to remove the database take its deletion protection off by hand',
  },
  {
    property: 'serving.backupWindow',
    value: ({ serving }) => serving.backupWindow,
    isBroken: ({ serving }) => dailyMinutes(serving.backupWindow) < SHORTEST_WINDOW_MINUTES,
    allowed: 'half an hour or more',
    fix: 'set serving.backupWindow to a longer time, such as 06:00-06:30',
  },
  {
    property: 'serving.maintenanceWindow',
    value: ({ serving }) => serving.maintenanceWindow,
    isBroken: ({ serving: { backupWindow, maintenanceWindow } }) =>
      weeklyMinutes(maintenanceWindow) < SHORTEST_WINDOW_MINUTES || overlap(backupWindow, maintenanceWindow),
    allowed: 'half an hour or more, apart from serving.backupWindow',
    fix: 'move serving.maintenanceWindow or serving.backupWindow',
  },
  {
    property: 'serving.insights',
    value: ({ serving }) => serving.insights,
    isBroken: ({ serving }) => serving.insights === 'advanced' && isSmall(serving.instanceType),
    allowed: 'standard on a micro or small instance, which costs less than advanced insights do',
    fix: 'set serving.insights to standard, or serving.instanceType to db.m7g.large',
  },
  {
    property: 'serving.proxy',
    value: ({ serving }) => serving.proxy,
    isBroken: ({ serving }) => serving.proxy && isSmall(serving.instanceType),
    allowed:
      'false with a micro or small instance, which costs less than the least that a proxy is charged for',
    fix: 'set serving.proxy to false, or serving.instanceType to db.m7g.large',
  },
  {
    property: 'operations.freshnessSeconds',
    value: ({ operations }) => operations.freshnessSeconds,
    isBroken: ({ quotes, operations }) =>
      quotes.scheduled && operations.freshnessSeconds < quotes.periodMinutes * 60 + PIPELINE_SECONDS,
    allowed: `at least quotes.periodMinutes and ${PIPELINE_SECONDS} s more: the newest record is as old as that before the next one is there`,
    fix: 'raise operations.freshnessSeconds, or lower quotes.periodMinutes',
  },
  {
    property: 'operations.monthlyBudgetUSD',
    value: ({ operations }) => operations.monthlyBudgetUSD,
    isBroken: ({ operations }) =>
      operations.monthlyBudgetUSD > 0 && operations.alarmEmail === '' && operations.alarmTopicArn === '',
    allowed: '0 where nobody can be told: neither operations.alarmEmail nor operations.alarmTopicArn is set',
    fix: 'set operations.alarmEmail to an address',
  },
  {
    property: 'operations.compactionHours',
    value: ({ operations }) => operations.compactionHours,
    isBroken: ({ jobs, operations }) => operations.compactionHours * 60 <= jobs.timeoutMinutes,
    allowed: 'longer than jobs.timeoutMinutes, which one run may take',
    fix: 'raise operations.compactionHours',
  },
  {
    property: 'dashboard.readers',
    value: ({ dashboard }) => dashboard.readers,
    isBroken: ({ dashboard }) => dashboard.readers !== '' && dashboard.authors === '',
    allowed: 'empty without dashboard.authors: there is no dashboard to look at then',
    fix: 'set dashboard.authors to a QuickSight user or group: `aws quicksight list-users --namespace default --aws-account-id …`',
  },
];

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html; the two may not overlap. */
const SHORTEST_WINDOW_MINUTES = 30;

const isSmall = (instanceType: string): boolean => /\.(micro|small)$/.test(instanceType);
