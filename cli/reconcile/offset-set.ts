/** Offsets one page holds; a page is a bitmap of 8 KiB, so a million dense offsets take 128 KiB. */
const PAGE_OFFSETS = 65_536;

/** A set of Kafka offsets of one partition, small enough to hold every offset of a long log at once. */
export class OffsetSet {
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  /** How many offsets it holds. */
  get size(): number {
    return this.#size;
  }

  /** Adds an offset and says whether it is new. */
  add(offset: number): boolean {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`not an offset: ${offset}`);
    const number = Math.floor(offset / PAGE_OFFSETS);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_OFFSETS / 8);
      this.#pages.set(number, page);
    }
    const within = offset - number * PAGE_OFFSETS;
    const [index, bit] = [within >> 3, 1 << (within & 7)];
    const byte = page[index] ?? 0;
    if ((byte & bit) !== 0) return false;
    page[index] = byte | bit;
    this.#size++;
    return true;
  }

  has(offset: number): boolean {
    const number = Math.floor(offset / PAGE_OFFSETS);
    const within = offset - number * PAGE_OFFSETS;
    return ((this.#pages.get(number)?.[within >> 3] ?? 0) & (1 << (within & 7))) !== 0;
  }

  /** How many of its offsets the other one lacks, and the lowest of them. */
  except(other: OffsetSet): { readonly count: number; readonly first: number | undefined } {
    let count = 0;
    let first: number | undefined;
    for (const [number, page] of this.#pages) {
      for (const [index, byte] of page.entries()) {
        const start = number * PAGE_OFFSETS + index * 8;
        const lacking = byte & ~other.byteAt(start);
        if (lacking === 0) continue;
        const lowest = start + Math.log2(lacking & -lacking);
        first = Math.min(first ?? lowest, lowest);
        for (let bits = lacking; bits !== 0; bits &= bits - 1) count++;
      }
    }
    return { count, first };
  }

  /** The eight offsets of which `offset` (a multiple of 8) is the first, as bits. */
  byteAt(offset: number): number {
    const number = Math.floor(offset / PAGE_OFFSETS);
    return this.#pages.get(number)?.[(offset - number * PAGE_OFFSETS) >> 3] ?? 0;
  }
}

/** How many offsets in `[from, to)` none of the sets holds, and the first of them. */
export function absentFrom(
  sets: readonly OffsetSet[],
  from: number,
  to: number,
): { readonly count: number; readonly first: number | undefined } {
  let count = 0;
  let first: number | undefined;
  const absent = (offset: number): void => {
    if (sets.some((set) => set.has(offset))) return;
    count++;
    first ??= offset;
  };
  for (let offset = from; offset < to; ) {
    const wholeByte = offset % 8 === 0 && offset + 8 <= to;
    if (wholeByte && sets.reduce((byte, set) => byte | set.byteAt(offset), 0) === 0xff) {
      offset += 8;
      continue;
    }
    absent(offset);
    offset++;
  }
  return { count, first };
}
