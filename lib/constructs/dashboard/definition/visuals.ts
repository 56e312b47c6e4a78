/** The kinds of visual that the sheets use, with what they have in common said once. */
import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';

interface VisualProps {
  readonly id: string;
  readonly title: string;
  /** What it shows, for who does not know, and for screen readers. */
  readonly subtitle: string;
}

interface ChartProps extends VisualProps {
  readonly category: CfnDashboard.DimensionFieldProperty;
  /** What to sort by. @default - by time, oldest first */
  readonly sort?: readonly CfnDashboard.FieldSortOptionsProperty[];
  /** Most categories to show. @default - as many as QuickSight shows */
  readonly limit?: number;
}

export interface LineChartProps extends ChartProps {
  readonly values: readonly CfnDashboard.MeasureFieldProperty[];
}

export function lineChart(props: LineChartProps): CfnDashboard.VisualProperty {
  return {
    lineChartVisual: {
      ...heading(props),
      chartConfiguration: {
        type: 'LINE',
        fieldWells: {
          lineChartAggregatedFieldWells: { category: [props.category], values: [...props.values] },
        },
        sortConfiguration: { categorySort: [...(props.sort ?? [])] },
      },
    },
  };
}

export interface BarChartProps extends ChartProps {
  readonly values: readonly CfnDashboard.MeasureFieldProperty[];
  /** What parts of a bar stand for. @default - bars have no parts */
  readonly colors?: CfnDashboard.DimensionFieldProperty;
  readonly orientation: 'HORIZONTAL' | 'VERTICAL';
}

export function barChart(props: BarChartProps): CfnDashboard.VisualProperty {
  const { category, values, colors, orientation, sort = [], limit } = props;
  return {
    barChartVisual: {
      ...heading(props),
      chartConfiguration: {
        orientation,
        barsArrangement: colors === undefined ? 'CLUSTERED' : 'STACKED',
        fieldWells: {
          barChartAggregatedFieldWells: {
            category: [category],
            values: [...values],
            ...(colors !== undefined && { colors: [colors] }),
          },
        },
        sortConfiguration: {
          categorySort: [...sort],
          ...(limit !== undefined && {
            categoryItemsLimit: { itemsLimit: limit, otherCategories: 'EXCLUDE' },
          }),
        },
      },
    },
  };
}

export interface ComboChartProps extends ChartProps {
  readonly bars: readonly CfnDashboard.MeasureFieldProperty[];
  readonly lines: readonly CfnDashboard.MeasureFieldProperty[];
}

export function comboChart(props: ComboChartProps): CfnDashboard.VisualProperty {
  const { category, bars, lines, sort = [] } = props;
  return {
    comboChartVisual: {
      ...heading(props),
      chartConfiguration: {
        barsArrangement: 'CLUSTERED',
        fieldWells: {
          comboChartAggregatedFieldWells: {
            category: [category],
            barValues: [...bars],
            lineValues: [...lines],
          },
        },
        sortConfiguration: { categorySort: [...sort] },
      },
    },
  };
}

export interface TableProps extends VisualProps {
  readonly columns: readonly CfnDashboard.UnaggregatedFieldProperty[];
  readonly sort: readonly CfnDashboard.FieldSortOptionsProperty[];
}

/** A table of the data set's own rows. */
export function table(props: TableProps): CfnDashboard.VisualProperty {
  return {
    tableVisual: {
      ...heading(props),
      chartConfiguration: {
        fieldWells: { tableUnaggregatedFieldWells: { values: [...props.columns] } },
        sortConfiguration: { rowSort: [...props.sort] },
      },
    },
  };
}

export interface KpiProps extends VisualProps {
  readonly value: CfnDashboard.MeasureFieldProperty;
}

/** One value, large. */
export function kpi(props: KpiProps): CfnDashboard.VisualProperty {
  return {
    kpiVisual: {
      ...heading(props),
      chartConfiguration: { fieldWells: { values: [props.value] } },
    },
  };
}

/** Sorts by a field of the visual's own wells. */
export function byField(fieldId: string, direction: 'ASC' | 'DESC'): CfnDashboard.FieldSortOptionsProperty {
  return { fieldSort: { fieldId, direction } };
}

/** Sorts by the largest value of a column that the visual does not show. */
export function byColumn(
  sortBy: CfnDashboard.ColumnIdentifierProperty,
  direction: 'ASC' | 'DESC',
): CfnDashboard.FieldSortOptionsProperty {
  const aggregationFunction = { numericalAggregationFunction: { simpleNumericalAggregation: 'MAX' } };
  return { columnSort: { sortBy, direction, aggregationFunction } };
}

function heading({ id, title, subtitle }: VisualProps) {
  return {
    visualId: id,
    title: { visibility: 'VISIBLE', formatText: { plainText: title } },
    subtitle: { visibility: 'VISIBLE', formatText: { plainText: subtitle } },
    visualContentAltText: `${title}: ${subtitle}`,
  };
}
