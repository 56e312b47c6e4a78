/**
 * Text of a column as codes into a dictionary of its distinct values. Values are told apart by their bytes, so no string is made
 * of a value that was there before.
 */
import { isUtf8 } from 'node:buffer';

/** Stands for null, in place of a code. */
export const NO_TEXT = -1;
/** The bytes are not UTF-8. */
export const BAD_TEXT = -2;

const FIRST_ENTRIES = 32;
const FIRST_BYTES = 512;

/** Distinct values, numbered from 0 in the order of their first mention. */
export class TextDictionary {
  /** Where each value starts in `#bytes`; one more than there are values. */
  #starts = new Int32Array(FIRST_ENTRIES + 1);
  #hashes = new Int32Array(FIRST_ENTRIES);
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** Open addressing: code + 1, or 0. Twice as many as entries, a power of two. */
  #slots = new Int32Array(FIRST_ENTRIES * 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The bytes of a value: a view that the next new value may invalidate. */
  bytesOf(code: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[code] as number, this.#starts[code + 1] as number);
  }

  textOf(code: number): string {
    return Buffer.from(this.bytesOf(code)).toString();
  }

  add(text: string): number {
    const bytes = Buffer.from(text);
    return this.code(
      bytes,
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      0,
      bytes.length,
      NO_TEXT,
    );
  }

  /**
   * The code of `length` bytes at `start`, or BAD_TEXT.
   * @param likely a code to compare with first; NO_TEXT to compare with none
   */
  code(bytes: Uint8Array, view: DataView, start: number, length: number, likely: number): number {
    if (likely >= 0 && this.#is(likely, view, start, length)) return likely;
    const hash = hashOf(view, start, length);
    let mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let found = this.#slots[slot] as number; found !== 0; found = this.#slots[slot] as number) {
      if (this.#hashes[found - 1] === hash && this.#is(found - 1, view, start, length)) return found - 1;
      slot = (slot + 1) & mask;
    }
    const own = bytes.subarray(start, start + length);
    if (!isUtf8(own)) return BAD_TEXT;
    if (this.#size === this.#hashes.length) {
      this.#grow();
      mask = this.#slots.length - 1;
      slot = freeSlot(this.#slots, hash);
    }
    const code = this.#size++;
    this.#store(code, own);
    this.#hashes[code] = hash;
    this.#slots[slot] = code + 1;
    return code;
  }

  #is(code: number, view: DataView, start: number, length: number): boolean {
    const own = this.#starts[code] as number;
    if ((this.#starts[code + 1] as number) - own !== length) return false;
    const mine = this.#view;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      if (mine.getInt32(own + at, true) !== view.getInt32(start + at, true)) return false;
    }
    for (; at < length; at += 1) if (mine.getUint8(own + at) !== view.getUint8(start + at)) return false;
    return true;
  }

  #store(code: number, own: Uint8Array): void {
    const start = this.#starts[code] as number;
    const end = start + own.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(end * 2);
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#bytes.set(own, start);
    this.#starts[code + 1] = end;
  }

  #grow(): void {
    const entries = this.#hashes.length * 2;
    const starts = new Int32Array(entries + 1);
    const hashes = new Int32Array(entries);
    const slots = new Int32Array(entries * 2);
    starts.set(this.#starts);
    hashes.set(this.#hashes);
    for (let code = 0; code < this.#size; code += 1)
      slots[freeSlot(slots, hashes[code] as number)] = code + 1;
    this.#starts = starts;
    this.#hashes = hashes;
    this.#slots = slots;
  }
}

function freeSlot(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  return slot;
}

/** Four bytes at a time; mixed at the end, so that its low bits depend on all of them. */
function hashOf(view: DataView, start: number, length: number): number {
  let hash = length;
  let at = start;
  const end = start + length;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1) ^ (hash >>> 15);
  for (; at < end; at += 1) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
