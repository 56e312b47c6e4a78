/** A DuckDB result as batches of printed rows, one chunk in memory at a time. */
import { type DuckDBDataChunk, type DuckDBResult, DuckDBTypeId } from '@duckdb/node-api';
import { failureOf } from './errors.ts';
import { athenaType, type Print, printerOf } from './printed-values.ts';
import { forEachText } from './text-column.ts';
import type { OutputColumn } from './translator.ts';
import type { Turns } from './turns.ts';

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

export function resultColumns(result: DuckDBResult, output: readonly OutputColumn[]): ResultColumn[] {
  return result.columnTypes().map((type, index) => ({
    name: output[index]?.name ?? result.columnName(index),
    type: athenaType(type, output[index]?.zone),
  }));
}

/** @param close called once, when the rows are read, given up or failed */
export async function* printedRows(
  result: DuckDBResult,
  output: readonly OutputColumn[],
  turns: Turns,
  close: () => void,
): AsyncGenerator<(string | null)[][]> {
  try {
    const printers = result.columnTypes().map((type, index) => printerOf(type, output[index]?.zone));
    for (;;) {
      const chunk = await turns.take(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield printChunk(chunk, printers);
    }
  } catch (error) {
    throw failureOf(error);
  } finally {
    close();
  }
}

function printChunk(chunk: DuckDBDataChunk, printers: readonly Print[]): (string | null)[][] {
  const rows = Array.from({ length: chunk.rowCount }, (): (string | null)[] => []);
  for (const [column, print] of printers.entries()) {
    const vector = chunk.getColumnVector(column);
    if (vector.type.typeId === DuckDBTypeId.VARCHAR) {
      forEachText(vector, (text, at) => rows[at]?.push(text));
      continue;
    }
    for (const [at, row] of rows.entries()) {
      const value = vector.getItem(at);
      row.push(value === null ? null : print(value));
    }
  }
  return rows;
}
