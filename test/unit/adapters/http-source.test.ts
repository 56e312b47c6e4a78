import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HttpSourceOptions, httpSource, QUOTE_API_SHAPES } from '../../../adapters/quotes/http.ts';
import type { SourceItem } from '../../../adapters/quotes/source.ts';
import { type Clock, TokenBucket } from '../../../adapters/quotes/token-bucket.ts';
import type { KnownSymbol } from '../../../core/quote-apis.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

let server: Server;
let asked: { path: string; headers: IncomingMessage['headers'] }[];
let answers: Record<string, Answer>;
let waits: number[];
let clock: Clock;

const ok: Answer = (request, response) => {
  const symbol = /\/stock\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? '';
  response.end(JSON.stringify({ symbol: decodeURIComponent(symbol), latestPrice: 5 }));
};

function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(code, headers).end('{}');
}

/** The given answers one after the other, the last of them for good. */
function inTurn(...turns: readonly Answer[]): Answer {
  return (request, response, attempt) => {
    (turns[attempt] ?? turns.at(-1) ?? ok)(request, response, attempt);
  };
}

beforeEach(async () => {
  asked = [];
  answers = {};
  waits = [];
  let nowMs = 1_000_000;
  clock = {
    now: () => nowMs,
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  server = createServer((request, response) => {
    const path = request.url ?? '';
    const attempt = asked.filter((each) => each.path === path).length;
    asked.push({ path, headers: request.headers });
    const symbol = /\/stock\/([^/]+)\/|symbol=([^&]+)/.exec(path);
    (answers[symbol?.[1] ?? symbol?.[2] ?? ''] ?? ok)(request, response, attempt);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const known = (symbol: string): KnownSymbol => ({ symbol, companyName: null, sector: null });

async function read(
  symbols: readonly string[],
  options: Partial<HttpSourceOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const source = httpSource({
    api: QUOTE_API_SHAPES.iex,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: () => Promise.resolve('key'),
    symbols: symbols.map(known),
    bucket: new TokenBucket(clock, 1000),
    clock,
    random: () => 0.5,
    ...options,
  });
  const items: SourceItem[] = [];
  for await (const item of source.read(signal)) items.push(item);
  return items.map((item) => ('quote' in item ? item.quote.symbol : `${item.line} ${item.reason}`));
}

describe('httpSource', () => {
  test('asks for each symbol and keeps their order', async () => {
    answers['A'] = (request, response, attempt) =>
      setTimeout(() => {
        ok(request, response, attempt);
      }, 50);
    expect(await read(['A', 'B', 'C', 'BRK/B', 'D', 'E'])).toEqual(['A', 'B', 'C', 'BRK/B', 'D', 'E']);
    expect(asked[0]?.path).toBe('/stock/A/quote?token=key');
  });

  test('asks Finnhub with the key in a header, not in the URL', async () => {
    answers['A'] = (_request, response) => response.end('{"c":5,"h":6,"l":4,"o":5,"pc":5,"t":1795208400}');
    expect(await read(['A'], { api: QUOTE_API_SHAPES.finnhub })).toEqual(['A']);
    expect(asked[0]?.path).toBe('/quote?symbol=A');
    expect(asked[0]?.headers['x-finnhub-token']).toBe('key');
  });

  test('a symbol that fails leaves the others alone', async () => {
    answers = {
      B: status(404),
      C: (_request, response) => response.end('<html>'),
      D: (_request, response) => response.end('{"symbol":"D","latestPrice":"dear"}'),
      E: status(302, { location: 'http://127.0.0.1:1/' }),
    };
    expect(await read(['A', 'B', 'C', 'D', 'E', 'F'], { attempts: 1 })).toEqual([
      'A',
      '2 B: HTTP 404',
      '3 C: the answer is not JSON',
      '4 D: latestPrice is not a number',
      expect.stringMatching(/^5 E: no answer/),
      'F',
    ]);
  });

  test.each([429, 500, 503])('tries again after HTTP %i, waiting longer each time', async (code) => {
    answers['A'] = inTurn(status(code), status(code), ok);
    expect(await read(['A'])).toEqual(['A']);
    expect(waits).toEqual([125, 250]);
  });

  test('tries again after a reset', async () => {
    answers['A'] = inTurn((request) => request.socket.destroy(), ok);
    expect(await read(['A'])).toEqual(['A']);
  });

  test('tries again when an answer takes too long', async () => {
    answers['A'] = inTurn(() => undefined, ok);
    expect(await read(['A'], { timeoutMs: 50 })).toEqual(['A']);
  });

  test('gives a symbol up after some attempts', async () => {
    answers['A'] = status(503);
    expect(await read(['A', 'B'], { attempts: 3 })).toEqual(['1 A: HTTP 503', 'B']);
    expect(asked.filter(({ path }) => path.includes('/A/'))).toHaveLength(3);
  });

  test('does not try again what will not change', async () => {
    answers['A'] = status(404);
    await read(['A', 'B']);
    expect(asked).toHaveLength(2);
  });

  test('waits as long as Retry-After asks, in seconds or until a date', async () => {
    answers['A'] = inTurn(status(429, { 'retry-after': '7' }), ok);
    answers['B'] = inTurn(status(503, { 'retry-after': new Date(1_010_000).toUTCString() }), ok);
    expect(await read(['A'])).toEqual(['A']);
    expect(waits[0]).toBe(7125);
    const before = clock.now();
    expect(await read(['B'])).toEqual(['B']);
    expect(clock.now() - before).toBeGreaterThanOrEqual(1_010_000 - before);
  });

  test('holds back the other calls too while a server asked to wait', async () => {
    const bucket = new TokenBucket(clock, 1000);
    answers['A'] = inTurn(status(429, { 'retry-after': '9' }), ok);
    expect(await read(['A', 'B'], { bucket, concurrency: 1 })).toEqual(['A', 'B']);
    expect(clock.now()).toBeGreaterThanOrEqual(1_009_000);
  });

  test('does not wait when Retry-After asks for more than is sensible', async () => {
    answers['A'] = status(429, { 'retry-after': '3600' });
    expect(await read(['A', 'B'])).toEqual(['1 A: HTTP 429', 'B']);
    expect(waits).toEqual([]);
  });

  test.each([401, 402, 403])('HTTP %i ends the run: the key is not accepted', async (code) => {
    answers['B'] = status(code);
    await expect(read(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])).rejects.toMatchObject({
      code: 'QUOTE_SOURCE_REFUSED',
    });
    expect(asked.length).toBeLessThan(8);
  });

  test('no answer for any symbol is an error that can be tried again', async () => {
    answers = { A: status(503), B: status(500) };
    await expect(read(['A', 'B'])).rejects.toMatchObject({
      code: 'QUOTE_SOURCE_UNAVAILABLE',
      canRetry: true,
    });
  });

  test('an answer without end is cut off', async () => {
    answers['A'] = (_request, response) => {
      const part = Buffer.alloc(256 * 1024, 0x20);
      const more = (): void => {
        if (response.writable) response.write(part, more);
      };
      more();
    };
    expect(await read(['A', 'B'], { attempts: 1 })).toEqual(['1 A: no answer: the answer is too long', 'B']);
  });

  test('stops asking when the time is up, and says which symbols were left', async () => {
    const stop = new AbortController();
    answers['B'] = () => {
      stop.abort();
    };
    expect(await read(['A', 'B', 'C'], { concurrency: 1 }, stop.signal)).toEqual([
      'A',
      expect.stringMatching(/^2 B: /),
      '3 C: the time was up',
    ]);
  });
});

describe('TokenBucket', () => {
  test('lets a second’s worth through at once, then one by one', async () => {
    const bucket = new TokenBucket(clock, 4);
    const { signal } = new AbortController();
    for (let call = 0; call < 8; call += 1) await bucket.take(signal);
    expect(waits).toEqual([250, 250, 250, 250]);
  });

  test('saves up no more than a second’s worth', async () => {
    const bucket = new TokenBucket(clock, 2);
    const { signal } = new AbortController();
    await bucket.take(signal);
    await clock.wait(60_000, signal);
    waits.length = 0;
    for (let call = 0; call < 3; call += 1) await bucket.take(signal);
    expect(waits).toEqual([500]);
  });
});
