/** Numbers of a column as codes into their distinct values, told apart by their bits. */

export interface NumberDictionary {
  /** In the order of their first mention. */
  readonly distinct: Float64Array;
  readonly codes: Int32Array;
}

/** Numbers that are looked at before giving up on a column whose numbers hardly repeat. */
const SAMPLE = 256;

/** @returns undefined where less than half of the numbers repeat one before: a dictionary then costs more than it saves */
export function buildDictionary(numbers: Float64Array): NumberDictionary | undefined {
  const capacity = 2 ** (32 - Math.clz32(Math.max(numbers.length, 2) - 1));
  const slots = new Int32Array(capacity);
  const mask = capacity - 1;
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
  const firsts = new Int32Array(capacity);
  const codes = new Int32Array(numbers.length);
  let size = 0;
  let last = -1;
  for (let at = 0; at < numbers.length; at += 1) {
    const low = words[at * 2] as number;
    const high = words[at * 2 + 1] as number;
    if (last >= 0 && words[last * 2] === low && words[last * 2 + 1] === high) {
      codes[at] = codes[at - 1] as number;
      continue;
    }
    last = at;
    let slot = hashOf(low, high) & mask;
    for (;;) {
      const found = slots[slot] as number;
      if (found === 0) {
        if (size * 2 > at && at > SAMPLE) return undefined;
        firsts[size] = at;
        codes[at] = size;
        size += 1;
        slots[slot] = size;
        break;
      }
      const first = firsts[found - 1] as number;
      if (words[first * 2] === low && words[first * 2 + 1] === high) {
        codes[at] = found - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  if (size * 2 > numbers.length && numbers.length > 2) return undefined;
  return {
    distinct: Float64Array.from(firsts.subarray(0, size), (first) => numbers[first] as number),
    codes,
  };
}

function hashOf(low: number, high: number): number {
  let hash = Math.imul(low ^ (low >>> 15), 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
