/** Faults of the events that tell curation of raw objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
import assert from 'node:assert/strict';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import {
  locations,
  parseCuratedKey,
  parseRawKey,
  parseReceiptKey,
  type RawObjectId,
  rawKey,
  rawObjectKey,
  receiptKey,
} from '../../core/layout.ts';
import type { SeenEvent } from '../../local/gateway/index.ts';
import { until } from '../helpers/until.ts';
import {
  DEADLINE_MS,
  FunctionLines,
  hasKey,
  rawKeys,
  rawObjects,
  readReceipts,
  requestOf,
  untilLanded,
} from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand } from './stand.ts';

const TIMES = 3;
/** One raw object each. */
const PARTITIONS_TRIPLED = [1, 2];

/** Each event comes three times, and three curations of one raw object find no receipt at the same moment. */
async function playEventThreeTimes(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  stand.interceptEvents(async (_, deliver) => {
    await Promise.all(Array.from({ length: TIMES }, deliver));
  });
  let met = 0;
  for (const partition of PARTITIONS_TRIPLED) {
    const meeting = new Meeting(TIMES);
    const reads = stand.intercept(
      requestOf(stand, 'curate-quotes', ({ operation, key = '' }) => {
        return operation === 'GetObject' && parseReceiptKey(key)?.partition === partition;
      }),
      async ({ request, forward }) => {
        await meeting.join(request.key ?? '');
        await forward();
      },
    );
    await stand.produceForeign(await stand.quotes(partition, 25));
    await until('three curations of one raw object to meet', () => meeting.isComplete, DEADLINE_MS);
    met += 1;
    await stand.settle();
    reads.remove();
  }
  await checkFiles(stand, await rawObjects(stand, known));
  return stand.report(met);
}

/** Lets the first few that come for the same thing go on together. */
class Meeting {
  readonly #size: number;
  readonly #complete = Promise.withResolvers<undefined>();
  #place: string | undefined;
  #joined = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get isComplete(): boolean {
    return this.#joined >= this.#size;
  }

  async join(place: string): Promise<void> {
    this.#place ??= place;
    if (place !== this.#place) return;
    this.#joined += 1;
    if (this.isComplete) this.#complete.resolve(undefined);
    await this.#complete.promise;
  }
}

/** The files of raw objects are those that their receipts name. */
async function checkFiles(stand: FaultStand, objects: readonly RawObjectId[]): Promise<void> {
  const bucket = outputOf(stand.lake, 'lake', 'LakeBucketName');
  const named = (await readReceipts(stand, objects)).flatMap(({ curated }) => curated.map(({ key }) => key));
  const sources = new Set(objects.map(rawObjectKey));
  const there = (await stand.client.keys(bucket, locations.curated(stand.topic))).filter((key) => {
    const file = parseCuratedKey(key);
    return file !== undefined && sources.has(rawObjectKey(file.object));
  });
  assert.deepEqual(there.sort(), named.sort(), 'curated files, and those that receipts name');
}

const ROUNDS = 2;
const RECORDS_A_ROUND = 100;

interface HeldEvent {
  readonly key: string;
  readonly deliver: () => Promise<void>;
}

/** Events wait until all their raw objects are there, then come youngest first. */
async function playEventsReversed(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const held: HeldEvent[] = [];
  stand.interceptEvents(({ key }, deliver) => {
    held.push({ key, deliver });
  });
  await landInRounds(stand);
  const objects = await rawObjects(stand, known);
  await until('the events of all raw objects', () => held.length >= objects.length, DEADLINE_MS);
  const [older, younger] = [held.slice(0, held.length / 2), held.slice(held.length / 2)];
  for (const { deliver } of younger.reverse()) await deliver();
  await until(
    'the younger raw objects to be curated',
    async () => (await curated(stand, younger)) === younger.length,
    DEADLINE_MS,
  );
  assert.equal(await curated(stand, older), 0, 'no older raw object is curated before its event comes');
  for (const { deliver } of older.reverse()) await deliver();
  return stand.report(older.length);
}

/** Every second event never comes; the sweep finds what it would have told of. */
async function playEventLost(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const lost: Pick<SeenEvent, 'key'>[] = [];
  const kept: Pick<SeenEvent, 'key'>[] = [];
  stand.interceptEvents(async (event, deliver) => {
    if (kept.length > lost.length) lost.push(event);
    else {
      kept.push(event);
      await deliver();
    }
  });
  await landInRounds(stand);
  const objects = await rawObjects(stand, known);
  await until('the events of all', () => kept.length + lost.length >= objects.length, DEADLINE_MS);
  await until(
    'the others to be curated',
    async () => (await curated(stand, kept)) === kept.length,
    DEADLINE_MS,
  );
  assert.equal(await curated(stand, lost), 0, 'without an event nothing is curated');
  assert.equal(await stand.sweep(), 0, 'the sweep leaves alone what is young: its event may be on its way');
  assert.equal(await stand.sweep(0), lost.length, 'the sweep requests what has no receipt, and nothing else');
  await stand.settle();
  assert.equal(await stand.sweep(0), 0, 'the next sweep finds nothing');
  return stand.report(lost.length);
}

/** How a key may stand in an event: as EventBridge has it, as S3's own notifications have it, and encoded throughout. */
const KEY_FORMS: readonly ((key: string) => string)[] = [
  (key) => key,
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
  (key) => new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/'),
  (key) => encodeURIComponent(key),
];
/** No log of a test gets so far. */
const ABSENT_OFFSET = 1e15;

/** Events name raw objects in every form that a key can have, and raw objects that never were. */
async function playOddKeys(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const known = await rawKeys(stand);
  const log = new FunctionLines(stand, 'curate-quotes');
  const seen: SeenEvent[] = [];
  stand.interceptEvents((event) => {
    seen.push(event);
  });
  await stand.produce(RECORDS_A_ROUND);
  await untilLanded(stand);
  const objects = await rawObjects(stand, known);
  await until('the events of all raw objects', () => seen.length >= objects.length, DEADLINE_MS);
  const body = seen[0]?.body ?? '';
  const ofLog = { topic: stand.topic, logId: logIdOf(stand.lake), partition: 0 };
  const neverThere = KEY_FORMS.map((_, index) => rawKey(ofLog, ABSENT_OFFSET + index));
  const inForms = (keys: readonly string[]): string[] =>
    keys.flatMap((key, index) => KEY_FORMS[index % KEY_FORMS.length]?.(key) ?? []);
  const keys = [...inForms(neverThere), ...inForms(objects.map(rawObjectKey))];
  await sendEvents(
    stand,
    keys.map((key) => withKey(body, key)),
  );
  const isAbsence = ({ message }: { readonly message: string }): boolean => message === 'raw object absent';
  await log.until('curate-quotes to find nothing there', isAbsence, neverThere.length);
  await stand.settle();
  const absent = new Set(log.read().flatMap((line) => (isAbsence(line) ? (line.key ?? []) : [])));
  assert.deepEqual([...absent].sort(), neverThere, 'the raw objects that were not there');
  assert.equal(await deadLetters(stand), 0, 'nothing is given up');
  const receipts = await readReceipts(stand, objects);
  return stand.report(absent.size + receipts.length);
}

function withKey(body: string, key: string): string {
  const event = JSON.parse(body) as { readonly detail: { readonly object: object } };
  const object = { ...event.detail.object, key };
  return JSON.stringify({ ...event, detail: { ...event.detail, object } });
}

async function sendEvents({ clients, lake }: FaultStand, bodies: readonly string[]): Promise<void> {
  const QueueUrl = outputOf(lake, 'pipeline', 'CurateQuotesQueueUrl');
  for (const MessageBody of bodies) await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

async function deadLetters({ clients, lake }: FaultStand): Promise<number> {
  const { Attributes: attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: outputOf(lake, 'pipeline', 'CurateQuotesDeadLetterQueueUrl'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(attributes.ApproximateNumberOfMessages ?? 0);
}

/** Lands quotes in several raw objects a partition. */
async function landInRounds(stand: FaultStand): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    await stand.produce(RECORDS_A_ROUND);
    await untilLanded(stand);
  }
}

/** How many of the raw objects that events tell of have a receipt. */
async function curated(stand: FaultStand, events: readonly Pick<SeenEvent, 'key'>[]): Promise<number> {
  const bucket = outputOf(stand.lake, 'lake', 'LakeBucketName');
  const have = await Promise.all(
    events.map(({ key }) => {
      const object = parseRawKey(key);
      assert.ok(object !== undefined, `${key} is a raw object's key`);
      return hasKey(stand, bucket, receiptKey(object));
    }),
  );
  return have.filter(Boolean).length;
}

export const faults: readonly Fault[] = [
  { number: 19, name: 'the same S3 event three times at once', lake: 'dev', run: playEventThreeTimes },
  { number: 20, name: 'events reversed and delayed', lake: 'dev', run: playEventsReversed },
  { number: 21, name: 'an event lost', lake: 'dev', run: playEventLost },
  { number: 22, name: 'event for an absent key, URL-encoded keys', lake: 'dev', run: playOddKeys },
];
