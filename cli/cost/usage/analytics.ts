/** AWS Glue, Amazon Athena and QuickSight. */
import {
  crawlsPerMonth,
  isCompaction,
  jobFlow,
  looksPerMonth,
  probesPerMonth,
  queriesPerMonth,
  scannedBytesPerProbe,
  scannedBytesPerQuery,
} from '../batch-flow.ts';
import { GB, type Model, sum, TB, topicFlows } from '../flow.ts';
import { ofType, type Resource, textAt, valueAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

/** A job that makes tables with optimizers answers for these too: no template has them. */
export const job: Usage = (each, model) => [
  use('glue.dpu', jobFlow(each, model).dpuHours),
  use('glue.optimizer', hasOptimizers(each) ? optimizerDpuHours(model) : 0),
];

function hasOptimizers(each: Resource): boolean {
  return isCompaction(each) && valueAt(each, 'DefaultArguments', '--optimizer_role') !== undefined;
}

function optimizerDpuHours(model: Model): number {
  const records = sum(topicFlows(model).map((topic) => topic.records));
  return ((records * model.profile.historyBytes) / GB) * model.profile.optimizerDpuHoursPerGB;
}

/** A run is billed as ten minutes at least, and takes two DPU. https://aws.amazon.com/glue/pricing/ */
const CRAWL_DPU_HOURS = (2 * 10) / 60;

export const crawler: Usage = (each, model) => [
  use('glue.crawler', crawlsPerMonth(each, model) * CRAWL_DPU_HOURS),
];

/** Analysts' queries, those of the dashboard that SPICE does not answer, and probes by whichever workgroup they have. */
export const workgroup: Usage = (each, model) => {
  const name = textAt(each, 'Name') ?? '';
  const probed = probesPerMonth(name, model) * scannedBytesPerProbe(model);
  return [use('athena.scanned', (probed + askedBytes(name, model)) / TB)];
};

function askedBytes(workgroupName: string, model: Model): number {
  if (workgroupName.endsWith('-analysts')) return queriesPerMonth(model) * scannedBytesPerQuery(model);
  return workgroupName.endsWith('-dashboards') ? dashboardBytes(model) : 0;
}

/** Each look asks what is not imported; each import asks once. */
function dashboardBytes(model: Model): number {
  const { lookScansBytes } = model.profile;
  const athenaSets = ofType(model.resources, 'AWS::QuickSight::DataSet').filter((set) =>
    readsAthena(set, model),
  );
  const direct = athenaSets.filter((set) => !isImported(set)).length;
  const imports = importsPerMonth(model);
  return (direct * looksPerMonth(model) + imports) * lookScansBytes;
}

function readsAthena(dataSet: Resource, { resources }: Model): boolean {
  const definition = JSON.stringify(dataSet.properties);
  return ofType(resources, 'AWS::QuickSight::DataSource')
    .filter((source) => textAt(source, 'Type') === 'ATHENA')
    .some(({ id }) => definition.includes(id));
}

function isImported(dataSet: Resource): boolean {
  return textAt(dataSet, 'ImportMode') === 'SPICE';
}

const REFRESHES_PER_MONTH: Readonly<Record<string, number>> = {
  HOURLY: 730,
  DAILY: 730 / 24,
  WEEKLY: 730 / 168,
  MONTHLY: 1,
};

function importsPerMonth({ resources }: Model): number {
  return sum(
    ofType(resources, 'AWS::QuickSight::RefreshSchedule').map((each) => {
      const interval = textAt(each, 'Schedule', 'ScheduleFrequency', 'Interval') ?? '';
      return REFRESHES_PER_MONTH[interval] ?? 0;
    }),
  );
}

/** Users pay for the account, whatever they look at: the dashboard stands for them. */
export const dashboard: Usage = (_, { profile }) => [
  use('quicksight.author', profile.dashboardAuthors),
  use('quicksight.reader', profile.dashboardReaders),
];

/** Each author brings 10 GB: https://aws.amazon.com/quicksight/pricing/ */
const SPICE_GB_PER_AUTHOR = 10;

/** Imported data sets share what SPICE holds beyond what authors bring. */
export const dataSet: Usage = (each, { profile, resources }) => {
  const imported = ofType(resources, 'AWS::QuickSight::DataSet').filter(isImported);
  if (!isImported(each)) return [use('quicksight.spice', 0)];
  const beyond = Math.max(0, profile.spiceBytes / GB - profile.dashboardAuthors * SPICE_GB_PER_AUTHOR);
  return [use('quicksight.spice', beyond / imported.length)];
};
