/**
 * What the queue holds: EventBridge's "Object Created" events, and requests to curate again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
import { CURATION_SOURCE } from '../../core/curation-request.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { parseCuratedKey, parseRawKey, type RawObjectId, rawObjectKey } from '../../core/layout.ts';

export interface CurationMessage {
  readonly bucket: string;
  readonly key: string;
  readonly object: RawObjectId;
  /** Whether it is asked for rather than new: an earlier try may then have died half-way, whatever this one is called. */
  readonly isRequest: boolean;
  /** Curated files of this raw object that no receipt names. */
  readonly strays: readonly string[];
  /** When the raw object was created, as the event says, epoch ms; undefined for requests and where it does not say. */
  readonly createdMs?: number;
}

/** @throws TickerlakeError EVENT_MALFORMED */
export function parseCurationMessage(
  body: string,
  expected: { bucket: string; topic: string },
): CurationMessage {
  const event = parseEvent(body);
  const bucket = textAt(event.detail, 'bucket', 'name');
  const named = textAt(event.detail, 'object', 'key');
  if (bucket !== expected.bucket) throw malformed(`it is about bucket ${bucket}, not ${expected.bucket}`);
  const object = parseRawKey(named) ?? parseRawKey(decodeKey(named));
  if (object?.topic !== expected.topic)
    throw malformed(`${named} is not a raw object of topic ${expected.topic}`);
  const key = rawObjectKey(object);
  if (event.source !== CURATION_SOURCE) {
    const createdMs = typeof event.time === 'string' ? Date.parse(event.time) : Number.NaN;
    const when = Number.isNaN(createdMs) ? {} : { createdMs };
    return { bucket, key, object, isRequest: false, strays: [], ...when };
  }
  return { bucket, key, object, isRequest: true, strays: straysIn(event.detail, key) };
}

function straysIn(detail: object, rawKey: string): readonly string[] {
  const strays: unknown = 'strays' in detail ? detail.strays : [];
  if (!Array.isArray(strays)) throw malformed('detail.strays is not a list');
  return strays.map((stray: unknown) => {
    const curated = typeof stray === 'string' ? parseCuratedKey(stray) : undefined;
    if (typeof stray === 'string' && curated !== undefined && rawObjectKey(curated.object) === rawKey)
      return stray;
    throw malformed(`${JSON.stringify(stray)} is not a curated file of ${rawKey}`);
  });
}

/** S3's own notifications encode keys as in a query string, EventBridge's do not; ours hold neither % nor +. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function parseEvent(body: string): {
  readonly source: unknown;
  readonly time: unknown;
  readonly detail: object;
} {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    throw malformed('it is not JSON');
  }
  const { source, time, detail } = (event ?? {}) as { source?: unknown; time?: unknown; detail?: unknown };
  if (typeof detail !== 'object' || detail === null) throw malformed('it has no detail');
  return { source, time, detail };
}

function textAt(detail: object, ...path: string[]): string {
  const value = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    detail,
  );
  if (typeof value === 'string') return value;
  throw malformed(`detail.${path.join('.')} is not text`);
}

function malformed(what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the message cannot be read: ${what}`, {
    hint: 'only the rule for raw objects and request-curation may send to this queue',
  });
}
