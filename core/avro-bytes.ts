/** Avro's binary encoding, as much of it as object container files need, without copies. */

/** Bytes of an Avro long are at most ten; a whole number that JavaScript holds exactly needs eight. */
const MAX_LONG_BYTES = 8;

export class AvroWriter {
  #buffer: Buffer;
  #end = 0;

  /** @param sizeHint bytes expected: more are allowed, and copied once */
  constructor(sizeHint: number) {
    this.#buffer = Buffer.allocUnsafe(sizeHint);
  }

  /** A whole number, negative ones included, zigzag and variable-length. */
  long(value: number): void {
    this.#ensure(MAX_LONG_BYTES + 2);
    let rest = value >= 0 ? value * 2 : value * -2 - 1;
    while (rest >= 0x80) {
      this.#buffer[this.#end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#end++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.long(value.length);
    this.raw(value);
  }

  string(value: string): void {
    this.long(Buffer.byteLength(value));
    this.#ensure(value.length * 3);
    this.#end += this.#buffer.write(value, this.#end, 'utf8');
  }

  /** Decodes base64 text into place as Avro bytes. Returns whether all of it was base64. */
  base64(text: string): boolean {
    if ((text.length & 3) !== 0) return false;
    const length = (text.length >> 2) * 3 - paddingOf(text);
    this.long(length);
    this.#ensure(length);
    const written = this.#buffer.write(text, this.#end, length, 'base64');
    this.#end += written;
    return written === length;
  }

  stringMap(entries: Readonly<Record<string, string>>): void {
    const pairs = Object.entries(entries);
    this.long(pairs.length);
    for (const [name, value] of pairs) {
      this.string(name);
      this.bytes(Buffer.from(value));
    }
    this.long(0);
  }

  raw(value: Uint8Array): void {
    this.#ensure(value.length);
    this.#buffer.set(value, this.#end);
    this.#end += value.length;
  }

  ascii(value: string): void {
    this.raw(Buffer.from(value, 'latin1'));
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  #ensure(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe((this.#end + bytes) * 2);
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** How many of the last four characters stand for no byte. */
function paddingOf(text: string): number {
  if (!text.endsWith('=')) return 0;
  return text.endsWith('==') ? 2 : 1;
}

/** Reads what AvroWriter writes; throws a RangeError where the bytes end too early. */
export class AvroReader {
  readonly #buffer: Buffer;
  #position = 0;
  #lastBytes: Buffer | undefined;
  #lastText = '';

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#buffer.length;
  }

  /** @throws RangeError for a number that JavaScript cannot hold exactly */
  long(): number {
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.#buffer[this.#position++];
      if (byte === undefined) throw new RangeError('it ends inside a number');
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) break;
      weight *= 0x80;
      if (weight > 0x80 ** MAX_LONG_BYTES) throw new RangeError('a number is too long');
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number is too large');
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer {
    return this.raw(this.long());
  }

  /** Text that repeats from record to record: decoded once as long as its bytes stay the same. */
  internedString(): string {
    const bytes = this.bytes();
    if (this.#lastBytes?.equals(bytes) !== true) {
      this.#lastBytes = bytes;
      this.#lastText = bytes.toString();
    }
    return this.#lastText;
  }

  stringMap(): Map<string, string> {
    const entries = new Map<string, string>();
    for (let count = this.long(); count !== 0; count = this.long()) {
      for (let index = 0; index < count; index += 1) {
        const name = this.bytes().toString();
        entries.set(name, this.bytes().toString());
      }
    }
    return entries;
  }

  raw(length: number): Buffer {
    const end = this.#position + length;
    if (length < 0 || end > this.#buffer.length) throw new RangeError('it is cut short');
    const bytes = this.#buffer.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }
}
