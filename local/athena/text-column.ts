/** Text columns of a chunk, read with an eye to repetition: rows sorted by symbol say mostly what the row before said. */
import type { DuckDBVector } from '@duckdb/node-api';

/** What the client library's text vectors hold but do not show: 16 bytes a value, and which are null. */
interface TextVector {
  readonly dataView: DataView;
  readonly validity: { itemValid(index: number): boolean };
}

const VALUE_BYTES = 16;

/**
 * Calls back with each value in order. A value's 16 bytes are its length with either the text itself or its address, so equal
 * bytes in one chunk are equal texts, and only texts that differ from the row before are decoded.
 */
export function forEachText(vector: DuckDBVector, visit: (text: string | null, at: number) => void): void {
  const { dataView, validity } = vector as unknown as Partial<TextVector>;
  let previous: string | null = null;
  let previousAt = -1;
  for (let at = 0; at < vector.itemCount; at++) {
    if (dataView === undefined || validity === undefined) visit(vector.getItem(at) as string | null, at);
    else if (!validity.itemValid(at)) visit(null, at);
    else {
      if (previousAt < 0 || !isSame(dataView, previousAt * VALUE_BYTES, at * VALUE_BYTES))
        previous = vector.getItem(at) as string | null;
      previousAt = at;
      visit(previous, at);
    }
  }
}

function isSame(view: DataView, a: number, b: number): boolean {
  return (
    view.getInt32(a, true) === view.getInt32(b, true) &&
    view.getInt32(a + 4, true) === view.getInt32(b + 4, true) &&
    view.getInt32(a + 8, true) === view.getInt32(b + 8, true) &&
    view.getInt32(a + 12, true) === view.getInt32(b + 12, true)
  );
}
