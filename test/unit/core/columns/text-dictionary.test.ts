import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BAD_TEXT, NO_TEXT, TextDictionary } from '../../../../core/columns/text-dictionary.ts';

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const codeOf = (dictionary: TextDictionary, bytes: Uint8Array, likely = NO_TEXT): number =>
  dictionary.code(bytes, viewOf(bytes), 0, bytes.length, likely);

describe('a dictionary of texts', () => {
  test('numbers distinct texts in the order of their first mention, whatever code is thought likely', () => {
    const mention = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.nat({ max: 30 }));
    fc.assert(
      fc.property(fc.array(mention, { maxLength: 60 }), (mentions) => {
        const dictionary = new TextDictionary();
        const expected = new Map<string, number>();
        for (const [text, guess] of mentions) {
          if (!expected.has(text)) expected.set(text, expected.size);
          const likely = guess < dictionary.size ? guess : NO_TEXT;
          expect(codeOf(dictionary, Buffer.from(text), likely)).toBe(expected.get(text));
        }
        expect(Array.from({ length: dictionary.size }, (_, code) => dictionary.textOf(code))).toEqual([
          ...expected.keys(),
        ]);
      }),
    );
  });

  test('grows beyond its first size in entries and in bytes', () => {
    const dictionary = new TextDictionary();
    const texts = Array.from({ length: 5000 }, (_, index) => `company number ${index}`);
    expect(texts.map((text) => dictionary.add(text))).toEqual([...texts.keys()]);
    expect(texts.map((text) => dictionary.add(text))).toEqual([...texts.keys()]);
    expect(dictionary.textOf(4999)).toBe('company number 4999');
    expect(dictionary.add('x'.repeat(100_000))).toBe(5000);
  });

  test('tells texts apart that differ in one byte, wherever it is', () => {
    const dictionary = new TextDictionary();
    const texts = Array.from({ length: 11 }, (_, at) => `${'a'.repeat(at)}b${'a'.repeat(10 - at)}`);
    expect(texts.map((text) => dictionary.add(text))).toEqual([...texts.keys()]);
  });

  test('takes no bytes that are not UTF-8, and reads only those that are its own', () => {
    const dictionary = new TextDictionary();
    const bytes = Buffer.from([0xff, 0x41, 0x42, 0xff]);
    expect(codeOf(dictionary, bytes)).toBe(BAD_TEXT);
    expect(dictionary.code(bytes, viewOf(bytes), 1, 2, NO_TEXT)).toBe(0);
    expect(dictionary.textOf(0)).toBe('AB');
  });

  test('looks at few others, though all were made to fall into one place', () => {
    const texts = collidingTexts(2000);
    const dictionary = new TextDictionary();
    let reads = 0;
    const counting = (text: Uint8Array): DataView => {
      const view = viewOf(text);
      view.getInt32 = (...place) => {
        reads += 1;
        return DataView.prototype.getInt32.apply(view, place);
      };
      return view;
    };
    const codes = (): number[] =>
      texts.map((text) => dictionary.code(text, counting(text), 0, text.length, NO_TEXT));
    expect(codes()).toEqual([...texts.keys()]);
    expect(codes()).toEqual([...texts.keys()]);
    expect(dictionary.size).toBe(texts.length);
    // Two words for the hash, and of each of 32 others at most two.
    expect(reads / (texts.length * 2)).toBeLessThan(2 + 32 * 2);
  });
});

/** Different texts of eight letters and the like, each with the same hash: the second word makes up for the first. */
function collidingTexts(count: number): Buffer[] {
  const inverse = inverseOf(0x9e3779b1);
  const found: Buffer[] = [];
  for (let number = 0; found.length < count; number += 1) {
    const text = Buffer.alloc(8);
    text.write((0x20202020 + number).toString(36).slice(-4), 'latin1');
    const first = Math.imul(8 ^ text.readInt32LE(0), 0x9e3779b1) ^ (8 >>> 15);
    text.writeInt32LE(first ^ Math.imul(0x12345678 ^ (first >>> 15), inverse), 4);
    if (text.every((byte) => byte < 0x80)) found.push(text);
  }
  return found;
}

/** Of an odd number, to 32 bits. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let step = 0; step < 5; step += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
