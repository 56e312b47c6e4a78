/** Turns successful S3 writes into events of the buckets that send them to EventBridge. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { BusEvent } from '../events/bus.ts';
import { s3Event } from '../events/s3-events.ts';
import type { Upstream } from '../http/upstream.ts';
import type { S3Request } from './operation.ts';

export interface ObjectEventsOptions {
  readonly account: string;
  readonly region: string;
  readonly upstream: Upstream;
  readonly publish: (event: BusEvent) => void;
}

const header = (message: IncomingMessage, name: string): string | undefined => {
  const value = message.headers[name];
  return typeof value === 'string' && value !== 'null' ? value : undefined;
};

export class ObjectEvents {
  readonly #options: ObjectEventsOptions;
  readonly #buckets = new Set<string>();

  constructor(options: ObjectEventsOptions) {
    this.#options = options;
  }

  /** Whether the bucket has EventBridge on. */
  set(bucket: string, on: boolean): void {
    if (on) this.#buckets.add(bucket);
    else this.#buckets.delete(bucket);
  }

  /** Publishes what a successful request changed; the response's body is left unread. */
  async changed(
    { operation, bucket, key }: S3Request,
    answer: IncomingMessage,
    sent: IncomingHttpHeaders,
    requestId: string,
  ): Promise<void> {
    if (!this.#buckets.has(bucket)) return;
    switch (operation) {
      case 'PutObject': {
        const size = sent['x-amz-decoded-content-length'] ?? sent['content-length'] ?? '0';
        this.#publish(
          {
            type: 'Object Created',
            reason: operation,
            bucket,
            key,
            sizeBytes: Number(size),
            etag: header(answer, 'etag') ?? '',
            versionId: header(answer, 'x-amz-version-id'),
          },
          requestId,
        );
        return;
      }
      case 'CopyObject':
      case 'CompleteMultipartUpload':
        await this.#created(operation, bucket, key, requestId);
        return;
      case 'DeleteObject':
        this.deleted(
          bucket,
          key,
          header(answer, 'x-amz-version-id'),
          header(answer, 'x-amz-delete-marker') === 'true',
          requestId,
        );
        return;
    }
  }

  deleted(
    bucket: string,
    key: string,
    versionId: string | undefined,
    markerCreated: boolean,
    requestId: string,
  ): void {
    if (!this.#buckets.has(bucket)) return;
    const deletionType = markerCreated ? 'Delete Marker Created' : 'Permanently Deleted';
    this.#publish(
      { type: 'Object Deleted', reason: 'DeleteObject', bucket, key, versionId, deletionType },
      requestId,
    );
  }

  /** Size and tag of an object made by another way than PutObject stand in no header of the answer. */
  async #created(
    reason: 'CopyObject' | 'CompleteMultipartUpload',
    bucket: string,
    key: string,
    requestId: string,
  ): Promise<void> {
    const path = `/${encodeURIComponent(bucket)}/${key.split('/').map(encodeURIComponent).join('/')}`;
    const { headers } = await this.#options.upstream.call({
      method: 'HEAD',
      path,
      headers: {},
      service: 's3',
    });
    const versionId = headers['x-amz-version-id'];
    this.#publish(
      {
        type: 'Object Created',
        reason,
        bucket,
        key,
        sizeBytes: Number(headers['content-length'] ?? 0),
        etag: headers.etag ?? '',
        versionId: typeof versionId === 'string' && versionId !== 'null' ? versionId : undefined,
      },
      requestId,
    );
  }

  #publish(change: Parameters<typeof s3Event>[0], requestId: string): void {
    this.#options.publish(s3Event(change, this.#options, requestId));
  }
}
