/** Fields of visuals, each named after its data set and column: `candles.close`. */
import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import type { DataSetDefinition } from '../../../../core/dashboard/data-set.ts';

/** How a number is shown. */
export type NumberFormat = 'price' | 'percent' | 'count' | 'seconds';

const DECIMAL_PLACES: Readonly<Record<NumberFormat, number>> = { price: 2, percent: 2, count: 0, seconds: 1 };
const SUFFIXES: Readonly<Partial<Record<NumberFormat, string>>> = { percent: ' %', seconds: ' s' };

export function column(dataSet: DataSetDefinition, name: string): CfnDashboard.ColumnIdentifierProperty {
  return { dataSetIdentifier: dataSet.identifier, columnName: name };
}

export function fieldId({ identifier }: DataSetDefinition, name: string): string {
  return `${identifier}.${name}`;
}

/** Text to group by. */
export function category(dataSet: DataSetDefinition, name: string): CfnDashboard.DimensionFieldProperty {
  return { categoricalDimensionField: common(dataSet, name) };
}

/** Time to group by. */
export function period(
  dataSet: DataSetDefinition,
  name: string,
  dateGranularity: 'MINUTE' | 'HOUR' | 'DAY',
): CfnDashboard.DimensionFieldProperty {
  return { dateDimensionField: { ...common(dataSet, name), dateGranularity } };
}

/** A number, aggregated over what it is grouped by. */
export function measure(
  dataSet: DataSetDefinition,
  name: string,
  aggregation: 'AVERAGE' | 'MAX' | 'MIN' | 'SUM',
  format: NumberFormat,
): CfnDashboard.MeasureFieldProperty {
  return {
    numericalMeasureField: {
      ...common(dataSet, name),
      aggregationFunction: { simpleNumericalAggregation: aggregation },
      formatConfiguration: numberFormat(format),
    },
  };
}

/** The newest time. */
export function newest(dataSet: DataSetDefinition, name: string): CfnDashboard.MeasureFieldProperty {
  return { dateMeasureField: { ...common(dataSet, name), aggregationFunction: 'MAX' } };
}

/** How many different ones there are. */
export function distinctCount(dataSet: DataSetDefinition, name: string): CfnDashboard.MeasureFieldProperty {
  return { categoricalMeasureField: { ...common(dataSet, name), aggregationFunction: 'DISTINCT_COUNT' } };
}

/** A column of a table whose rows are those of the data set. */
export function cell(
  dataSet: DataSetDefinition,
  name: string,
  format?: NumberFormat,
): CfnDashboard.UnaggregatedFieldProperty {
  return {
    ...common(dataSet, name),
    ...(format !== undefined && {
      formatConfiguration: { numberFormatConfiguration: numberFormat(format) },
    }),
  };
}

function common(dataSet: DataSetDefinition, name: string) {
  return { fieldId: fieldId(dataSet, name), column: column(dataSet, name) };
}

function numberFormat(format: NumberFormat): CfnDashboard.NumberFormatConfigurationProperty {
  const suffix = SUFFIXES[format];
  return {
    formatConfiguration: {
      numberDisplayFormatConfiguration: {
        decimalPlacesConfiguration: { decimalPlaces: DECIMAL_PLACES[format] },
        numberScale: 'NONE',
        separatorConfiguration: { thousandsSeparator: { symbol: 'COMMA', visibility: 'VISIBLE' } },
        ...(suffix !== undefined && { suffix }),
      },
    },
  };
}
