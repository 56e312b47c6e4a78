/** Values as they are: Parquet's PLAIN encoding. https://parquet.apache.org/docs/file-format/data-pages/encodings/#PLAIN */

export type NumberType = 'DOUBLE' | 'INT64' | 'INT32';

/** Machines that this runs on are little-endian, as the format is. */
const WORD = 2 ** 32;

export function plainNumbers(numbers: Float64Array, type: NumberType): Uint8Array {
  if (type === 'DOUBLE') return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (type === 'INT32') return new Uint8Array(Int32Array.from(numbers).buffer);
  const words = new Int32Array(numbers.length * 2);
  for (let at = 0; at < numbers.length; at += 1) {
    const value = numbers[at] as number;
    const high = Math.floor(value / WORD);
    words[at * 2] = value - high * WORD;
    words[at * 2 + 1] = high;
  }
  return new Uint8Array(words.buffer);
}

/** Each with its length before it. */
export function plainTexts(texts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(texts.reduce((sum, { length }) => sum + length + 4, 0));
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (const text of texts) {
    view.setUint32(end, text.length, true);
    bytes.set(text, end + 4);
    end += 4 + text.length;
  }
  return bytes;
}
