import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { QuoteSource, SourceItem } from '../../../adapters/quotes/source.ts';
import { tapeSource } from '../../../adapters/quotes/tape.ts';
import type { TapeCursor } from '../../../core/produce-contract.ts';

const running = new AbortController().signal;

function tape(
  bytes: Uint8Array,
  options: { from?: TapeCursor; maxRecords?: number; maxLineBytes?: number; chunk?: number } = {},
): QuoteSource {
  const { from = { byte: 0, line: 1 }, chunk = 5, ...limits } = options;
  return tapeSource({
    // The port is asynchronous; bytes in memory need no waiting.
    // eslint-disable-next-line @typescript-eslint/require-await
    async *open(fromByte) {
      for (let at = fromByte; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
    from,
    ...limits,
  });
}

async function readAll(source: QuoteSource): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of source.read(running)) items.push(item);
  return items;
}

function shown(item: SourceItem): string {
  return 'quote' in item ? item.quote.symbol : `${item.line}: ${item.reason}`;
}

const quoteLine = (symbol: string): string => JSON.stringify({ symbol, latestPrice: 1 });

describe('tapeSource', () => {
  test('gives quotes, and for each line that gives none its number and why', async () => {
    const text = [
      `\uFEFF${quoteLine('A')}\r`,
      'not json',
      '',
      quoteLine('B'),
      '{"symbol":3}',
      '[1]',
      quoteLine('x'.repeat(100)),
      quoteLine('C'),
    ].join('\n');
    const bytes = Buffer.concat([
      Buffer.from(`${text}\n{"symbol":"`),
      Buffer.from([0xff]),
      Buffer.from('"}\n'),
    ]);
    expect((await readAll(tape(bytes, { maxLineBytes: 60 }))).map(shown)).toEqual([
      'A',
      '2: not JSON',
      'B',
      '5: symbol is not a string',
      '6: not a JSON object',
      '7: longer than 60 bytes',
      'C',
      '9: not UTF-8',
    ]);
  });

  test('reads a last line without a line feed', async () => {
    const source = tape(Buffer.from(`${quoteLine('A')}\n${quoteLine('B')}`));
    expect((await readAll(source)).map(shown)).toEqual(['A', 'B']);
    expect(source.next).toBeUndefined();
  });

  test('an empty tape gives nothing', async () => {
    expect(await readAll(tape(new Uint8Array(0)))).toEqual([]);
  });

  test('numbers mean what JSON says: 1e999 is infinite and left to the quality rules', async () => {
    const [item] = await readAll(tape(Buffer.from('{"symbol":"A","latestPrice":1e999}')));
    expect(item).toMatchObject({ quote: { latestPrice: Number.POSITIVE_INFINITY } });
  });

  test('read in pieces by its cursor it gives what it gives in one go', async () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(quoteLine('A'), quoteLine('ÄÖ'), '{', '', '  ', quoteLine('y'.repeat(50))),
        fc.string(),
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        async (all, n, chunk) => {
          const bytes = Buffer.from(all.join('\n'));
          const whole = await readAll(tape(bytes, { maxLineBytes: 40 }));
          const pieces: SourceItem[] = [];
          let from: TapeCursor | undefined = { byte: 0, line: 1 };
          for (let rounds = 0; from !== undefined && rounds < 100; rounds += 1) {
            const source = tape(bytes, { maxLineBytes: 40, maxRecords: n, chunk, from });
            pieces.push(...(await readAll(source)));
            from = source.next as TapeCursor | undefined;
          }
          expect(pieces).toEqual(whole);
        },
      ),
    );
  });

  test('stops at the last line given when the time is up', async () => {
    const stop = new AbortController();
    const source = tape(Buffer.from(`${quoteLine('A')}\n${quoteLine('B')}\n`), { chunk: 1000 });
    for await (const item of source.read(stop.signal)) {
      expect(shown(item)).toBe('A');
      stop.abort();
    }
    expect(source.next).toEqual({ byte: quoteLine('A').length + 1, line: 2 });
  });
});
