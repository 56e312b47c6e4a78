import { Stack } from 'aws-cdk-lib';
import { CfnDataSet, CfnRefreshSchedule } from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import type { DataSetDefinition, DataSetPlace } from '../../../core/dashboard/data-set.ts';
import type { Stage } from '../../../core/names.ts';
import { dashboardAssetId } from '../../../core/names.ts';
import type { DashboardConfig } from '../../config/stage-config.ts';
import type { Principals } from './principals.ts';

export interface DataSetsProps {
  readonly stage: Stage;
  readonly definitions: readonly DataSetDefinition[];
  readonly place: DataSetPlace;
  /** ARN of the data source of each kind. */
  readonly sources: Readonly<Record<DataSetDefinition['source'], string>>;
  readonly dashboard: DashboardConfig;
  readonly principals: Principals;
}

/** Each data set, and for what is imported into SPICE its schedule. */
export class DataSets extends Construct {
  /** ARN of each, by its identifier. */
  readonly arns: ReadonlyMap<string, string>;
  private readonly props: DataSetsProps;

  constructor(scope: Construct, id: string, props: DataSetsProps) {
    super(scope, id);
    this.props = props;
    this.arns = new Map(props.definitions.map((each) => [each.identifier, this.addDataSet(each).attrArn]));
  }

  private addDataSet(definition: DataSetDefinition): CfnDataSet {
    const { stage, place, sources, principals } = this.props;
    const { identifier, title, importMode, source } = definition;
    const dataSet = new CfnDataSet(this, identifier, {
      awsAccountId: Stack.of(this).account,
      dataSetId: dashboardAssetId(stage, identifier),
      name: `${title} (${stage})`,
      importMode,
      physicalTableMap: {
        [identifier]: {
          customSql: {
            dataSourceArn: sources[source],
            name: identifier,
            sqlQuery: definition.sql(place),
            columns: inputColumns(definition),
          },
        },
      },
      permissions: principals.dataSet,
    });
    if (importMode === 'SPICE') this.addSchedule(definition, dataSet);
    return dataSet;
  }

  private addSchedule({ identifier }: DataSetDefinition, dataSet: CfnDataSet): void {
    const { stage, dashboard } = this.props;
    const schedule = new CfnRefreshSchedule(this, `${identifier}-schedule`, {
      awsAccountId: Stack.of(this).account,
      dataSetId: dashboardAssetId(stage, identifier),
      schedule: {
        scheduleId: dashboard.refresh,
        refreshType: 'FULL_REFRESH',
        scheduleFrequency: FREQUENCIES[dashboard.refresh],
      },
    });
    schedule.addResourceDependency(dataSet);
  }
}

/** Daily before people come to work in New York. An hourly one starts at whatever minute QuickSight chooses. */
const FREQUENCIES: Readonly<
  Record<DashboardConfig['refresh'], CfnRefreshSchedule.ScheduleFrequencyProperty>
> = {
  hourly: { interval: 'HOURLY' },
  daily: { interval: 'DAILY', timeOfTheDay: '06:00', timeZone: 'America/New_York' },
};

/** Numbers are imported as floats: a fixed decimal of SPICE has four places. */
function inputColumns({ columns, importMode }: DataSetDefinition): CfnDataSet.InputColumnProperty[] {
  return columns.map(({ name, type }) => ({
    name,
    type,
    ...(type === 'DECIMAL' && importMode === 'SPICE' && { subType: 'FLOAT' }),
  }));
}
