/** What a stage may configure. Sections of scalars, so that `-c` context and cdk.json can override each by name. */
import type { Audience, Stage } from '../../core/names.ts';

export interface StageConfig {
  readonly stage: Stage;
  readonly network: NetworkConfig;
  readonly cluster: ClusterConfig;
  readonly lake: LakeConfig;
  readonly quotes: QuotesConfig;
  readonly landing: LandingConfig;
  readonly curation: CurationConfig;
  readonly filtering: FilteringConfig;
  readonly serving: ServingConfig;
  readonly jobs: JobsConfig;
  /** Athena workgroups, by who queries. */
  readonly workgroups: Readonly<Record<Audience, WorkgroupConfig>>;
  readonly dashboard: DashboardConfig;
  readonly operations: OperationsConfig;
}

export interface NetworkConfig {
  /** Zones to spread over; a provisioned cluster needs three. */
  readonly zones: number;
  /** IPv4 range of the VPC. */
  readonly cidr: string;
}

export interface ClusterConfig {
  /** `serverless` has no broker to size; `provisioned` has one broker in each zone. */
  readonly kind: 'serverless' | 'provisioned';
  /** MSK's own name of a Kafka version, KRaft ones only; provisioned clusters. */
  readonly kafkaVersion: string;
  /** Provisioned clusters. */
  readonly brokerType: string;
  /** EBS volume of each broker; it can grow, never shrink; provisioned clusters. */
  readonly brokerStorageGiB: number;
}

export interface LakeConfig {
  /** yyyy-mm-dd; a quote whose event time is before it is quarantined. */
  readonly start: string;
  /** How long an overwritten or deleted object version can be brought back. */
  readonly noncurrentVersionDays: number;
  /** How long a curated file stays after compaction has copied it into history; longer than the longest query. */
  readonly coveredExpiryDays: number;
  /** Age at which raw objects move to Glacier Instant Retrieval, which Athena can still read; 0 for never. */
  readonly rawArchiveDays: number;
  readonly accessLogDays: number;
  /** Whether CloudTrail tells who else than the stage's own roles touched an object of the lake. */
  readonly accessTrail: boolean;
}

export interface QuotesConfig {
  readonly source: 'simulator' | 'tape' | 'http';
  /** Whether the schedule runs; a producer can always be invoked by hand. */
  readonly scheduled: boolean;
  readonly periodMinutes: number;
  /** Comma-separated; empty for the built-in list. */
  readonly symbols: string;
  /** CSV listing in the lake bucket that names the symbols; empty for none. */
  readonly listingKey: string;
  /** Whether the symbols are those of table nasdaq_listed, as its workflow loaded it last. */
  readonly symbolsFromListing: boolean;
  readonly simulatorSeed: number;
  /** Object in the lake bucket, newline-delimited JSON; source `tape`. */
  readonly tapeKey: string;
  /** Source `http`. */
  readonly api: 'iex' | 'finnhub';
  /** Base URL of the quote API; source `http`. */
  readonly apiUrl: string;
  /** Complete ARN of the Secrets Manager secret that holds the API key; source `http`. */
  readonly apiSecretArn: string;
  readonly apiRatePerSecond: number;
}

export interface LandingConfig {
  /** Records handed to one invocation at most. Lambda also stops at 6 MB. */
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly memoryMiB: number;
  /** Provisioned pollers; 0 for on-demand ones, which retry without end and divert nothing. */
  readonly minimumPollers: number;
  readonly maximumPollers: number;
  /** Attempts before a batch is diverted to the raw bucket; only with provisioned pollers. */
  readonly retryAttempts: number;
}

export interface CurationConfig {
  /** Raw objects handed to one invocation at most. */
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** Receives before a raw object's event goes to the dead-letter queue. */
  readonly receiveAttempts: number;
  /** Between sweeps for raw objects that no event led to curation; up to this long such records are missing. */
  readonly sweepMinutes: number;
}

export interface FilteringConfig {
  /** Comma-separated; what the watchlist holds when it is created. From then on its SSM parameter says what is watched. */
  readonly symbols: string;
  /** Likewise: keeps quotes whose price differs from the previous close by more percent; 0 for off. */
  readonly movePercentOver: number;
  /** Likewise: keeps quotes of symbols whose volume of the day is larger; 0 for off. */
  readonly volumeOver: number;
  /** Records handed to one invocation at most. Lambda also stops at 6 MB. */
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly memoryMiB: number;
}

export interface ServingConfig {
  /** Version of RDS for PostgreSQL, with its minor: it is raised here, never by RDS on its own. */
  readonly engineVersion: string;
  readonly instanceType: string;
  /** Disk to begin with. */
  readonly storageGiB: number;
  /** What the disk may grow to by itself; it never shrinks. */
  readonly maximumStorageGiB: number;
  /** `max_connections`; changing it waits for a restart. */
  readonly maximumConnections: number;
  /** Whether a standby in another zone takes over when the instance or its zone fails. */
  readonly multiAz: boolean;
  /** Whether readers have an instance of their own. RDS then leaves the master password to Secrets Manager, which rotates it. */
  readonly readReplica: boolean;
  /** Whether functions share connections through RDS Proxy. */
  readonly proxy: boolean;
  /** How far back the database can be restored to any second. */
  readonly backupDays: number;
  /** Daily, UTC, `hh:mm-hh:mm`. */
  readonly backupWindow: string;
  /** Weekly, UTC, `ddd:hh:mm-ddd:hh:mm`. */
  readonly maintenanceWindow: string;
  readonly deletionProtection: boolean;
  /** CloudWatch Database Insights; `advanced` keeps 15 months of it. */
  readonly insights: 'standard' | 'advanced';
  /** Records handed to one invocation at most. Lambda also stops at 6 MB. */
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly memoryMiB: number;
  /** Whether the crawler looks for tables every day; it can always be started by hand. */
  readonly crawlerScheduled: boolean;
}

export interface JobsConfig {
  /** Of every Spark job: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
  readonly workerType: string;
  readonly workers: number;
  /** A run that takes longer is stopped; nothing of it is visible then. */
  readonly timeoutMinutes: number;
  /** Whether compaction runs by its schedule; it can always be started by hand. */
  readonly compactionScheduled: boolean;
  /** UTC, `cron(…)` as Glue writes it. */
  readonly compactionSchedule: string;
  /** Size of a file of history to aim at. */
  readonly targetFileMB: number;
  /** What a row that breaks a data quality rule does to the run that would compact it. */
  readonly qualityAction: 'fail' | 'warn';
  /** Age of the newest record of a run above which its freshness is warned of. */
  readonly freshnessHours: number;
  /** Whether Glue's table optimizers look after history: its small files, old snapshots and orphans. */
  readonly optimizers: boolean;
  /** How long an old snapshot of history can be read or rolled back to. */
  readonly snapshotDays: number;
  /** How long after the first dropped listing file its workflow starts, for others to join it. */
  readonly listingWindowSeconds: number;
}

export interface WorkgroupConfig {
  /** Bytes that one query may scan, in MB; Athena allows no less than 10. */
  readonly scanCutoffMB: number;
  /** How long a result can be fetched again. */
  readonly resultDays: number;
}

export interface DashboardConfig {
  /**
   * ARNs of the QuickSight users and groups who build on the dashboard: they have its data sets and its analysis. Commas between;
   * empty for no dashboard. They must exist: a deployment makes none.
   */
  readonly authors: string;
  /** Likewise, those who look at it. */
  readonly readers: string;
  /** Trading days that are imported into SPICE, today's included. */
  readonly importDays: number;
  /** How often they are imported. */
  readonly refresh: 'hourly' | 'daily';
}

export interface OperationsConfig {
  readonly logDays: number;
  /** ARN of an SNS topic that alarms notify; empty for none. */
  readonly alarmTopicArn: string;
  /** ARN of a code signing configuration of Lambda, which every function's bundle is then checked by; empty for none. */
  readonly codeSigningConfigArn: string;
  /** Where docs/runbook.md can be read, for the links of the dashboard; empty for none. */
  readonly runbookUrl: string;
  /** Address that is told of costs; empty for none. */
  readonly alarmEmail: string;
  /** What the stage may cost a month, in US dollars: more is told of, nothing is stopped. 0 for no budget. */
  readonly monthlyBudgetUSD: number;
  /** The account's monitor of cost anomalies, whose findings are told of as well where there is a budget; empty for none. */
  readonly anomalyMonitorArn: string;
  /** Between two looks at how fresh the view is. */
  readonly probeMinutes: number;
  /** Age of the newest record above which a probe counts against the objective. */
  readonly freshnessSeconds: number;
  /** Percent of probes that have to find the view as fresh as that. */
  readonly freshnessPercent: number;
  /** Time without a successful run of compaction that is too long. */
  readonly compactionHours: number;
}
