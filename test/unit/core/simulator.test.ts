import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { NASDAQ_SYMBOLS } from '../../../core/nasdaq-symbols.ts';
import type { Quote } from '../../../core/quote.ts';
import { QUOTE_FIELDS } from '../../../core/quote.ts';
import { Random } from '../../../core/random.ts';
import { Simulator, type SimulatorOptions } from '../../../core/simulator.ts';

const FRIDAY = Date.parse('2026-11-20T14:30:00Z');
const MINUTE = 60_000;
const few = NASDAQ_SYMBOLS.slice(0, 5);

function take(
  options: Partial<SimulatorOptions>,
  count: number,
  from?: { tick: number; symbol: number },
): Quote[] {
  const simulator = new Simulator(
    { seed: 1, symbols: few, startMs: FRIDAY, intervalMs: MINUTE, ...options },
    from,
  );
  return Array.from({ length: count }, () => simulator.next());
}

/** Quotes of one symbol over whole sessions, the closing one of each included. */
function sessions(count: number, intervalMs: number, symbol = NASDAQ_SYMBOLS[1]): Quote[] {
  if (symbol === undefined) throw new Error('no symbol');
  return take({ symbols: [symbol], intervalMs }, count * (Math.floor((390 * MINUTE) / intervalMs) + 1));
}

const prices = ['open', 'close', 'high', 'low', 'latestPrice', 'week52High', 'week52Low'] as const;

describe('symbols', () => {
  test('are at least 120, each once, complete and plausible', () => {
    expect(NASDAQ_SYMBOLS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(NASDAQ_SYMBOLS.map(({ symbol }) => symbol)).size).toBe(NASDAQ_SYMBOLS.length);
    for (const { symbol, basePrice, annualVolatility, dailyVolume } of NASDAQ_SYMBOLS) {
      expect(symbol).toMatch(/^[A-Z]{1,5}$/);
      expect(basePrice).toBeGreaterThan(1);
      expect(annualVolatility).toBeGreaterThan(0.1);
      expect(dailyVolume).toBeGreaterThan(10_000);
    }
  });
});

describe('cursor', () => {
  test('any quote is the same whether reached from the start or entered at', () => {
    const options = fc.record({
      seed: fc.integer({ min: 0, max: 1e6 }),
      intervalMs: fc.constantFrom(250, 1000, 7000, 45_000, MINUTE, 90_000, 1_800_000),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 0, max: 800 }), (given, position) => {
        const straight = take(given, position + 20).slice(position);
        const entered = take(given, 20, { tick: Math.floor(position / 5), symbol: position % 5 });
        expect(entered).toEqual(straight);
      }),
      { numRuns: 25 },
    );
  });

  test('stands at the next quote', () => {
    const simulator = new Simulator({ seed: 1, symbols: few, startMs: FRIDAY, intervalMs: MINUTE });
    for (let i = 0; i < 7; i += 1) simulator.next();
    expect(simulator.cursor).toEqual({ tick: 1, symbol: 2 });
  });

  test('costs the minutes of one session to enter, however many ticks and sessions lie before', () => {
    const uniform = jest.spyOn(Random.prototype, 'uniform');
    const tick = 30 * 93_601 + 93_599;
    take({ intervalMs: 250 }, 1, { tick, symbol: 0 });
    const draws = uniform.mock.calls.length;
    uniform.mockRestore();
    expect(draws).toBeLessThan(10_000);
  });
});

describe('determinism', () => {
  test('another seed gives other prices', () => {
    expect(take({ seed: 2 }, 50)).not.toEqual(take({ seed: 1 }, 50));
  });

  test('the same minute shows the same price at any interval that meets it', () => {
    const fine = sessions(1, 4000).filter((_, tick) => tick % 15 === 0);
    const coarse = sessions(1, MINUTE);
    expect(fine.map((quote) => quote.latestPrice)).toEqual(coarse.map((quote) => quote.latestPrice));
  });
});

describe('sessions', () => {
  test('a session closes at 16:00 with its final price, and the next opens after the weekend', () => {
    const [...quotes] = sessions(2, 30 * MINUTE);
    const close = quotes[13];
    const open = quotes[14];
    expect(close).toMatchObject({
      calculationPrice: 'close',
      latestUpdate: Date.parse('2026-11-20T21:00:00Z'),
      closeTime: Date.parse('2026-11-20T21:00:00Z'),
      latestTime: 'November 20, 2026',
      close: close?.latestPrice,
    });
    expect(open?.openTime).toBe(Date.parse('2026-11-23T14:30:00Z'));
    expect(open?.close).toBe(close?.latestPrice);
    expect(open?.closeTime).toBe(close?.closeTime);
  });

  test('a start within a session begins there', () => {
    const [first] = take({ startMs: Date.parse('2026-11-20T16:00:30Z') }, 1);
    expect(first?.latestTime).toMatch(/^11:01:0\d AM$/);
  });

  test('a start after the last tick of a day begins the next session', () => {
    const [first] = take({ startMs: Date.parse('2026-11-20T20:59:00Z'), intervalMs: 7 * 60 * MINUTE }, 1);
    expect(first?.openTime).toBe(Date.parse('2026-11-23T14:30:00Z'));
  });

  test('nextTickMs tells when a tick falls due', () => {
    const simulator = new Simulator(
      { seed: 1, symbols: few, startMs: FRIDAY, intervalMs: MINUTE },
      { tick: 391, symbol: 0 },
    );
    expect(new Date(simulator.nextTickMs).toISOString()).toBe('2026-11-23T14:30:00.000Z');
  });
});

describe('a quote', () => {
  const quotes = NASDAQ_SYMBOLS.slice(0, 6).flatMap((symbol) => sessions(2, 197_000, symbol));

  test('has every field of the contract, none null', () => {
    for (const quote of quotes) {
      for (const { name, kind } of QUOTE_FIELDS) {
        expect(typeof quote[name]).toBe(kind === 'string' ? 'string' : 'number');
      }
    }
  });

  test('has prices in cents that agree with each other', () => {
    for (const quote of quotes) {
      const { open, close, high, low, latestPrice, week52High, week52Low } = quote as Record<
        (typeof prices)[number],
        number
      >;
      expect(low).toBeLessThanOrEqual(Math.min(open, latestPrice));
      expect(high).toBeGreaterThanOrEqual(Math.max(open, latestPrice));
      expect(week52Low).toBeLessThanOrEqual(Math.min(low, close));
      expect(week52High).toBeGreaterThanOrEqual(Math.max(high, close));
      for (const name of prices) expect(Number(quote[name]?.toFixed(4))).toBe(quote[name]);
    }
  });

  test('only ever adds volume and widens the range within a session', () => {
    for (let i = 1; i < quotes.length; i += 1) {
      const [before, after] = [quotes[i - 1], quotes[i]];
      if (before?.symbol !== after?.symbol || before?.openTime !== after?.openTime) continue;
      expect(after?.latestUpdate).toBeGreaterThan(before?.latestUpdate ?? 0);
      expect(after?.latestVolume).toBeGreaterThanOrEqual(before?.latestVolume ?? 0);
      expect(after?.high).toBeGreaterThanOrEqual(before?.high ?? 0);
      expect(after?.low).toBeLessThanOrEqual(before?.low ?? 0);
    }
  });

  test('moves as a price does: daily returns near the volatility, a busy open, a calm noon', () => {
    const closes: number[] = [];
    let [first, noon, last] = [0, 0, 0];
    for (const symbol of NASDAQ_SYMBOLS.slice(0, 60)) {
      const day = sessions(10, 30 * MINUTE, symbol);
      for (let s = 0; s < 10; s += 1) {
        const at = (tick: number): Quote | undefined => day[s * 14 + tick];
        const volume = (tick: number): number =>
          (at(tick)?.latestVolume ?? 0) - (at(tick - 1)?.latestVolume ?? 0);
        closes.push(
          Math.log((at(13)?.latestPrice ?? 1) / (at(0)?.close ?? 1)) /
            (symbol.annualVolatility / Math.sqrt(252)),
        );
        first += volume(1);
        noon += volume(6);
        last += volume(13);
      }
    }
    const deviation = Math.sqrt(closes.reduce((sum, value) => sum + value * value, 0) / closes.length);
    expect(deviation).toBeGreaterThan(0.6);
    expect(deviation).toBeLessThan(1.8);
    expect(first).toBeGreaterThan(2 * noon);
    expect(last).toBeGreaterThan(1.5 * noon);
  });

  test('opens with a gap now and then', () => {
    const gaps = NASDAQ_SYMBOLS.slice(0, 100).flatMap((symbol) =>
      sessions(5, 390 * MINUTE, symbol)
        .filter((_, index) => index % 2 === 0)
        .map(
          ({ open, close }) =>
            Math.abs(Math.log((open ?? 1) / (close ?? 1))) / (symbol.annualVolatility / 16),
        ),
    );
    const large = gaps.filter((gap) => gap > 2).length;
    expect(large).toBeGreaterThan(0);
    expect(large).toBeLessThan(gaps.length / 10);
  });
});
