/**
 * Amazon QuickSight: nothing draws charts here, and what a deployment would refuse, or show as an empty box, is refused here.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_QuickSight.html
 */
import { findBrokenNames } from '../../core/dashboard/broken-names.ts';
import { DATA_SET_TYPES, type DataSetColumnType } from '../../core/dashboard/columns.ts';
import { arn } from '../arn.ts';
import type { Cloud } from './cloud.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Provisioned, ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';
import { trustsService } from './role-book.ts';

const NO_CHARTS =
  'nobody draws charts locally; what it refers to has to be there, and names in definitions to stand for something';
const SERVICE = 'quicksight.amazonaws.com';

interface KnownColumn {
  readonly name: string;
  readonly type: DataSetColumnType;
}

interface KnownDataSet {
  readonly isImported: boolean;
  readonly columns: readonly KnownColumn[];
}

/** What an account has in QuickSight, by ARN. */
interface Book {
  readonly assets: Set<string>;
  readonly dataSets: Map<string, KnownDataSet>;
}

const books = new WeakMap<Cloud, Book>();

function bookOf(cloud: Cloud): Book {
  const book = books.get(cloud) ?? { assets: new Set(), dataSets: new Map() };
  books.set(cloud, book);
  return book;
}

function quicksight(
  type: string,
  idProperty: string,
  kind: string,
  check: (request: ResourceRequest, cloud: Cloud, assetArn: string) => void,
): ResourceType {
  return checkedType(`AWS::QuickSight::${type}`, NO_CHARTS, (request, cloud): Provisioned => {
    const id = request.text(idProperty);
    const assetArn = arn(cloud, 'quicksight', `${kind}/${id}`);
    checkPermissions(request);
    check(request, cloud, assetArn);
    bookOf(cloud).assets.add(assetArn);
    return { ref: `${cloud.account}|${id}`, attributes: { Arn: assetArn } };
  });
}

function checkPermissions(request: ResourceRequest): void {
  for (const permission of request.items('Permissions')) {
    const principal = permission.text('Principal');
    if (!/^arn:aws[\w-]*:quicksight:[\w-]+:\d{12}:(user|group)\//.test(principal))
      throw permission.error('Principal', `is ${principal}, which is no user or group of QuickSight`);
    const foreign = permission.texts('Actions').find((action) => !action.startsWith('quicksight:'));
    if (foreign !== undefined)
      throw permission.error('Actions', `has ${foreign}, which is none of QuickSight's`);
  }
}

function requireAsset(request: ResourceRequest, property: string, cloud: Cloud): void {
  const assetArn = request.text(property);
  if (!bookOf(cloud).assets.has(assetArn))
    throw request.error(property, `is ${assetArn}, which is not in these stacks`);
}

function requireRole(request: ResourceRequest, property: string, cloud: Cloud): void {
  const role = cloud.roles.get(request.text(property));
  if (!trustsService(role, SERVICE))
    throw request.error(property, `is ${role.name}, which does not trust ${SERVICE}`);
}

/** Two subnets at least, each in a zone of its own: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateVPCConnection.html */
function checkVpcConnection(request: ResourceRequest, cloud: Cloud): void {
  requireRole(request, 'RoleArn', cloud);
  if (new Set(request.texts('SubnetIds')).size < 2)
    throw request.error('SubnetIds', 'needs two subnets or more');
  if (request.texts('SecurityGroupIds').length === 0)
    throw request.error('SecurityGroupIds', 'needs a group');
}

function checkDataSource(request: ResourceRequest, cloud: Cloud): void {
  const type = request.text('Type');
  const parameters = request.within('DataSourceParameters');
  if (request.within('SslProperties').flag('DisableSsl', false))
    throw request.error('SslProperties.DisableSsl', 'is true', 'leave TLS on');
  if (type === 'ATHENA') {
    const athena = parameters.within('AthenaParameters');
    athena.text('WorkGroup');
    requireRole(athena, 'RoleArn', cloud);
  } else if (type === 'POSTGRESQL') {
    const postgres = parameters.within('PostgreSqlParameters');
    postgres.text('Host');
    postgres.text('Database');
    postgres.number('Port');
    request.within('Credentials').text('SecretArn');
    requireAsset(request.within('VpcConnectionProperties'), 'VpcConnectionArn', cloud);
  } else {
    throw request.error(
      'Type',
      `is ${type}; the runner knows ATHENA and POSTGRESQL`,
      'extend local/resources/quicksight.ts',
    );
  }
}

function checkDataSet(request: ResourceRequest, cloud: Cloud, assetArn: string): void {
  const mode = request.text('ImportMode');
  if (mode !== 'SPICE' && mode !== 'DIRECT_QUERY') throw request.error('ImportMode', `is ${mode}`);
  const tables = request.within('PhysicalTableMap');
  const columns = Object.keys(request.object('PhysicalTableMap')).flatMap((name) => {
    const sql = tables.within(name).within('CustomSql');
    requireAsset(sql, 'DataSourceArn', cloud);
    sql.text('SqlQuery');
    return sql.items('Columns').map(readColumn);
  });
  if (columns.length === 0) throw request.error('PhysicalTableMap', 'has no column');
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw request.error('PhysicalTableMap', `has column ${twice} twice`);
  bookOf(cloud).dataSets.set(assetArn, { isImported: mode === 'SPICE', columns });
}

const COLUMN_TYPES: readonly string[] = [...new Set(Object.values(DATA_SET_TYPES))];

function readColumn(column: ResourceRequest): KnownColumn {
  const type = column.text('Type');
  if (!COLUMN_TYPES.includes(type))
    throw column.error('Type', `is ${type}; allowed is ${COLUMN_TYPES.join(', ')}`);
  return { name: column.text('Name'), type: type as DataSetColumnType };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-quicksight-refreshschedule-schedulefrequency.html */
function provisionSchedule(request: ResourceRequest, cloud: Cloud): Provisioned {
  const dataSetId = request.text('DataSetId');
  const dataSetArn = arn(cloud, 'quicksight', `dataset/${dataSetId}`);
  const dataSet = bookOf(cloud).dataSets.get(dataSetArn);
  if (dataSet === undefined)
    throw request.error('DataSetId', `is ${dataSetId}, which is not in these stacks`);
  if (!dataSet.isImported)
    throw request.error('DataSetId', `is ${dataSetId}, which is not imported into SPICE`);
  const schedule = request.within('Schedule');
  const type = schedule.text('RefreshType');
  const interval = schedule.within('ScheduleFrequency').text('Interval');
  if (interval.startsWith('MINUTE') && type !== 'INCREMENTAL_REFRESH')
    throw schedule.error(
      'ScheduleFrequency.Interval',
      `is ${interval}, which is for incremental refreshes alone`,
    );
  const scheduleId = schedule.text('ScheduleId');
  return {
    ref: `${cloud.account}|${dataSetId}|${scheduleId}`,
    attributes: { Arn: `${dataSetArn}/refresh-schedule/${scheduleId}` },
  };
}

/** Of an analysis and of a dashboard. */
function checkDefinition(request: ResourceRequest, cloud: Cloud): void {
  if (request.optionalText('ThemeArn') !== undefined) requireAsset(request, 'ThemeArn', cloud);
  const { dataSets } = bookOf(cloud);
  const declared = request
    .within('Definition')
    .items('DataSetIdentifierDeclarations')
    .map((declaration) => {
      requireAsset(declaration, 'DataSetArn', cloud);
      return [
        declaration.text('Identifier'),
        dataSets.get(declaration.text('DataSetArn'))?.columns ?? [],
      ] as const;
    });
  const broken = findBrokenNames(request.object('Definition'), new Map(declared));
  if (broken.length > 0) throw request.error('Definition', `names what is not there: ${broken.join('; ')}`);
}

export const quicksightTypes: readonly ResourceType[] = [
  quicksight('VPCConnection', 'VPCConnectionId', 'vpcConnection', checkVpcConnection),
  quicksight('DataSource', 'DataSourceId', 'datasource', checkDataSource),
  quicksight('DataSet', 'DataSetId', 'dataset', checkDataSet),
  checkedType('AWS::QuickSight::RefreshSchedule', 'nothing is imported locally', provisionSchedule),
  quicksight('Theme', 'ThemeId', 'theme', (request) => {
    request.text('BaseThemeId');
  }),
  quicksight('Analysis', 'AnalysisId', 'analysis', checkDefinition),
  quicksight('Dashboard', 'DashboardId', 'dashboard', checkDefinition),
];
