/**
 * What filtering costs, Kafka itself aside: event text to the records that would be sent. `node bench/filter.ts [records]`.
 * At two watchlists: one symbol in a hundred, and all of them, which is the most that a filter can do.
 */
import { QuoteReader } from '../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../core/codec.ts';
import { parseKafkaEvent } from '../core/kafka-event.ts';
import type { Watchlist } from '../core/watchlist.ts';
import { type FilterPorts, filterQuotes } from '../lambdas/filter-quotes/filter-quotes.ts';
import { deliveredRecords, eventText } from './data/events.ts';
import { SCHEMA_VERSION_ID } from './data/records.ts';
import { BENCH_SYMBOLS } from './data/symbols.ts';
import { printMachine } from './harness/machine.ts';
import {
  cpuSecondsPerMillion,
  describeRate,
  describeShares,
  profileWork,
  roundedShares,
} from './harness/profile-work.ts';
import { spreadOf, writeResults } from './harness/report.ts';

const eventRecords = Number(process.argv[2] ?? 10_000);
const SOURCE_TOPIC = 'quotes';
const RUNS = 5;
/** Of a run, and as many to warm up before. */
const EVENTS = 20;

const partitions = deliveredRecords(eventRecords);
const event = eventText(SOURCE_TOPIC, partitions);
const keys = partitions.flat().map(({ key }) => atob(key ?? ''));
const schemas = { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) };
const reader = new QuoteReader(schemas, { lakeStartMs: Date.parse('1990-01-01') });

let sentBytes = 0;
const ports: FilterPorts = {
  reader,
  sender: {
    send: (sent) => {
      const counts = new Map<number, number>();
      for (const { partition, value } of sent) {
        counts.set(partition, (counts.get(partition) ?? 0) + 1);
        sentBytes += value.length;
      }
      return Promise.resolve(
        [...counts].map(([partition, count]) => ({ partition, firstOffset: 0n, records: count })),
      );
    },
  },
  remainingMs: () => 600_000,
};

async function filterEvent(watchlist: Watchlist): Promise<number> {
  sentBytes = 0;
  const filtering = await filterQuotes(ports, parseKafkaEvent(JSON.parse(event)), {
    sourceTopic: SOURCE_TOPIC,
    watchlist,
  });
  const { examined, unreadable } = filtering;
  for (const { failure } of filtering.partitions) if (failure !== undefined) throw failure.error;
  const sent = filtering.filtered.reduce((sum, acks) => sum + acks.records, 0);
  const watched = keys.filter((key) => watchlist.symbols.has(key)).length;
  if (examined !== eventRecords || unreadable > 0 || sent !== watched) {
    throw new Error(`${sent} of ${examined} records sent, ${unreadable} unreadable`);
  }
  return sentBytes;
}

printMachine();
const every = BENCH_SYMBOLS.map(({ symbol }) => symbol);
// Of every partition: a hundred is a multiple of their number.
const some = every.filter((_, index) => index % 101 === 0);
const results: object[] = [];
for (const [name, symbols] of [
  [`${some.length} of ${every.length} symbols`, some],
  ['every symbol', every],
] as const) {
  const watchlist = { symbols: new Set<string>(symbols) };
  const work = async (): Promise<void> => {
    for (let events = 0; events < EVENTS; events += 1) await filterEvent(watchlist);
  };
  await work();
  const runs: number[] = [];
  const rows = EVENTS * eventRecords;
  for (let run = 0; run < RUNS; run += 1) runs.push(await cpuSecondsPerMillion(rows, work));
  const parts = await profileWork(work);
  const spread = spreadOf(runs);
  console.log(`filter, ${name}: ${describeRate(spread)}`);
  // JSON.parse is a native function, which its caller's time includes; Lambda's runtime calls it.
  console.log(`  of it ${describeShares(parts)}`);
  results.push({
    name,
    records: rows,
    cpuSecondsPerMillion: spread,
    shares: roundedShares(parts),
  });
}
console.log(`written: ${writeResults('filter', { eventRecords, watchlists: results })}`);
