import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readResultCsv } from '../../../cli/athena/result-csv.ts';

async function parse(text: string, chunkBytes = 7): Promise<(string | null)[][]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield await Promise.resolve(bytes.subarray(at, at + chunkBytes));
    }
  }
  const rows: (string | null)[][] = [];
  for await (const batch of readResultCsv(chunks())) rows.push(...batch);
  return rows;
}

describe('readResultCsv', () => {
  test('tells a null from an empty string', async () => {
    expect(await parse('"a","b","c"\n"1",,""\n')).toEqual([
      ['a', 'b', 'c'],
      ['1', null, ''],
    ]);
  });

  test('reads quotes, commas and line ends inside a field', async () => {
    expect(await parse('"say ""hi"", then\nleave","x"\n')).toEqual([['say "hi", then\nleave', 'x']]);
  });

  test('reads a last line without its line end', async () => {
    expect(await parse('"a"\n"b"')).toEqual([['a'], ['b']]);
  });

  test('reads back whatever was written, in any chunks, characters of several bytes included', async () => {
    const field = fc.option(fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', 'é', '漢', '😀', ' ') }));
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, chunkBytes) => {
        const text = rows
          .map(
            (row) =>
              `${row.map((cell) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`)).join(',')}\n`,
          )
          .join('');
        expect(await parse(text, chunkBytes)).toEqual(rows);
      }),
    );
  });
});
