/** What a lake shows of a fault: lines of its functions, raw objects and what became of them, rows. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { readResult, runQuery } from '../../cli/athena/run-query.ts';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { parseRawKey, type RawObjectId, rawObjectKey, rawPrefix, receiptKey } from '../../core/layout.ts';
import { type FunctionPart, functionName } from '../../core/names.ts';
import { decodeRawFile, parseRawMetadata, type RawFile } from '../../core/raw-file.ts';
import { parseReceipt, type Receipt } from '../../core/receipt.ts';
import type { Interception, RequestMatch, SeenRequest } from '../../local/gateway/index.ts';
import { until } from '../helpers/until.ts';
import { type FaultStand, PARTITIONS } from './stand.ts';

type Answer = Parameters<Interception['respond']>[0];

/** A line that a function logged; its other fields are those of the message. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly key?: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

/** The log of one function from now on. */
export class FunctionLines {
  readonly #file: string;
  readonly #from: number;

  constructor({ lake }: FaultStand, part: FunctionPart) {
    this.#file = join(lake.logsDir, `${part}.log`);
    this.#from = existsSync(this.#file) ? statSync(this.#file).size : 0;
  }

  /** What the function itself wrote; the lines that Lambda writes around an invocation are left out. */
  read(): LoggedLine[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file).subarray(this.#from).toString().split('\n');
    return lines.flatMap((line) => parseLine(line) ?? []);
  }

  /** Waits for lines that say so, at least `count` of them. */
  until(what: string, is: (line: LoggedLine) => boolean, count = 1): Promise<LoggedLine[]> {
    return until(
      what,
      () => {
        const found = this.read().filter(is);
        return found.length >= count ? found : undefined;
      },
      DEADLINE_MS,
    );
  }
}

function parseLine(line: string): LoggedLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LoggedLine>;
    return entry.message === undefined ? undefined : (entry as LoggedLine);
  } catch {
    // A line that is still being written.
    return undefined;
  }
}

/** Requests of one function. */
export function requestOf(
  { lake }: FaultStand,
  part: FunctionPart,
  is: (request: SeenRequest) => boolean = () => true,
): RequestMatch {
  const session = functionName(lake.stage, part);
  return (request) => request.session === session && is(request);
}

/** An error as S3 answers it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function s3Error(status: number, code: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

/** An error as the services with a JSON protocol answer it, Glue and SQS among them. */
export function jsonError(code: string, status = 400): Answer {
  return jsonAnswer(status, { __type: code, Message: 'injected' });
}

export function jsonAnswer(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

/** Long enough for a message to come back once or twice. */
export const DEADLINE_MS = 45_000;

/** Raw objects of the topic in its running log, or those under which `known` does not name a key. */
export async function rawObjects(
  { client, lake, topic }: FaultStand,
  known: ReadonlySet<string> = new Set(),
): Promise<RawObjectId[]> {
  const keys = await client.keys(
    outputOf(lake, 'lake', 'RawBucketName'),
    `${topic}/log_id=${logIdOf(lake)}/`,
  );
  return keys.flatMap((key) => (known.has(key) ? [] : (parseRawKey(key) ?? [])));
}

/** Keys of the raw objects there are, to tell later ones from. */
export async function rawKeys(stand: FaultStand): Promise<ReadonlySet<string>> {
  return new Set((await rawObjects(stand)).map(rawObjectKey));
}

/** Waits until the raw log reaches the ends of all partitions, whatever became of its objects since. */
export async function untilLanded(stand: FaultStand): Promise<void> {
  const { client, lake, topic } = stand;
  const bucket = outputOf(lake, 'lake', 'RawBucketName');
  const endOfChain = async (partition: number): Promise<number> => {
    const keys = await client.keys(bucket, rawPrefix({ topic, logId: logIdOf(lake), partition }));
    const key = keys.filter((each) => parseRawKey(each)?.kind === 'chain').at(-1);
    if (key === undefined) return 0;
    const { Metadata = {} } = await client.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return (parseRawMetadata(Metadata)?.last ?? -1) + 1;
  };
  const ends = await stand.ends();
  await until(
    'the raw log to reach the ends of the topic',
    async () => {
      const landed = await Promise.all(ends.map(({ partition }) => endOfChain(partition)));
      return ends.every(({ endOffset }, index) => (landed[index] ?? 0) >= endOffset);
    },
    DEADLINE_MS,
  );
}

export async function readRaw({ lake, client }: FaultStand, object: RawObjectId): Promise<RawFile> {
  const key = rawObjectKey(object);
  const request = { Bucket: outputOf(lake, 'lake', 'RawBucketName'), Key: key };
  const { Body: body } = await client.s3.send(new GetObjectCommand(request));
  return decodeRawFile(key, Buffer.from((await body?.transformToByteArray()) ?? []));
}

/** The raw object's receipt, or undefined if it has none. */
export async function readReceipt(
  { client, lake }: FaultStand,
  object: RawObjectId,
): Promise<Receipt | undefined> {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const key = receiptKey(object);
  const keys = await client.keys(bucket, key);
  return keys.includes(key) ? parseReceipt(key, await client.text(bucket, key)) : undefined;
}

/** Receipts of raw objects of which each must have one. */
export function readReceipts(stand: FaultStand, objects: readonly RawObjectId[]): Promise<Receipt[]> {
  return Promise.all(
    objects.map(async (object) => {
      const receipt = await readReceipt(stand, object);
      if (receipt === undefined) throw new Error(`${rawObjectKey(object)} has no receipt`);
      return receipt;
    }),
  );
}

/** How many records the receipts quarantine, by code. */
export function countCodes(receipts: readonly Receipt[]): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const { quarantined } of receipts) {
    for (const { code } of quarantined) codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

export async function hasKey({ client }: FaultStand, bucket: string, key: string): Promise<boolean> {
  return (await client.keys(bucket, key)).includes(key);
}

/** Runs SQL as an analyst would, and gives the rows. */
export async function queryRows(
  { lake, clients }: FaultStand,
  sql: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const { id } = await runQuery(clients.athena, {
    sql,
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const rows: (readonly (string | null)[])[] = [];
  for await (const page of readResult(clients.athena, id)) rows.push(...page.rows);
  return rows;
}

/** 0, 1, 2, 3 */
export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, index) => index);
