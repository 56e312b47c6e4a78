/** What a fault of landing needs: its requests to break, its log lines and raw objects to look at. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { parseRawKey, rawPrefix } from '../../core/layout.ts';
import { parseRawMetadata, type RawHeader } from '../../core/raw-file.ts';
import type { OffsetRun } from '../../core/raw-log.ts';
import type { Interception, RequestMatch } from '../../local/gateway/interception.ts';
import { until } from '../helpers/until.ts';
import { FunctionLines, type LoggedLine, requestOf, s3Error } from './evidence.ts';
import type { FaultStand } from './stand.ts';

export interface RawObject extends RawHeader {
  readonly kind: 'chain' | 'fill';
  readonly key: string;
}

export function landQuotes(stand: FaultStand): string {
  return outputOf(stand.lake, 'pipeline', 'LandQuotesFunctionName');
}

/** Kills every environment of land-quotes: what it was doing fails, or is never known to have been done. */
export function killLanding(stand: FaultStand): void {
  stand.lake.functions.pool(landQuotes(stand)).killInstances();
}

/** land-quotes' requests of an S3 operation on one partition's raw objects. */
export function asksRaw(stand: FaultStand, operation: string, partition: number): RequestMatch {
  return requestOf(
    stand,
    'land-quotes',
    ({ operation: asked, key = '' }) => asked === operation && parseRawKey(key)?.partition === partition,
  );
}

/** First and last offset that a raw PUT wants to hold. */
export function heldOf({ request: { headers } }: Interception): OffsetRun {
  const held = String(headers['x-amz-meta-held']);
  return { first: Number(held.split('-')[0]), last: Number(headers['x-amz-meta-last']) };
}

export type Step = (interception: Interception) => Promise<void> | void;

/** What was played of a script. */
export interface Played {
  readonly steps: number;
}

/** Handles requests one by one: the first step the first request, and so on; what comes after the last step passes. */
export function play(stand: FaultStand, matches: RequestMatch, steps: readonly Step[]): Played {
  let begun = 0;
  stand.intercept(matches, async (interception) => {
    const step = steps[begun];
    if (step === undefined) {
      await interception.forward();
      return;
    }
    begun += 1;
    await step(interception);
  });
  return {
    get steps() {
      return begun;
    },
  };
}

/** S3 answers with an error and does nothing: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function refuse(status: number, code: string): Step {
  return ({ respond }) => {
    respond(s3Error(status, code));
  };
}

/** S3 does what was asked, and then answers with an error all the same. */
export function doAndRefuse(status: number, code: string): Step {
  return async ({ forward, respond }) => {
    await forward();
    respond(s3Error(status, code));
  };
}

/** A partition's raw objects that hold something at or above an offset: the chain in order, then the fills. */
export async function rawObjects(stand: FaultStand, partition: number, from: number): Promise<RawObject[]> {
  const { s3 } = stand.client;
  const bucket = outputOf(stand.lake, 'lake', 'RawBucketName');
  const keys = await stand.client.keys(
    bucket,
    rawPrefix({ topic: stand.topic, logId: logIdOf(stand.lake), partition }),
  );
  const objects = await Promise.all(
    keys.map(async (key): Promise<RawObject> => {
      const { Metadata = {} } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      const [id, header] = [parseRawKey(key), parseRawMetadata(Metadata)];
      if (id === undefined || header === undefined) throw new Error(`${key} is no raw object`);
      return { kind: id.kind, key, ...header };
    }),
  );
  return objects.filter(({ last }) => last >= from);
}

/** The raw objects as text, offsets counted from `from`: `0-9 10-19 fill 4`. */
export async function rawLayout(stand: FaultStand, partition: number, from: number): Promise<string> {
  const objects = await rawObjects(stand, partition, from);
  return objects
    .map(({ kind, start, held }) => {
      const runs = held.map(({ first, last }) =>
        first === last ? `${first - from}` : `${first - from}-${last - from}`,
      );
      const at = start === held[0]?.first ? '' : `@${start - from} `;
      return `${kind === 'fill' ? 'fill ' : at}${runs.join(',')}`;
    })
    .join(' | ');
}

/** Offsets that raw objects hold from `from` on, counted from there; one that is held twice is there twice. */
export async function heldOffsets(stand: FaultStand, partition: number, from: number): Promise<number[]> {
  const runs = (await rawObjects(stand, partition, from)).flatMap(({ held }) => held);
  return runs
    .flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index - from),
    )
    .sort((left, right) => left - right);
}

/** Waits until a partition's raw objects look so. */
export async function untilRawLayout(
  stand: FaultStand,
  partition: number,
  from: number,
  layout: string,
): Promise<void> {
  let seen = '';
  try {
    await until('raw objects', async () => (seen = await rawLayout(stand, partition, from)) === layout);
  } catch {
    throw new Error(`raw objects of partition ${partition} are ${seen}, not ${layout}`);
  }
}

/** What land-quotes logs from now on. */
export class LandingLines {
  readonly #lines: FunctionLines;

  constructor(stand: FaultStand) {
    this.#lines = new FunctionLines(stand, 'land-quotes');
  }

  /** One line for each event of which something was landed, or found landed. */
  landed(): LoggedLine[] {
    return this.#lines
      .read()
      .filter((line) => line.message === 'landed' && Number(line['landed']) + Number(line['trimmed']) > 0);
  }

  /** Records that were landed before. */
  get trimmed(): number {
    return this.landed().reduce((total, { trimmed }) => total + Number(trimmed), 0);
  }

  /** How often an error of this code was logged. */
  errors(code: ErrorCode): number {
    return this.#lines.read().filter((line) => line.code === code).length;
  }
}
