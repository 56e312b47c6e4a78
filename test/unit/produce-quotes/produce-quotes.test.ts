import { beforeEach, describe, expect, test } from '@jest/globals';
import type { OutgoingRecord, PartitionAck } from '../../../adapters/kafka-producer.ts';
import { simulatedSource } from '../../../adapters/quotes/simulated.ts';
import type { QuoteSource, SourceItem } from '../../../adapters/quotes/source.ts';
import { NASDAQ_SYMBOLS } from '../../../core/nasdaq-symbols.ts';
import type { ProduceResult } from '../../../core/produce-contract.ts';
import type { Quote } from '../../../core/quote.ts';
import {
  type ProduceOptions,
  type ProducePorts,
  produceQuotes,
} from '../../../lambdas/produce-quotes/produce-quotes.ts';

const startMs = Date.parse('2026-11-20T14:30:00Z');

function quotes(records: number): QuoteSource {
  const from = { tick: 0, symbol: 0 };
  return simulatedSource({
    seed: 1,
    symbols: NASDAQ_SYMBOLS.slice(0, 10),
    startMs,
    intervalMs: 1000,
    from,
    records,
  });
}

/** Two partitions by the parity of the key's first letter, each with offsets from 100 on. */
class FakeBroker {
  readonly batches: OutgoingRecord[][] = [];
  readonly ends = [100n, 100n];
  answer: (batch: number) => Promise<void> = () => Promise.resolve();

  async send(records: readonly OutgoingRecord[]): Promise<PartitionAck[]> {
    this.batches.push([...records]);
    await this.answer(this.batches.length);
    return [0, 1].flatMap((partition) => {
      const positions = [...records.keys()].filter((at) => (records[at]?.key[0] ?? 0) % 2 === partition);
      const firstOffset = this.ends[partition] ?? 0n;
      this.ends[partition] = firstOffset + BigInt(positions.length);
      return positions.length === 0 ? [] : [{ partition, firstOffset, positions }];
    });
  }
}

let broker: FakeBroker;
let logged: ProduceResult[];

beforeEach(() => {
  broker = new FakeBroker();
  logged = [];
});

async function run(
  source: QuoteSource,
  ports: Partial<ProducePorts> = {},
  options: Partial<ProduceOptions> = {},
): Promise<ProduceResult> {
  return produceQuotes(
    {
      source,
      sender: broker,
      encode: (quote) => Buffer.from(JSON.stringify(quote)),
      judge: ({ symbol }) => (symbol === 'AAL' ? { rule: 'symbol_empty' } : { hash: 1n << 62n }),
      now: () => 1000,
      remainingMs: () => 60_000,
      record: (result) => logged.push(result),
      ...ports,
    },
    { topic: 'quotes', ...options },
  );
}

/** A source of lines: a text gives no quote, a number is the price of one. */
function lines(items: readonly (string | number)[]): QuoteSource {
  let line = 1;
  return {
    // The port is asynchronous; items in memory need no waiting.
    // eslint-disable-next-line @typescript-eslint/require-await
    async *read() {
      for (const item of items) {
        const given: SourceItem =
          typeof item === 'string'
            ? { line, reason: item }
            : { quote: { symbol: 'A', latestPrice: item } as Quote };
        line += 1;
        yield given;
      }
    },
    get next() {
      return line > items.length ? undefined : { byte: line * 10, line };
    },
  };
}

describe('produceQuotes', () => {
  test('produces all, in order, keyed by symbol, and counts what was acknowledged', async () => {
    const result = await run(quotes(25), {}, { batchRecords: 10 });
    expect(broker.batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(broker.batches[0]?.map(({ key }) => String(key)).slice(0, 3)).toEqual(['AAL', 'AAPL', 'ABNB']);
    expect(result).toMatchObject({
      topic: 'quotes',
      produced: 25,
      partitions: [{ partition: 1, records: 25, firstOffset: '100', lastOffset: '124' }],
      rejected: { symbol_empty: 3 },
      skipped: [],
      skippedTotal: 0,
      next: { tick: 2, symbol: 5 },
    });
  });

  test('sums hashes per partition modulo 2^64, of good records only', async () => {
    const { accepted } = await run(quotes(10), {}, { batchRecords: 3 });
    // Nine records of 2^62: 9 * 2^62 = 2 * 2^64 + 2^62.
    expect(accepted).toEqual({ records: 9, hashes: { '1': '4000000000000000' } });
  });

  test('returns what it logged, once', async () => {
    const result = await run(quotes(25));
    expect(logged).toEqual([result]);
  });

  test('closes a batch when its bytes are many', async () => {
    await run(quotes(10), { encode: () => Buffer.alloc(400) }, { batchBytes: 1000 });
    expect(broker.batches.map((batch) => batch.length)).toEqual([3, 3, 3, 1]);
  });

  test('sends what it has when the source is slow', async () => {
    let now = 0;
    await run(quotes(4), { now: () => (now += 300) }, { lingerMs: 500 });
    expect(broker.batches.map((batch) => batch.length)).toEqual([2, 2]);
  });

  test('lists the first 100 skipped lines and counts all', async () => {
    const result = await run(
      lines([1, ...Array.from({ length: 150 }, () => 'not JSON'), 2]),
      {},
      { batchRecords: 1 },
    );
    expect(result.produced).toBe(2);
    expect(result.skippedTotal).toBe(150);
    expect(result.skipped).toHaveLength(100);
    expect(result.skipped[99]).toEqual({ line: 101, reason: 'not JSON' });
    expect(result).not.toHaveProperty('next');
  });

  test('counts skipped lines of a source without any quote', async () => {
    const result = await run(lines(['not JSON', 'not JSON']));
    expect(result).toMatchObject({ produced: 0, partitions: [], skippedTotal: 2 });
    expect(broker.batches).toEqual([]);
  });

  test('a failed send is thrown after what was acknowledged before it was logged, with the place to go on', async () => {
    const failure = new Error('no ack');
    broker.answer = (batch) => (batch === 3 ? Promise.reject(failure) : Promise.resolve());
    await expect(run(quotes(50), {}, { batchRecords: 10 })).rejects.toBe(failure);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ produced: 20, next: { tick: 2, symbol: 0 } });
    expect(broker.batches).toHaveLength(3);
  });

  test('lines skipped within a batch that failed are not counted: they will be read again', async () => {
    broker.answer = (batch) => (batch === 2 ? Promise.reject(new Error('no ack')) : Promise.resolve());
    await expect(run(lines(['bad', 1, 'bad', 2]), {}, { batchRecords: 1 })).rejects.toThrow('no ack');
    expect(logged[0]).toMatchObject({ produced: 1, skippedTotal: 1, next: { byte: 30, line: 3 } });
  });

  test('a source that fails is thrown after what was acknowledged was logged', async () => {
    const source = lines([1, 2]);
    const failing: QuoteSource = {
      ...source,
      async *read(signal) {
        yield* source.read(signal);
        throw new Error('source gone');
      },
    };
    await expect(run(failing, {}, { batchRecords: 1 })).rejects.toThrow('source gone');
    expect(logged[0]?.produced).toBe(2);
  });

  test('stops with a cursor when the time is nearly up', async () => {
    let remaining = 3050;
    broker.answer = async () => {
      remaining -= 30;
      await new Promise((resolve) => setTimeout(resolve, 30));
    };
    const result = await run(
      quotes(Number.POSITIVE_INFINITY),
      { remainingMs: () => remaining },
      { batchRecords: 10 },
    );
    expect(result.produced).toBe(broker.batches.length * 10);
    expect(result.next).toEqual({ tick: broker.batches.length, symbol: 0 });
  });

  test('does not wait to the very end for an acknowledgement', async () => {
    broker.answer = async (batch) => (batch === 2 ? new Promise(() => undefined) : Promise.resolve());
    const remainingMs = (): number => (broker.batches.length < 2 ? 60_000 : 100);
    await expect(
      run(quotes(30), { remainingMs }, { batchRecords: 10, reserveMs: 150 }),
    ).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    expect(logged[0]).toMatchObject({ produced: 10, next: { tick: 1, symbol: 0 } });
  });
});
