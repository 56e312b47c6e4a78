/**
 * Reads Avro's binary encoding by position, for loops over millions of values: it checks nothing. What it reads beyond the end of
 * a record or of the bytes is nonsense and never an error; whoever reads a record compares where it ended with where it should.
 */
export class AvroCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A zigzag number of variable length; NaN if JavaScript cannot hold it exactly. */
  long(): number {
    const { bytes } = this;
    let { position } = this;
    let byte = bytes[position++] as number;
    let low = byte & 0x7f;
    let high = 0;
    if (byte >= 0x80) {
      byte = bytes[position++] as number;
      low |= (byte & 0x7f) << 7;
      if (byte >= 0x80) {
        byte = bytes[position++] as number;
        low |= (byte & 0x7f) << 14;
        if (byte >= 0x80) {
          byte = bytes[position++] as number;
          low |= (byte & 0x7f) << 21;
          for (let weight = 1; byte >= 0x80; weight *= 0x80) {
            if (weight >= 0x80 ** 4) return this.#tooLong(position);
            byte = bytes[position++] as number;
            high += (byte & 0x7f) * weight;
          }
        }
      }
    }
    this.position = position;
    const zigzag = high * 0x10000000 + low;
    if (zigzag > Number.MAX_SAFE_INTEGER) return Number.NaN;
    return (low & 1) === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }

  #tooLong(position: number): number {
    this.position = position;
    return Number.NaN;
  }

  double(): number {
    const { position } = this;
    this.position = position + 8;
    return position + 8 <= this.bytes.length ? this.view.getFloat64(position, true) : Number.NaN;
  }
}
