/** Columns of QuickSight's data sets: what they are called, what they are computed by, and what QuickSight takes them for. */
import type { LakeColumn } from '../quote.ts';

/** https://docs.aws.amazon.com/quicksight/latest/APIReference/API_InputColumn.html */
export type DataSetColumnType = 'STRING' | 'INTEGER' | 'DECIMAL' | 'DATETIME';

export interface DataSetColumn {
  readonly name: string;
  readonly type: DataSetColumnType;
  /** What it is in the data set's SQL. */
  readonly expression: string;
}

/** QuickSight's type of a column of the lake; a date is a time at midnight to it. */
export const DATA_SET_TYPES = {
  string: 'STRING',
  double: 'DECIMAL',
  timestamp: 'DATETIME',
  date: 'DATETIME',
  int: 'INTEGER',
  bigint: 'INTEGER',
} as const satisfies Record<LakeColumn['glueType'], DataSetColumnType>;

/** Makes columns of a data set from the columns of what it selects from. */
export class ColumnsOf {
  private readonly columns: ReadonlyMap<string, LakeColumn>;

  /** @param columns of a table or view, by the contract */
  constructor(columns: readonly LakeColumn[]) {
    this.columns = new Map(columns.map((column) => [column.name, column]));
  }

  /** Columns as they are. @throws RangeError for one that the contract does not have */
  plain(...names: readonly string[]): DataSetColumn[] {
    return names.map((name) => this.derived(name, name, name));
  }

  /** A column of another name whose values are of the same type as those of `like`: its largest, its last, its sum. */
  derived(name: string, like: string, expression: string): DataSetColumn {
    const column = this.columns.get(like);
    if (column === undefined) {
      throw new RangeError(`there is no column ${like}; there are ${[...this.columns.keys()].join(', ')}`);
    }
    return { name, type: DATA_SET_TYPES[column.glueType], expression };
  }
}

/** How many there are. */
export function count(name: string, expression = 'count(*)'): DataSetColumn {
  return { name, type: DATA_SET_TYPES.bigint, expression };
}

/** A ratio, a duration or another number that no column of the contract is like. */
export function number(name: string, expression: string): DataSetColumn {
  return { name, type: DATA_SET_TYPES.double, expression };
}

/** Text that no column of the contract is like. */
export function text(name: string, expression: string): DataSetColumn {
  return { name, type: DATA_SET_TYPES.string, expression };
}

/** `SELECT a AS b, … ` with a line for each column; every name is written once, in its column. */
export function select(columns: readonly DataSetColumn[]): string {
  const list = columns.map(({ name, expression }) =>
    expression === name ? name : `${expression} AS ${name}`,
  );
  return `SELECT\n${indent(list.join(',\n'))}`;
}

/** To select from, in the lines that it is shown in. */
export function subquery(...lines: readonly string[]): string {
  return `(\n${indent(lines.join('\n'))}\n)`;
}

function indent(sql: string): string {
  return sql.replaceAll(/^/gm, '  ');
}
