/**
 * A hash of a quote's values that any side can compute, and its sum over many, whatever their order: producer and lake
 * hold the same quotes if count and sum agree.
 *
 * Canonical encoding, fields in contract order: 0x00 for null; 0x01, length (4 bytes, big endian) and UTF-8 for a string;
 * 0x02 and IEEE 754 binary64 (big endian, -0 as 0) for prices, volumes and times in epoch ms. Nulls at the end are left
 * out: a quote then hashes alike before and after fields are appended to the contract.
 */
import { hash } from 'node:crypto';
import { QUOTE_FIELDS, type Quote } from './quote.ts';

const NULL = 0;
const STRING = 1;
const NUMBER = 2;
const FIELD_NAMES = QUOTE_FIELDS.map((field) => field.name);

let scratch = Buffer.allocUnsafe(4096);

/** The canonical encoding. The buffer is used again by the next call: copy it to keep it. */
export function canonicalBytes(quote: Quote): Buffer {
  let [end, endOfLastValue] = [0, 0];
  for (const name of FIELD_NAMES) {
    const value = quote[name];
    if (value === null) {
      ensure(end + 1);
      scratch[end++] = NULL;
      continue;
    }
    if (typeof value === 'string') {
      ensure(end + 5 + value.length * 3);
      scratch[end] = STRING;
      const bytes = scratch.write(value, end + 5, 'utf8');
      scratch.writeUInt32BE(bytes, end + 1);
      end += 5 + bytes;
    } else {
      ensure(end + 9);
      scratch[end] = NUMBER;
      end = scratch.writeDoubleBE(value + 0, end + 1);
    }
    endOfLastValue = end;
  }
  return scratch.subarray(0, endOfLastValue);
}

/** First 8 bytes of SHA-256 over the canonical encoding, big endian, unsigned. */
export function quoteHash(quote: Quote): bigint {
  return BigInt(`0x${hash('sha256', canonicalBytes(quote), 'hex').slice(0, 16)}`);
}

/** Sum of hashes modulo 2^64: the same for any order and any split. */
export class HashSum {
  #sum = 0n;

  /** Adds one quote's hash, or another sum. */
  add(value: bigint | HashSum): void {
    this.#sum = BigInt.asUintN(64, this.#sum + (typeof value === 'bigint' ? value : value.#sum));
  }

  get value(): bigint {
    return this.#sum;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hex16(this.#sum);
  }

  static parse(text: string): HashSum {
    const sum = new HashSum();
    sum.add(BigInt(`0x${text}`));
    return sum;
  }
}

/** 16 lowercase hexadecimal digits of an unsigned 64-bit number. */
export function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

function ensure(bytes: number): void {
  if (bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(bytes * 2);
  scratch.copy(larger);
  scratch = larger;
}
