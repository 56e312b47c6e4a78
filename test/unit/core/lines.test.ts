import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineCutter } from '../../../core/lines.ts';

interface Cut {
  readonly text: string | undefined;
  readonly length: number;
}

function cut(bytes: Buffer, chunkSizes: readonly number[], limit: number): Cut[] {
  const cutter = new LineCutter(limit);
  const lines = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = chunkSizes[i % chunkSizes.length] ?? 1;
    lines.push(...[...cutter.push(bytes.subarray(at, at + size))].map(shown));
    at += size;
  }
  const last = cutter.end();
  return last === undefined ? lines : [...lines, shown(last)];
}

function shown({ bytes, length }: { bytes: Uint8Array | undefined; length: number }): Cut {
  return { text: bytes && Buffer.from(bytes).toString(), length };
}

test('chunks do not show: lines are those of the whole, and their lengths add up', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '\r', ' ', '"'), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(line),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, endsWithFeed, chunkSizes) => {
        const bytes = Buffer.from(lines.join('\n') + (endsWithFeed && lines.length > 0 ? '\n' : ''));
        const found = cut(bytes, chunkSizes, 10);
        const pieces = bytes.toString().split('\n');
        if (pieces.at(-1) === '') pieces.pop();
        const expected = pieces.map((piece) => piece.replace(/\r$/, ''));
        expect(found.map(({ text }) => text)).toEqual(
          expected.map((text) => (Buffer.byteLength(text) > 10 ? undefined : text)),
        );
        expect(found.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length);
      },
    ),
  );
});

test('a line over the limit is not kept, and the next one is whole', () => {
  expect(cut(Buffer.from(`${'x'.repeat(1000)}\nok\n`), [7], 10)).toEqual([
    { text: undefined, length: 1001 },
    { text: 'ok', length: 3 },
  ]);
});

test('a line just at the limit counts without its carriage return', () => {
  expect(
    cut(Buffer.from('1234567890\r\n1234567890\n12345678901\n'), [4], 10).map(({ text }) => text),
  ).toEqual(['1234567890', '1234567890', undefined]);
});
