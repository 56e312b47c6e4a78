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
});
