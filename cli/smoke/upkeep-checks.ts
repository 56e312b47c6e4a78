/** What runs beside the quotes: crawlers and jobs, dead letters, alarms. */
import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetCrawlerCommand, GetJobRunsCommand, type JobRun } from '@aws-sdk/client-glue';
import { PROJECT } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import { measureQueue } from '../lake/measure-queue.ts';
import { failed, ok, type Verdict } from './check.ts';
import type { SmokeLake } from './smoke-lake.ts';

/** https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html */
const FAILED_RUNS: ReadonlySet<string> = new Set(['FAILED', 'ERROR', 'TIMEOUT', 'EXPIRED']);

/**
 * The last run of each crawler and job did not fail, of compaction that of each topic: one job serves them all.
 * What never ran is as a new deployment has it.
 */
export async function checkGlue(lake: SmokeLake): Promise<Verdict> {
  const crawlers = [
    stackOutput(lake, 'jobs', 'ListingCrawlerName'),
    stackOutput(lake, 'serving', 'CrawlerName'),
  ];
  const states = [
    ...(await Promise.all(crawlers.map((name) => lastCrawl(lake, name)))),
    ...(await lastCompactions(lake, stackOutput(lake, 'jobs', 'CompactJobName'))),
    await lastRun(lake, stackOutput(lake, 'jobs', 'LoadListingJobName')),
  ];
  const bad = states.filter(({ isBad }) => isBad);
  if (bad.length > 0) {
    return failed(
      bad.map(({ text }) => text).join('; '),
      'docs/runbook.md, listing-refused and compaction-failed',
    );
  }
  return ok(states.map(({ text }) => text).join(', '));
}

interface LastRun {
  readonly isBad: boolean;
  readonly text: string;
}

async function lastCrawl({ glue }: SmokeLake, name: string): Promise<LastRun> {
  const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: name }));
  const status = crawler?.LastCrawl?.Status;
  const why = crawler?.LastCrawl?.ErrorMessage;
  if (status === 'FAILED')
    return { isBad: true, text: `crawler ${name} failed: ${why ?? 'it said nothing'}` };
  return { isBad: false, text: `${name} ${status?.toLowerCase() ?? 'has not run yet'}` };
}

async function lastRun({ glue }: SmokeLake, name: string): Promise<LastRun> {
  const { JobRuns: runs = [] } = await glue.send(new GetJobRunsCommand({ JobName: name, MaxResults: 1 }));
  return describeRun(name, runs[0]);
}

/** As many as https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html gives at once. */
const RUNS_A_PAGE = 200;

/** By topic, which each run of compaction says in its arguments. Runs come newest first. */
async function lastCompactions({ glue }: SmokeLake, name: string): Promise<readonly LastRun[]> {
  const topics = Object.values(TOPICS).map((topic) => topic.name);
  const last = new Map<string, JobRun>();
  let token: string | undefined;
  do {
    const page = await glue.send(
      new GetJobRunsCommand({ JobName: name, MaxResults: RUNS_A_PAGE, NextToken: token }),
    );
    for (const run of page.JobRuns ?? []) {
      const topic = run.Arguments?.['--topic'];
      if (topic !== undefined && !last.has(topic)) last.set(topic, run);
    }
    token = page.NextToken;
  } while (token !== undefined && topics.some((topic) => !last.has(topic)));
  return topics.map((topic) => describeRun(`${name} of topic ${topic}`, last.get(topic)));
}

function describeRun(what: string, run: JobRun | undefined): LastRun {
  const state = run?.JobRunState;
  if (state !== undefined && FAILED_RUNS.has(state)) {
    return { isBad: true, text: `job ${what} ended as ${state}: ${run?.ErrorMessage ?? 'it said nothing'}` };
  }
  return { isBad: false, text: `${what} ${state?.toLowerCase() ?? 'has not run yet'}` };
}

const LETTERS = ['CurateQuotesDeadLetterQueueUrl', 'CurateQuotesFilteredDeadLetterQueueUrl'] as const;

export async function checkDeadLetters(lake: SmokeLake): Promise<Verdict> {
  const counts = await Promise.all(
    LETTERS.map((id) => measureQueue(lake.sqs, stackOutput(lake, 'pipeline', id))),
  );
  const letters = counts.reduce((sum, { waiting }) => sum + waiting, 0);
  if (letters === 0) return ok(`${LETTERS.length} queues are empty`);
  return failed(
    `${letters} raw ${letters === 1 ? 'object' : 'objects'} could not be curated`,
    'docs/runbook.md, dead-letters; then tickerlake redrive --dead-letters',
  );
}

/** The alarms that the stacks made are there, and none is in ALARM. */
export async function checkAlarms(lake: SmokeLake): Promise<Verdict> {
  const states = await readAlarms(lake.cloudwatch, `${PROJECT}-${lake.stage}-`);
  const missing = (lake.alarms ?? []).filter((name) => !states.has(name));
  const deploy = `npx cdk deploy --all --context stage=${lake.stage}; an alarm that somebody deleted comes back when its template changes`;
  if (states.size === 0) return failed(`there is no alarm of stage ${lake.stage}`, deploy);
  if (missing.length > 0) return failed(`alarms are missing: ${missing.join(', ')}`, deploy);
  const on = [...states].filter(([, { state }]) => state === 'ALARM');
  if (on.length === 0) return ok(`${states.size} alarms, none in ALARM`);
  const sections = [...new Set(on.flatMap(([, { section }]) => section ?? []))];
  return failed(
    `in ALARM: ${on.map(([name]) => name).join(', ')}`,
    sections.length === 0 ? 'docs/runbook.md has a section for each' : sections.join(', '),
  );
}

interface AlarmState {
  readonly state: string;
  /** Of the runbook, as the alarm's description names it. */
  readonly section: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html: composite ones only if asked for. */
async function readAlarms(
  cloudwatch: CloudWatchClient,
  prefix: string,
): Promise<ReadonlyMap<string, AlarmState>> {
  const found = new Map<string, AlarmState>();
  let token: string | undefined;
  do {
    const page = await cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: prefix,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: 100,
        NextToken: token,
      }),
    );
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
      const {
        AlarmName: name = '',
        StateValue: state = 'unknown',
        AlarmDescription: description = '',
      } = alarm;
      found.set(name, { state, section: /docs\/runbook\.md#[\w-]+/.exec(description)?.[0] });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found;
}
