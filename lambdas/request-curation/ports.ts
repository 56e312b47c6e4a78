/** What requesting curation needs of the world, and the bounds of one call. */
import type { ObjectStore } from '../../adapters/objects.ts';
import type { MessageQueue } from '../../adapters/queue.ts';

export interface RequestPorts {
  /** Raw bucket: raw objects and quarantine. */
  readonly raw: Pick<ObjectStore, 'get' | 'list' | 'listWritten' | 'listFolders'>;
  /** Lake bucket: curated files, receipts and the progress of sweeps. */
  readonly lake: Pick<ObjectStore, 'get' | 'list' | 'listWritten' | 'putIfAbsent' | 'putIfUnchanged'>;
  /** The queue that curate-quotes works on. */
  readonly queue: MessageQueue;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface RequestOptions {
  readonly rawBucket: string;
  readonly topic: string;
  /** When to stop and leave the rest to the next call, epoch ms. */
  readonly stopAtMs: number;
  /** @default CURATION_VERSION */
  readonly curationVersion?: number;
  /** Raw objects requested at most, or a few more. @default MAX_REQUESTS */
  readonly maxRequests?: number;
}

/** Raw objects requested by one call: about what curation works off until the next sweep. */
export const MAX_REQUESTS = 10_000;

/** Objects read at once: enough to wait for S3 in parallel. */
export const READS_AT_ONCE = 32;
