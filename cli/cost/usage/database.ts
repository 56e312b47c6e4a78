/** Amazon RDS for PostgreSQL. https://aws.amazon.com/rds/postgresql/pricing/ */
import { GB, HOURS_PER_MONTH, isMultiAz, type Model, topicFlows } from '../flow.ts';
import { priceOfSize } from '../price-table.ts';
import {
  isSet,
  listAt,
  ofType,
  optionalNumberAt,
  type Resource,
  resourceAt,
  targetOf,
  textAt,
  valueAt,
} from '../resources.ts';
import { type Usage, use } from './usage.ts';

export const databaseInstance: Usage = (each, model) => {
  const copies = isMultiAz(each) ? 2 : 1;
  const diskGB = diskOf(each, model);
  const isAdvanced = textAt(each, 'DatabaseInsightsMode') === 'advanced';
  return [
    use(priceOfSize('rds.instance', instanceClass(each)), HOURS_PER_MONTH * copies),
    use('rds.storage', diskGB * copies),
    use('rds.backup', backupGB(each, model)),
    use('rds.insights', isAdvanced ? HOURS_PER_MONTH * vcpusOf(each) : 0),
    // RDS keeps the master password that it manages in a secret, which is billed.
    use('secrets.secret', isSet(each, 'ManageMasterUserPassword') ? 1 : 0),
  ];
};

function instanceClass(each: Resource): string {
  return textAt(each, 'DBInstanceClass') ?? 'of no class';
}

/** A replica has as much disk as its source. */
function diskOf(each: Resource, model: Model): number {
  const allocated =
    optionalNumberAt(each, 'AllocatedStorage') ??
    optionalNumberAt(sourceOf(each, model), 'AllocatedStorage') ??
    0;
  const most = optionalNumberAt(each, 'MaxAllocatedStorage') ?? allocated;
  return Math.min(most, Math.max(allocated, servedGB(model)));
}

function sourceOf(each: Resource, { resources }: Model): Resource {
  const source = JSON.stringify(valueAt(each, 'SourceDBInstanceIdentifier') ?? '');
  return ofType(resources, 'AWS::RDS::DBInstance').find(({ id }) => source.includes(`"${id}"`)) ?? each;
}

/** Rows that the tables hold: nothing deletes them. */
export function servedGB(model: Model): number {
  const { servedBytes, lakeAgeMonths } = model.profile;
  const [, filtered] = topicFlows(model);
  return ((filtered?.records ?? 0) * servedBytes * lakeAgeMonths) / GB;
}

/**
 * One whole copy and each day's changes, of which as much as the disk is free.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
 */
function backupGB(each: Resource, model: Model): number {
  const days = optionalNumberAt(each, 'BackupRetentionPeriod') ?? 0;
  const { servedBytes } = model.profile;
  const [, filtered] = topicFlows(model);
  const changedGB = ((filtered?.records ?? 0) * servedBytes * Math.min(1, days / 30)) / GB;
  return days === 0
    ? 0
    : Math.max(0, Math.min(servedGB(model), diskOf(each, model)) + changedGB - diskOf(each, model));
}

/** vCPUs of an instance by its class: micro to large have two, then each size doubles. */
const VCPUS: Readonly<Record<string, number>> = {
  micro: 2,
  small: 2,
  medium: 2,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
};

export function vcpusOf(each: Resource): number {
  return VCPUS[instanceClass(each).split('.').at(-1) ?? ''] ?? 2;
}

/** Billed by the vCPUs of what it stands before, two at least. */
export const databaseProxy: Usage = (proxy, { resources }) => {
  const [targets] = ofType(resources, 'AWS::RDS::DBProxyTargetGroup').filter(
    (group) => resourceAt(resources, group, 'DBProxyName') === proxy,
  );
  const [id] = targets === undefined ? [] : listAt(targets, 'DBInstanceIdentifiers').map(targetOf);
  const target = ofType(resources, 'AWS::RDS::DBInstance').find((each) => each.id === id);
  return [use('rds.proxy', HOURS_PER_MONTH * Math.max(2, target === undefined ? 2 : vcpusOf(target)))];
};
