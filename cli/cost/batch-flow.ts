/** What the batch path does in a month: compaction's runs, rows and seconds, and what queries read. */

import { isObject } from '../../local/template/template.ts';
import {
  activeDays,
  DAYS_PER_MONTH,
  MB,
  type Model,
  objectFlows,
  runsOfExpression,
  SESSION_SHARE,
  sum,
  topicFlows,
} from './flow.ts';
import { functionFlow } from './function-flow.ts';
import { SPARK_CORE_SECONDS_PER_MILLION } from './measured.ts';
import { isSet, listAt, numberAt, ofType, type Resource, targetOf, textAt } from './resources.ts';

/** Cores and DPU of a worker: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
const WORKERS: Readonly<Record<string, { readonly cores: number; readonly dpu: number }>> = {
  'G.1X': { cores: 4, dpu: 1 },
  'G.2X': { cores: 8, dpu: 2 },
  'G.4X': { cores: 16, dpu: 4 },
  'G.8X': { cores: 32, dpu: 8 },
};

const LEAST_BILLED_SECONDS = 60;

export interface JobFlow {
  readonly runs: number;
  readonly secondsEach: number;
  readonly dpu: number;
  /** Of a month, over all runs. */
  readonly dpuHours: number;
}

export function isCompaction(job: Resource): boolean {
  return job.id.includes('Compact');
}

export function jobFlow(job: Resource, model: Model): JobFlow {
  const runs = isCompaction(job) ? compactionRuns(model.resources) : model.profile.listingsPerMonth;
  const rows = isCompaction(job) ? sum(topicFlows(model).map(({ records }) => records)) : 0;
  const { cores, dpu } = workersOf(job);
  const computeSeconds = runs === 0 ? 0 : ((rows / runs / 1e6) * SPARK_CORE_SECONDS_PER_MILLION) / cores;
  const secondsEach = Math.max(LEAST_BILLED_SECONDS, model.profile.sparkStartSeconds + computeSeconds);
  return { runs, secondsEach, dpu, dpuHours: (runs * secondsEach * dpu) / 3600 };
}

/** One worker is the driver's, and computes nothing. */
function workersOf(job: Resource): { readonly cores: number; readonly dpu: number } {
  const worker = WORKERS[textAt(job, 'WorkerType') ?? 'G.1X'] ?? { cores: 4, dpu: 1 };
  const workers = numberAt(job, 'NumberOfWorkers');
  return { cores: worker.cores * Math.max(1, workers - 1), dpu: worker.dpu * workers };
}

/** Of all topics. */
export function compactionRuns(resources: readonly Resource[]): number {
  const compaction = ofType(resources, 'AWS::Glue::Job').find(isCompaction);
  if (compaction === undefined) return 0;
  return sum(
    ofType(resources, 'AWS::Glue::Trigger')
      .filter((trigger) => textAt(trigger, 'Type') === 'SCHEDULED' && startsJob(trigger, compaction))
      .map((trigger) =>
        isSet(trigger, 'StartOnCreation') ? runsOfExpression(textAt(trigger, 'Schedule') ?? '') : 0,
      ),
  );
}

function startsJob(trigger: Resource, job: Resource): boolean {
  return (
    trigger.stack === job.stack &&
    listAt(trigger, 'Actions').some((action) => isObject(action) && targetOf(action['JobName']) === job.id)
  );
}

/** Days from a quote to its history, on average at most: the time between two runs of one topic. */
export function daysToHistory(model: Model): number {
  const topics = topicFlows(model).length;
  const runs = compactionRuns(model.resources);
  return runs === 0 || topics === 0 ? DAYS_PER_MONTH : DAYS_PER_MONTH / (runs / topics);
}

export function crawlsPerMonth(crawler: Resource, model: Model): number {
  const scheduled = runsOfExpression(textAt(crawler, 'Schedule', 'ScheduleExpression') ?? '');
  const isListings = ofType(model.resources, 'AWS::Glue::Trigger').some((trigger) =>
    listAt(trigger, 'Actions').some(
      (action) => isObject(action) && targetOf(action['CrawlerName']) === crawler.id,
    ),
  );
  return scheduled + (isListings ? model.profile.listingsPerMonth : 0);
}

/** Athena charges no less: https://aws.amazon.com/athena/pricing/ */
const LEAST_SCANNED_BYTES = 10 * MB;

/** Bytes that one query of the analysts reads: a part of one day's quotes. */
export function scannedBytesPerQuery(model: Model): number {
  return Math.max(LEAST_SCANNED_BYTES, model.profile.scannedShareOfDay * dayBytes(model));
}

/** Bytes of one day of topic quotes in history. */
function dayBytes(model: Model): number {
  const [quotes] = topicFlows(model);
  const records = quotes?.records ?? 0;
  return (records * model.profile.historyBytes) / activeDays(model.profile);
}

export function queriesPerMonth({ profile }: Model): number {
  return profile.queriesPerDay * activeDays(profile);
}

/** Curated files that a query of the newest day opens, since only the file says that the cut covers it. */
function filesPerQuery(model: Model): number {
  const [quotes] = objectFlows(model);
  return (quotes?.curated ?? 0) / activeDays(model.profile);
}

/** A freshness probe asks for the newest record of yesterday, and of today, of which half is there. lambdas/probe-freshness/freshness.ts */
const PROBED_DAYS = 1.5;
/** Part of a row that its one column is. Estimated. */
const PROBED_SHARE = 0.1;

/** Queries of probes in a workgroup: functions that have its name and a schedule. They ask while the exchanges hold a session, and not else. */
export function probesPerMonth(workgroupName: string, model: Model): number {
  return sum(
    ofType(model.resources, 'AWS::Lambda::Function')
      .filter((lambda) => textAt(lambda, 'Environment', 'Variables', 'WORKGROUP') === workgroupName)
      .map((lambda) => functionFlow(lambda, model).invocations * SESSION_SHARE),
  );
}

export function scannedBytesPerProbe(model: Model): number {
  return Math.max(LEAST_SCANNED_BYTES, PROBED_SHARE * PROBED_DAYS * dayBytes(model));
}

/** Curated files that analysts' queries open in a month. */
export function filesQueried(model: Model): number {
  return queriesPerMonth(model) * filesPerQuery(model);
}

/** Curated files that probes open in a month, since only the file says how new it is. */
export function filesProbed(model: Model): number {
  const probes = sum(
    ofType(model.resources, 'AWS::Athena::WorkGroup').map((each) =>
      probesPerMonth(textAt(each, 'Name') ?? '', model),
    ),
  );
  return probes * PROBED_DAYS * filesPerQuery(model);
}

/** Times that readers look at the dashboard. */
export function looksPerMonth({ profile }: Model): number {
  return profile.dashboardReaders * profile.looksPerReaderAndDay * activeDays(profile);
}
