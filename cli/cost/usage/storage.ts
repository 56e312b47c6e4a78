/** Amazon S3, and the events that its buckets send. https://aws.amazon.com/s3/pricing/ */
import { isObject } from '../../../local/template/template.ts';
import { compactionRuns, daysToHistory, filesProbed, filesQueried, queriesPerMonth } from '../batch-flow.ts';
import { DAYS_PER_MONTH, GB, type Model, objectFlows, runsPerMonth, sum, topicFlows } from '../flow.ts';
import { isSet, listAt, ofType, type Resource, valueAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

export const bucket: Usage = (each, model) => {
  const { stored, archived, puts, lists, gets, transitions, events } = contentsOf(each, model);
  const sendsEvents = isSet(
    each,
    'NotificationConfiguration',
    'EventBridgeConfiguration',
    'EventBridgeEnabled',
  );
  return [
    use('s3.storage', stored / GB),
    use('s3.archive', archived / GB),
    use('s3.put', puts + lists),
    use('s3.get', gets),
    use('s3.transition', transitions),
    use('eventbridge.events', sendsEvents ? events : 0),
  ];
};

/** What a bucket holds in the month billed, and what is done to it in that month. */
interface Contents {
  readonly stored: number;
  readonly archived: number;
  readonly puts: number;
  readonly lists: number;
  readonly gets: number;
  readonly transitions: number;
  /** All that happens to an object is one, whether or not a rule asks for it. */
  readonly events: number;
}

const NOTHING: Contents = { stored: 0, archived: 0, puts: 0, lists: 0, gets: 0, transitions: 0, events: 0 };

function contentsOf(each: Resource, model: Model): Contents {
  switch (roleOf(each)) {
    case 'raw':
      return rawContents(each, model);
    case 'lake':
      return lakeContents(each, model);
    case 'results':
      return resultsContents(each, model);
    case 'access-logs':
      return accessLogContents(each, model);
    case 'other':
      return { ...NOTHING, stored: OTHER_BUCKET_BYTES };
  }
}

/** What a bucket of a role that the model does not know holds: Athena results of probes, a trail's files. Estimated. */
const OTHER_BUCKET_BYTES = 1e9;

type BucketRole = 'raw' | 'lake' | 'results' | 'access-logs' | 'other';

/** Construct ids are a contract: test/templates pins them. */
function roleOf({ id }: Resource): BucketRole {
  if (id.startsWith('StorageRaw')) return 'raw';
  if (id.startsWith('StorageLake')) return 'lake';
  if (id.includes('AccessLogs')) return 'access-logs';
  return id.includes('Results') ? 'results' : 'other';
}

/** Smaller ones stay where they are: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
const LEAST_ARCHIVED_BYTES = 128 * 1024;

/** A page of keys. */
const KEYS_PER_LIST = 1000;

/** A quarantined record with its reason, as JSON. Estimated. */
const QUARANTINED_BYTES = 1000;

function rawContents(each: Resource, model: Model): Contents {
  const objects = objectFlows(model);
  const ageMonths = model.profile.lakeAgeMonths;
  const archiveMonths = monthsUntilArchived(each);
  let stored = 0;
  let archived = 0;
  let transitions = 0;
  for (const { raw, rawBytesEach, quarantined } of objects) {
    const isArchived = rawBytesEach >= LEAST_ARCHIVED_BYTES && archiveMonths < ageMonths;
    const standardMonths = isArchived ? archiveMonths : ageMonths;
    stored += raw * rawBytesEach * standardMonths + quarantined * QUARANTINED_BYTES * ageMonths;
    archived += raw * rawBytesEach * (ageMonths - standardMonths);
    transitions += isArchived ? raw : 0;
  }
  const raw = sum(objects.map((flow) => flow.raw));
  const quarantined = sum(objects.map((flow) => flow.quarantined));
  return {
    stored,
    archived,
    puts: raw + quarantined,
    lists: sweepLists(model) + raw / KEYS_PER_LIST,
    // Curation reads each object once.
    gets: raw,
    transitions,
    events: raw + quarantined + transitions,
  };
}

function monthsUntilArchived(each: Resource): number {
  const days = listAt(each, 'LifecycleConfiguration', 'Rules')
    .flatMap((rule) =>
      isObject(rule) && Array.isArray(rule['Transitions']) ? (rule['Transitions'] as unknown[]) : [],
    )
    .map((transition) => (isObject(transition) ? Number(transition['TransitionInDays']) : Number.NaN))
    .filter((number) => Number.isFinite(number));
  return days.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...days) / DAYS_PER_MONTH;
}

/** Each sweep lists what came since the last one, by partition. */
function sweepLists(model: Model): number {
  const sweeps = sum(
    ofType(model.resources, 'AWS::Scheduler::Schedule')
      .filter((schedule) => String(valueAt(schedule, 'Target', 'Input')).includes('sweep'))
      .map(runsPerMonth),
  );
  const [topic] = topicFlows(model);
  return sweeps * (topic?.partitions ?? 0);
}

/** A receipt, as JSON. */
const RECEIPT_BYTES = 500;
/** Spark reads a Parquet file's end, then what it names. */
const READS_PER_FILE = 3;
/** Trino, which Athena is made of, reads a file of less than 3 MB whole: https://trino.io/docs/current/object-storage/file-formats.html */
const QUERY_READS_PER_FILE = 1;
/** A data file, manifest, manifest list, metadata, statistics. */
const HISTORY_FILES_PER_RUN = 5;
/** An expired object of a versioned bucket is first a delete marker. */
const EVENTS_PER_EXPIRY = 2;

function lakeContents(each: Resource, model: Model): Contents {
  const { profile, resources } = model;
  const objects = objectFlows(model);
  const records = sum(topicFlows(model).map((topic) => topic.records));
  const curated = sum(objects.map((flow) => flow.curated));
  const receipts = sum(objects.map((flow) => flow.receipts));
  const runs = compactionRuns(resources);
  const isCompacted = runs > 0;
  const noncurrentMonths = noncurrentDays(each) / DAYS_PER_MONTH;
  const ageMonths = profile.lakeAgeMonths;
  const capped = (months: number): number => Math.min(ageMonths, months);
  const curatedMonths = isCompacted
    ? capped((daysToHistory(model) + coveredExpiryDays(each)) / DAYS_PER_MONTH + noncurrentMonths)
    : ageMonths;
  const historyMonths = isCompacted
    ? ageMonths + capped(snapshotDays(model) / DAYS_PER_MONTH + noncurrentMonths)
    : 0;
  // A run without a row commits nothing.
  const historyFiles = records === 0 ? 0 : runs * HISTORY_FILES_PER_RUN;
  const tagged = isCompacted ? curated : 0;
  return {
    ...NOTHING,
    stored:
      records * profile.curatedBytes * curatedMonths +
      records * profile.historyBytes * historyMonths +
      receipts * RECEIPT_BYTES * ageMonths,
    puts: curated + receipts + tagged + historyFiles,
    // A run lists all receipts of its topic that there have ever been.
    lists: sweepLists(model) + ((runs / Math.max(1, objects.length)) * receipts * ageMonths) / KEYS_PER_LIST,
    gets:
      receipts +
      (isCompacted ? receipts + curated * READS_PER_FILE : 0) +
      readsByQueries(model) +
      filesProbed(model) * QUERY_READS_PER_FILE,
    events: curated + receipts + tagged * (1 + EVENTS_PER_EXPIRY) + historyFiles,
  };
}

/** Requests that Athena makes for analysts. */
export function readsByQueries(model: Model): number {
  return filesQueried(model) * QUERY_READS_PER_FILE;
}

function noncurrentDays(each: Resource): number {
  return ruleDays(each, (rule) => {
    const expiry = rule['NoncurrentVersionExpiration'];
    return isObject(expiry) ? Number(expiry['NoncurrentDays']) : Number.NaN;
  });
}

function coveredExpiryDays(each: Resource): number {
  return ruleDays(each, (rule) =>
    rule['Prefix'] === 'curated/' ? Number(rule['ExpirationInDays']) : Number.NaN,
  );
}

function ruleDays(each: Resource, daysIn: (rule: Readonly<Record<string, unknown>>) => number): number {
  const days = listAt(each, 'LifecycleConfiguration', 'Rules')
    .map((rule) => (isObject(rule) ? daysIn(rule) : Number.NaN))
    .filter((number) => Number.isFinite(number));
  return days.length === 0 ? 0 : Math.max(...days);
}

function snapshotDays({ resources }: Model): number {
  const days = ofType(resources, 'AWS::Glue::Job').map((job) =>
    Number(valueAt(job, 'DefaultArguments', '--snapshot_days') ?? 0),
  );
  return Math.max(0, ...days);
}

/** The rows of an answer, as CSV. Estimated. */
const RESULT_BYTES = 1e6;
/** A result and its metadata. */
const RESULT_FILES = 2;

function resultsContents(each: Resource, model: Model): Contents {
  const queries = queriesPerMonth(model);
  const keptMonths =
    ruleDays(each, (rule) => Number(rule['ExpirationInDays'] ?? Number.NaN)) / DAYS_PER_MONTH;
  return {
    ...NOTHING,
    stored: queries * RESULT_BYTES * Math.min(keptMonths, model.profile.lakeAgeMonths),
    puts: queries * RESULT_FILES,
    gets: queries,
    events: queries * RESULT_FILES,
  };
}

/** A line of an access log: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html. Estimated. */
const ACCESS_LOG_BYTES = 700;

function accessLogContents(each: Resource, model: Model): Contents {
  const keptMonths =
    ruleDays(each, (rule) => Number(rule['ExpirationInDays'] ?? Number.NaN)) / DAYS_PER_MONTH;
  const requests = requestsPerMonth(model, (other) => valueAt(other, 'LoggingConfiguration') !== undefined);
  return {
    ...NOTHING,
    stored: requests * ACCESS_LOG_BYTES * Math.min(keptMonths, model.profile.lakeAgeMonths),
  };
}

/** Requests that buckets get, those of access logs aside: S3 itself writes them. */
export function requestsPerMonth(model: Model, isMeant: (each: Resource) => boolean = () => true): number {
  return sum(
    ofType(model.resources, 'AWS::S3::Bucket')
      .filter((each) => roleOf(each) !== 'access-logs' && isMeant(each))
      .map((each) => contentsOf(each, model))
      .map(({ puts, lists, gets }) => puts + lists + gets),
  );
}
