/**
 * What filtering costs, Kafka itself aside: event text to the records that would be sent. `node bench/filter.ts [records]`.
 * At two watchlists: some symbols, as the stages have it, and all of them, which is the most that a filter can do.
 */
import { QuoteReader } from '../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../core/codec.ts';
import { parseKafkaEvent } from '../core/kafka-event.ts';
import { NASDAQ_SYMBOLS } from '../core/nasdaq-symbols.ts';
import type { Watchlist } from '../core/watchlist.ts';
import { type FilterPorts, filterQuotes } from '../lambdas/filter-quotes/filter-quotes.ts';
import { CLUSTER_ARN, SCHEMA_VERSION_ID } from './data/records.ts';
import { printMachine } from './harness/machine.ts';
import {
  cpuSecondsPerMillion,
  describeRate,
  describeShares,
  profileWork,
  roundedShares,
} from './harness/profile-work.ts';
import { spreadOf, writeResults } from './harness/report.ts';
import { makeRecords } from './quotes.ts';

const perPartition = Number(process.argv[2] ?? 2500);
const PARTITIONS = 4;
const SOURCE_TOPIC = 'quotes';
const RUNS = 5;
/** Of a run, and as many to warm up before. */
const EVENTS = 20;

const records = makeRecords(perPartition);
const event = JSON.stringify({
  eventSource: 'aws:kafka',
  eventSourceArn: CLUSTER_ARN,
  bootstrapServers: 'b-1:9098',
  records: Object.fromEntries(
    Array.from({ length: PARTITIONS }, (_, partition) => [
      `${SOURCE_TOPIC}-${partition}`,
      records.map((record) => ({ topic: SOURCE_TOPIC, partition, ...record })),
    ]),
  ),
});
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
  const { partitions, examined, unreadable, filtered } = await filterQuotes(
    ports,
    parseKafkaEvent(JSON.parse(event)),
    { sourceTopic: SOURCE_TOPIC, watchlist },
  );
  for (const { failure } of partitions) if (failure !== undefined) throw failure.error;
  const sent = filtered.reduce((sum, acks) => sum + acks.records, 0);
  const watched = records.filter(({ key }) => watchlist.symbols.has(atob(key ?? ''))).length;
  if (examined !== perPartition * PARTITIONS || unreadable > 0 || sent !== watched * PARTITIONS) {
    throw new Error(`${sent} of ${examined} records sent, ${unreadable} unreadable`);
  }
  return sentBytes;
}

printMachine();
const every = NASDAQ_SYMBOLS.map(({ symbol }) => symbol);
const stages = ['AAPL', 'AMZN', 'GOOGL', 'META', 'MSFT', 'NVDA', 'TSLA'];
const results: object[] = [];
for (const [name, symbols] of [
  [`${stages.length} of ${every.length} symbols`, stages],
  ['every symbol', every],
] as const) {
  const watchlist = { symbols: new Set<string>(symbols) };
  const work = async (): Promise<void> => {
    for (let events = 0; events < EVENTS; events += 1) await filterEvent(watchlist);
  };
  await work();
  const runs: number[] = [];
  const rows = EVENTS * PARTITIONS * perPartition;
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
console.log(
  `written: ${writeResults('filter', { eventRecords: perPartition * PARTITIONS, watchlists: results })}`,
);
