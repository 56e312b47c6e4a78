/** S3's events in EventBridge: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
import { randomUUID } from 'node:crypto';
import type { BusEvent } from './bus.ts';

export interface ObjectCreated {
  readonly type: 'Object Created';
  readonly reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly versionId: string | undefined;
}

export interface ObjectDeleted {
  readonly type: 'Object Deleted';
  readonly reason: 'DeleteObject';
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly deletionType: 'Permanently Deleted' | 'Delete Marker Created';
}

let sequence = 0n;

/** Increases with every event of this process, so that events of one key can be put in order. */
function nextSequencer(): string {
  sequence += 1n;
  return (BigInt(Date.now()) * 1_000_000n + sequence).toString(16).toUpperCase().padStart(18, '0');
}

export function s3Event(
  change: ObjectCreated | ObjectDeleted,
  where: { readonly account: string; readonly region: string },
  requestId: string,
): BusEvent {
  const version = change.versionId === undefined ? {} : { 'version-id': change.versionId };
  const content =
    change.type === 'Object Created' ? { size: change.sizeBytes, etag: change.etag.replaceAll('"', '') } : {};
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': change.type,
    source: 'aws.s3',
    account: where.account,
    // Whole seconds, as EventBridge has them.
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: where.region,
    resources: [`arn:aws:s3:::${change.bucket}`],
    detail: {
      version: '0',
      bucket: { name: change.bucket },
      object: { key: change.key, ...content, ...version, sequencer: nextSequencer() },
      'request-id': requestId.replaceAll('-', '').slice(0, 16).toUpperCase(),
      requester: where.account,
      'source-ip-address': '127.0.0.1',
      reason: change.reason,
      ...(change.type === 'Object Deleted' ? { 'deletion-type': change.deletionType } : {}),
    },
  };
}
