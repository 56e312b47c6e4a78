/** A sheet, with what belongs to it and a definition keeps elsewhere. */
import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';

export interface SheetParts {
  readonly sheet: CfnDashboard.SheetDefinitionProperty;
  readonly filterGroups?: readonly CfnDashboard.FilterGroupProperty[];
  readonly calculatedFields?: readonly CfnDashboard.CalculatedFieldProperty[];
  readonly parameters?: readonly CfnDashboard.ParameterDeclarationProperty[];
}

/** Visuals beside each other, by id and how many of the grid's columns each is wide. */
export interface Row {
  /** In rows of the grid. */
  readonly height: number;
  readonly visuals: Readonly<Record<string, number>>;
}

/** https://docs.aws.amazon.com/quicksight/latest/APIReference/API_GridLayoutElement.html */
const GRID_COLUMNS = 36;

/** Rows below each other. @throws RangeError for a row that is wider than the grid */
export function grid(rows: readonly Row[]): CfnDashboard.LayoutProperty {
  let rowIndex = 0;
  const elements = rows.flatMap(({ height, visuals }) => {
    let columnIndex = 0;
    const row = Object.entries(visuals).map(([elementId, columnSpan]) => {
      const element = {
        elementId,
        elementType: 'VISUAL',
        columnIndex,
        columnSpan,
        rowIndex,
        rowSpan: height,
      };
      columnIndex += columnSpan;
      return element;
    });
    if (columnIndex > GRID_COLUMNS) {
      throw new RangeError(
        `row of ${Object.keys(visuals).join(', ')} is ${columnIndex} of ${GRID_COLUMNS} wide`,
      );
    }
    rowIndex += height;
    return row;
  });
  return {
    configuration: {
      gridLayout: {
        elements,
        canvasSizeOptions: {
          screenCanvasSizeOptions: { resizeOption: 'FIXED', optimizedViewPortWidth: '1600px' },
        },
      },
    },
  };
}

const CONTROL_COLUMNS = 6;

/** Controls above the visuals, in order. */
export function controlRow(
  ids: Readonly<Record<string, 'PARAMETER_CONTROL' | 'FILTER_CONTROL'>>,
): CfnDashboard.SheetControlLayoutProperty {
  const elements = Object.entries(ids).map(([elementId, elementType], index) => ({
    elementId,
    elementType,
    columnIndex: index * CONTROL_COLUMNS,
    columnSpan: CONTROL_COLUMNS,
    rowIndex: 0,
    rowSpan: 1,
  }));
  return { configuration: { gridLayout: { elements } } };
}
