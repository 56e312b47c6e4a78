/** Filters, each in a group of its own that applies to some visuals of one sheet. */
import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import type { DataSetDefinition } from '../../../../core/dashboard/data-set.ts';
import { column } from './fields.ts';

export interface FilterProps {
  readonly id: string;
  readonly sheet: string;
  readonly visuals: readonly string[];
  readonly dataSet: DataSetDefinition;
  readonly column: string;
}

/** Rows whose text is the value of a parameter. */
export function equalsParameter(props: FilterProps, parameterName: string): CfnDashboard.FilterGroupProperty {
  return group(props, {
    categoryFilter: {
      filterId: props.id,
      column: column(props.dataSet, props.column),
      configuration: {
        customFilterConfiguration: { matchOperator: 'EQUALS', parameterName, nullOption: 'NON_NULLS_ONLY' },
      },
    },
  });
}

/** Rows of the last days, today's included; a control may change how many. */
export function lastDays(props: FilterProps, days: number): CfnDashboard.FilterGroupProperty {
  return group(props, {
    relativeDatesFilter: {
      filterId: props.id,
      column: column(props.dataSet, props.column),
      anchorDateConfiguration: { anchorOption: 'NOW' },
      minimumGranularity: 'HOUR',
      timeGranularity: 'DAY',
      relativeDateType: 'LAST',
      relativeDateValue: days,
      nullOption: 'NON_NULLS_ONLY',
    },
  });
}

/** Rows whose number is `value`. */
export function equalsNumber(props: FilterProps, value: number): CfnDashboard.FilterGroupProperty {
  return group(props, {
    numericEqualityFilter: {
      filterId: props.id,
      column: column(props.dataSet, props.column),
      matchOperator: 'EQUALS',
      value,
      nullOption: 'NON_NULLS_ONLY',
    },
  });
}

function group(
  { id, sheet, visuals }: FilterProps,
  filter: CfnDashboard.FilterProperty,
): CfnDashboard.FilterGroupProperty {
  return {
    filterGroupId: `${id}-group`,
    crossDataset: 'SINGLE_DATASET',
    status: 'ENABLED',
    filters: [filter],
    scopeConfiguration: {
      selectedSheets: {
        sheetVisualScopingConfigurations: [
          { sheetId: sheet, scope: 'SELECTED_VISUALS', visualIds: [...visuals] },
        ],
      },
    },
  };
}
