/**
 * What landing and curating the bench's quotes takes that no clock has a say in: bytes and requests. A change that makes either
 * larger is seen here, whatever machine it is tried on; docs/performance.md has the figures that depend on one.
 */
import { expect, test } from '@jest/globals';
import { deliveredRecords, eventText } from '../../../bench/data/events.ts';
import { CountingStore, makeCurator, rawObjects, TOPIC } from '../../../bench/stages/stages.ts';
import { QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { planColumns } from '../../../core/columns/column-plan.ts';
import { curateColumns } from '../../../core/columns/curate-columns.ts';
import { RawColumns } from '../../../core/columns/raw-columns.ts';
import { type DeliveredRecord, parseKafkaEvent } from '../../../core/kafka-event.ts';
import { rawObjectKey } from '../../../core/layout.ts';
import { QuoteLander } from '../../../lambdas/land-quotes/land-quotes.ts';

const PARTITIONS = 4;
const quotes = deliveredRecords(10_000 * PARTITIONS);
/** The first records of each partition. */
const first = (count: number): DeliveredRecord[][] => quotes.map((records) => records.slice(0, count));

test.each([
  { perPartition: 100, mostBytesARecord: 90 },
  { perPartition: 2500, mostBytesARecord: 52 },
])(
  'landing $perPartition records a partition puts each partition once',
  async ({ perPartition, mostBytesARecord }) => {
    const store = new CountingStore();
    const lander = new QuoteLander(store, TOPIC);
    await lander.land(parseKafkaEvent(JSON.parse(eventText(TOPIC, first(perPartition)))));
    // Nobody knows the ends of the chains yet: one listing each.
    expect(Object.fromEntries(store.calls)).toEqual({ list: PARTITIONS, putIfAbsent: PARTITIONS });
    expect(store.bytes / (perPartition * PARTITIONS)).toBeLessThan(mostBytesARecord);
  },
);

test('landing what follows asks for nothing: it puts', async () => {
  const store = new CountingStore();
  const lander = new QuoteLander(store, TOPIC);
  for (const [from, until] of [
    [0, 100],
    [100, 300],
    [300, 500],
  ] as const) {
    const event = eventText(
      TOPIC,
      quotes.map((records) => records.slice(from, until)),
    );
    await lander.land(parseKafkaEvent(JSON.parse(event)));
  }
  expect(Object.fromEntries(store.calls)).toEqual({ list: PARTITIONS, putIfAbsent: 3 * PARTITIONS });
});

test.each([
  { size: 100, mostBytesARow: 105 },
  { size: 2500, mostBytesARow: 36 },
  { size: 10_000, mostBytesARow: 22 },
])('curating an object of $size records takes two reads and two writes', async ({ size, mostBytesARow }) => {
  const [object] = rawObjects(first(size), size);
  if (object === undefined) throw new Error('there is an object');
  const store = new CountingStore(new Map([[rawObjectKey(object.id), object.body]]));
  await makeCurator(store).curate(object.id);
  // The raw object and its receipt; a file and the receipt.
  expect(Object.fromEntries(store.calls)).toEqual({ get: 2, put: 1, putIfAbsent: 1 });
  expect(store.bytes / size).toBeLessThan(mostBytesARow);
});

test('no record of a good object is decoded by itself', () => {
  const [object] = rawObjects(first(1000), 1000);
  if (object === undefined) throw new Error('there is an object');
  const plan = planColumns(QUOTE_SCHEMA_TEXT);
  const { columns } = curateColumns(RawColumns.read(rawObjectKey(object.id), object.body), {
    planOf: () => plan,
    decoderOf: () => {
      throw new Error('a record was decoded by itself');
    },
    lakeStartMs: 0,
  });
  expect(columns.length).toBe(1000);
});
