/**
 * EventBridge's "Object Created" events, as SQS hands them over.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
import { TickerlakeError } from '../../core/errors.ts';
import { parseRawKey, type RawObjectId } from '../../core/layout.ts';

export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
  readonly object: RawObjectId;
}

/** @throws TickerlakeError EVENT_MALFORMED */
export function parseObjectCreated(body: string, expected: { bucket: string; topic: string }): CreatedObject {
  const detail = parseDetail(body);
  const bucket = textAt(detail, 'bucket', 'name');
  const key = textAt(detail, 'object', 'key');
  if (bucket !== expected.bucket) throw malformed(`it is about bucket ${bucket}, not ${expected.bucket}`);
  const object = parseRawKey(key) ?? parseRawKey(decodeKey(key));
  if (object?.topic !== expected.topic)
    throw malformed(`${key} is not a raw object of topic ${expected.topic}`);
  return { bucket, key: parseRawKey(key) === undefined ? decodeKey(key) : key, object };
}

/** S3's own notifications encode keys as in a query string, EventBridge's do not; ours hold neither % nor +. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function parseDetail(body: string): unknown {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    throw malformed('it is not JSON');
  }
  if (typeof event !== 'object' || event === null || !('detail' in event))
    throw malformed('it has no detail');
  return event.detail;
}

function textAt(detail: unknown, ...path: string[]): string {
  const value = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    detail,
  );
  if (typeof value === 'string') return value;
  throw malformed(`detail.${path.join('.')} is not text`);
}

function malformed(what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the S3 event cannot be read: ${what}`, {
    hint: 'only the rule for raw objects may send to this queue',
  });
}
