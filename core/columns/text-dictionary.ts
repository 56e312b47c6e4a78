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
/**
 * Slots that are looked at before the value is sought by its text: Map's hash has a seed that nobody who writes quotes knows, so that
 * texts made to collide here cost no more than others cost there.
 */
const MAX_PROBES = 32;

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
  /** All values, once some were crowded out of the slots. */
  #byText: Map<string, number> | undefined;

  get size(): number {
    return this.#size;
  }

  /** The bytes of a value; they stay as they are when others are added. */
  bytesOf(code: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[code], this.#starts[code + 1]);
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
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const found = this.#slots[slot] as number;
      if (found === 0) return this.#add(bytes.subarray(start, start + length), hash);
      if (this.#hashes[found - 1] === hash && this.#is(found - 1, view, start, length)) return found - 1;
      slot = (slot + 1) & mask;
    }
    return this.#codeByText(bytes.subarray(start, start + length), hash);
  }

  /** Of a value whose neighbourhood is crowded. */
  #codeByText(own: Uint8Array, hash: number): number {
    if (!isUtf8(own)) return BAD_TEXT;
    this.#byText ??= new Map(Array.from({ length: this.#size }, (_, code) => [this.textOf(code), code]));
    return this.#byText.get(Buffer.from(own).toString()) ?? this.#add(own, hash);
  }

  #add(own: Uint8Array, hash: number): number {
    if (!isUtf8(own)) return BAD_TEXT;
    if (this.#size === this.#hashes.length) this.#grow();
    const code = this.#size++;
    this.#store(code, own);
    this.#hashes[code] = hash;
    place(this.#slots, hash, code);
    this.#byText?.set(this.textOf(code), code);
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
    for (let code = 0; code < this.#size; code += 1) place(slots, hashes[code] as number, code);
    this.#starts = starts;
    this.#hashes = hashes;
    this.#slots = slots;
  }
}

/** Where it will be found; nowhere if it is crowded there, for then it is sought by its text. */
function place(slots: Int32Array, hash: number, code: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  for (let probe = 0; probe < MAX_PROBES; probe += 1) {
    if (slots[slot] === 0) {
      slots[slot] = code + 1;
      return;
    }
    slot = (slot + 1) & mask;
  }
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
