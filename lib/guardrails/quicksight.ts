/** Data sets, analyses and dashboards of QuickSight. */
import { findBrokenNames, type KnownDataSets } from '../../core/dashboard/broken-names.ts';
import type { DataSetColumnType } from '../../core/dashboard/columns.ts';
import { type Deployment, dig, listOf, type Node, nodes, type Resource } from './deployment.ts';
import type { Guardrail } from './guardrail.ts';

const API = 'https://docs.aws.amazon.com/quicksight/latest/APIReference';

/** https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ResourcePermission.html */
const PRINCIPAL = /^arn:[^:]+:quicksight:[^:]*:[^:]*:(user|group)\/[^/]+\/.+$/;

const NAMED = [
  'AWS::QuickSight::DataSet',
  'AWS::QuickSight::DataSource',
  'AWS::QuickSight::Analysis',
  'AWS::QuickSight::Dashboard',
  'AWS::QuickSight::Theme',
];

const NAME: Guardrail = {
  id: 'quicksight-name',
  forbids: 'a data set, or anything else of QuickSight, without a name',
  why: 'CloudFormation does not ask for the name of a data set, and QuickSight refuses one without',
  source: `${API}/API_CreateDataSet.html`,
  *check(deployment) {
    for (const resource of deployment.ofType(...NAMED)) {
      const value = resource.properties['Name'];
      const { length } = deployment.text(value, resource.stack).trim();
      if (length < 1 || length > 128)
        yield {
          resource,
          property: 'Name',
          value,
          allowed: '1 to 128 characters, for people to choose by',
          fix: 'set the name',
        };
    }
  },
};

const DEFINITION_NAMES: Guardrail = {
  id: 'quicksight-definition-names',
  forbids: 'a visual, filter, control or calculated field on a data set, column or id that there is not',
  why: 'QuickSight tells when it is deployed at best, and at worst the visual is an empty box',
  source: `${API}/API_DashboardVersionDefinition.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::QuickSight::Analysis', 'AWS::QuickSight::Dashboard')) {
      const definition = resource.properties['Definition'];
      const known = dataSetsOf(deployment, definition, resource.stack);
      for (const value of findBrokenNames(definition, known))
        yield {
          resource,
          property: 'Definition',
          value,
          allowed: 'names of what the definition declares',
          fix: 'correct the name, or declare what it stands for (lib/constructs/dashboard/definition)',
        };
    }
  },
};

/** Columns of each data set that the definition declares, by its identifier there. */
function dataSetsOf(deployment: Deployment, definition: unknown, stack: string): KnownDataSets {
  const declared = nodes(dig(definition, 'DataSetIdentifierDeclarations'));
  return new Map(
    declared.flatMap(({ Identifier, DataSetArn }) => {
      const dataSet = deployment.target(DataSetArn, stack);
      return dataSet === undefined ? [] : [[String(Identifier), columnsOf(dataSet)] as const];
    }),
  );
}

function columnsOf({ properties }: Resource) {
  const tables = nodes(Object.values((properties['PhysicalTableMap'] ?? {}) as Node));
  return tables
    .flatMap((table) => nodes(Object.values(table)))
    .flatMap((source) => nodes(source['Columns'] ?? source['InputColumns']))
    .map(({ Name, Type }) => ({ name: String(Name), type: Type as DataSetColumnType }));
}

const PRINCIPALS: Guardrail = {
  id: 'quicksight-principal',
  forbids: 'permissions for anything but a user or group of QuickSight',
  why: 'principals of QuickSight have to exist before: a role, an account or a placeholder fails the deployment',
  source: `${API}/API_ResourcePermission.html`,
  *check(deployment) {
    for (const resource of deployment.resources.filter(({ type }) => type.startsWith('AWS::QuickSight::')))
      for (const { Principal } of nodes(resource.properties['Permissions'])) {
        const principal = deployment.text(Principal, resource.stack);
        if (!PRINCIPAL.test(principal))
          yield {
            resource,
            property: 'Permissions.Principal',
            value: Principal,
            allowed: 'arn:aws:quicksight:<region>:<account>:user/<namespace>/<name>, or …:group/…',
            fix: 'set dashboard.authors and dashboard.readers to users or groups that are there',
          };
      }
  },
};

const REFRESH: Guardrail = {
  id: 'quicksight-refresh',
  forbids: 'a SPICE data set that nothing refreshes, or a schedule for one that is queried directly',
  why: 'the first shows the day it was deployed for ever; the second is refused',
  source: 'https://docs.aws.amazon.com/quicksight/latest/user/refreshing-imported-data.html',
  *check(deployment) {
    const schedules = deployment.ofType('AWS::QuickSight::RefreshSchedule');
    const idOf = ({ properties, stack }: Resource): string => deployment.text(properties['DataSetId'], stack);
    for (const resource of deployment.ofType('AWS::QuickSight::DataSet')) {
      const value = resource.properties['ImportMode'];
      const isScheduled = schedules.some((schedule) => idOf(schedule) === idOf(resource));
      if ((value === 'SPICE') !== isScheduled)
        yield {
          resource,
          property: 'ImportMode',
          value,
          allowed: isScheduled
            ? 'SPICE, since a schedule refreshes it'
            : 'DIRECT_QUERY, since no schedule refreshes it',
          fix: isScheduled
            ? 'import it, or drop the schedule'
            : 'add an AWS::QuickSight::RefreshSchedule, or query it directly',
        };
    }
  },
};

const SOURCE: Guardrail = {
  id: 'quicksight-data-source',
  forbids: 'a data set on a data source that no stack makes',
  why: 'creation fails after all that the dashboard needs has been made',
  source: `${API}/API_CustomSql.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::QuickSight::DataSet'))
      for (const [name, table] of Object.entries((resource.properties['PhysicalTableMap'] ?? {}) as Node)) {
        const [source] = nodes(Object.values((table ?? {}) as Node));
        const value = source?.['DataSourceArn'];
        if (listOf(value).length === 0 || deployment.target(value, resource.stack) === undefined)
          yield {
            resource,
            property: `PhysicalTableMap.${name}.DataSourceArn`,
            value,
            allowed: 'the ARN of a data source of these stacks',
            fix: 'pass the data source construct',
          };
      }
  },
};

export const QUICKSIGHT_GUARDRAILS: readonly Guardrail[] = [
  NAME,
  DEFINITION_NAMES,
  PRINCIPALS,
  REFRESH,
  SOURCE,
];
