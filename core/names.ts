/** Names that a stack gives and a person or a handler types: one place, so that both sides agree. */

export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

export function isStage(value: string): value is Stage {
  return (STAGES as readonly string[]).includes(value);
}

export const PROJECT = 'tickerlake';

export const STACKS = [
  'network',
  'stream',
  'lake',
  'serving',
  'pipeline',
  'query',
  'dashboard',
  'jobs',
  'operations',
] as const;
export type StackPart = (typeof STACKS)[number];

export const FUNCTIONS = [
  'produce-quotes',
  'land-quotes',
  'curate-quotes',
  'request-curation',
  'filter-quotes',
  'serve-quotes',
  'manage-topics',
  'manage-views',
  'migrate-database',
  'move-cut',
  'probe-freshness',
] as const;
export type FunctionPart = (typeof FUNCTIONS)[number];

/** Spark jobs on Glue; each is a script of its name in glue-scripts/. */
export const JOBS = ['compact', 'load-listing'] as const;
export type JobPart = (typeof JOBS)[number];

/** `tickerlake-dev-network` */
export function stackName(stage: Stage, part: StackPart): string {
  return `${PROJECT}-${stage}-${part}`;
}

/** `tickerlake-dev-land-quotes`; of topic `quotes_filtered`, where a part works per topic: `tickerlake-dev-land-quotes-filtered`. */
export function functionName(stage: Stage, part: FunctionPart, topic = 'quotes'): string {
  const derived = topic.replace(/^quotes_?/, '').replaceAll('_', '-');
  return `${PROJECT}-${stage}-${part}${derived === '' ? '' : `-${derived}`}`;
}

/** `tickerlake-dev-compact` */
export function jobName(stage: Stage, part: JobPart): string {
  return `${PROJECT}-${stage}-${part}`;
}

/** Workflow that loads a listing, its crawler, and the rule that starts it: `tickerlake-dev-listing` */
export function listingWorkflowName(stage: Stage): string {
  return `${PROJECT}-${stage}-listing`;
}

/** Data quality rules that a topic's rows have to keep: `tickerlake-dev-quotes`, `tickerlake-dev-quotes-filtered` */
export function qualityRulesetName(stage: Stage, topic: string): string {
  return `${PROJECT}-${stage}-${topic.replaceAll('_', '-')}`;
}

/** What the crawler calls the table over listing files as they were dropped, and what the job makes of the newest. */
export const LISTING_TABLES = { dropped: 'reference_nasdaq_listed', dimension: 'nasdaq_listed' } as const;

/** Glue and Athena allow no hyphen in a database name: `tickerlake_dev`. */
export function databaseName(stage: Stage): string {
  return `${PROJECT}_${stage}`;
}

/** Glue database of the tables that the crawler finds in RDS, apart from those that Athena can read: `tickerlake_dev_serving`. */
export function servingDatabaseName(stage: Stage): string {
  return `${databaseName(stage)}_serving`;
}

/** Kafka cluster: `tickerlake-dev-serverless`. One of another kind is another cluster. */
export function clusterName(stage: Stage, kind: string): string {
  return `${PROJECT}-${stage}-${kind}`;
}

/** SSM parameter of the watchlist: `/tickerlake/dev/watchlist` */
export function watchlistParameterName(stage: Stage): string {
  return `/${PROJECT}/${stage}/watchlist`;
}

/** Glue Schema Registry: `tickerlake-dev` */
export function registryName(stage: Stage): string {
  return `${PROJECT}-${stage}`;
}

/** Who queries through Athena: people, what draws charts for them, and what runs by a schedule. */
export const AUDIENCES = ['analysts', 'dashboards', 'etl'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** Athena workgroup: `tickerlake-dev-analysts` */
export function workgroupName(stage: Stage, audience: Audience): string {
  return `${PROJECT}-${stage}-${audience}`;
}

/** Managed policy that lets query through a workgroup: `tickerlake-dev-athena-analysts` */
export function queryPolicyName(stage: Stage, audience: Audience): string {
  return `${PROJECT}-${stage}-athena-${audience}`;
}

/** Id of something in QuickSight, of which an account has one namespace for each kind: `tickerlake-dev-candles` */
export function dashboardAssetId(stage: Stage, name: string): string {
  return `${PROJECT}-${stage}-${name}`;
}

/** Tables and view of one topic's data in the lake's database. */
export function tableNames(topic: string): {
  readonly raw: string;
  readonly quarantine: string;
  readonly curated: string;
  /** An Iceberg table, which compaction makes. */
  readonly history: string;
  readonly view: string;
} {
  return {
    raw: `${topic}_raw`,
    quarantine: `${topic}_quarantine`,
    curated: `${topic}_curated`,
    history: `${topic}_history`,
    view: topic,
  };
}
