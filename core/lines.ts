/** Cuts a stream of bytes into lines without ever holding more than one line's limit. */

export interface Line {
  /** The line without its end, undefined if it is longer than the limit. */
  readonly bytes: Uint8Array | undefined;
  /** Bytes from the line's start to the next line's, its end included. */
  readonly length: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class LineCutter {
  private readonly limitBytes: number;
  private held: Uint8Array[] = [];
  private heldBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** The lines that end in this chunk. They may share its memory. */
  *push(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      yield this.finish(chunk.subarray(start, end), 1);
      start = end + 1;
    }
    this.hold(chunk.subarray(start));
  }

  /** What comes after the last line feed, if anything. */
  end(): Line | undefined {
    return this.heldBytes === 0 ? undefined : this.finish(new Uint8Array(0), 0);
  }

  private hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.heldBytes += part.length;
    // One byte more than the limit is kept, for the carriage return that does not count.
    if (this.heldBytes <= this.limitBytes + 1) this.held.push(part);
    else this.held = [];
  }

  private finish(part: Uint8Array, endBytes: number): Line {
    let bytes = part;
    if (this.heldBytes > 0) {
      this.hold(part);
      bytes = Buffer.concat(this.held);
    }
    const total = this.heldBytes > 0 ? this.heldBytes : part.length;
    this.held = [];
    this.heldBytes = 0;
    const isCut = bytes.length !== total;
    if (!isCut && bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    return { bytes: isCut || bytes.length > this.limitBytes ? undefined : bytes, length: total + endBytes };
  }
}
