/**
 * Small whole numbers in Parquet's RLE and bit-packing hybrid: dictionary codes and definition levels.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */

/** A run of this many equal values is written as one; groups of bit-packed values have as many. */
const GROUP = 8;
/** Bits that are gathered before bytes are written must fit a 32-bit number together with one more value. */
const MAX_BIT_WIDTH = 24;

/** Bits that numbers from 0 up to below `count` need. */
export function bitWidthOf(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/** @param bitWidth at most 24 */
export function encodeHybrid(values: Int32Array, bitWidth: number): Uint8Array {
  if (bitWidth > MAX_BIT_WIDTH) throw new RangeError(`codes of ${bitWidth} bits are too wide`);
  const groups = Math.ceil(values.length / GROUP);
  // Runs and groups never take more than their values packed and a header of at most five bytes for each.
  const bytes = new Uint8Array(groups * (bitWidth + 5) + 5);
  let end = 0;
  let packedFrom = 0;
  const flush = (until: number): void => {
    if (until > packedFrom) end = writePacked(bytes, end, values, packedFrom, until, bitWidth);
  };
  let at = 0;
  while (at < values.length) {
    const length = runLength(values, at);
    if (length < GROUP) at += GROUP;
    else {
      flush(at);
      end = writeVarint(bytes, end, length << 1);
      for (let shift = 0; shift < bitWidth; shift += 8) bytes[end++] = (values[at] as number) >> shift;
      at += length;
      packedFrom = at;
    }
  }
  flush(values.length);
  return bytes.subarray(0, end);
}

function runLength(values: Int32Array, start: number): number {
  const first = values[start];
  let at = start + 1;
  while (at < values.length && values[at] === first) at += 1;
  return at - start;
}

/** Bit-packs values in groups of eight, the last one filled up with zeros. */
function writePacked(
  bytes: Uint8Array,
  start: number,
  values: Int32Array,
  from: number,
  until: number,
  bitWidth: number,
): number {
  const groups = Math.ceil((until - from) / GROUP);
  const packedStart = writeVarint(bytes, start, (groups << 1) | 1);
  let end = packedStart;
  let bits = 0;
  let gathered = 0;
  for (let at = from; at < until; at += 1) {
    bits |= (values[at] as number) << gathered;
    gathered += bitWidth;
    while (gathered >= 8) {
      bytes[end++] = bits;
      bits >>>= 8;
      gathered -= 8;
    }
  }
  if (gathered > 0) bytes[end] = bits;
  return packedStart + groups * bitWidth;
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let end = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[end++] = rest | 0x80;
    rest >>>= 7;
  }
  bytes[end++] = rest;
  return end;
}
