/** Buckets and a queue in memory, with raw objects and receipts as a test wants them. */
import type { CurationRequestResult, CurationSelection } from '../../../core/curation-request.ts';
import { type RawObjectId, rawObjectKey, receiptKey } from '../../../core/layout.ts';
import { formatReceipt, type Receipt } from '../../../core/receipt.ts';
import type { RequestOptions } from '../../../lambdas/request-curation/ports.ts';
import { requestCuration } from '../../../lambdas/request-curation/request-curation.ts';
import { MemoryObjectStore } from '../../helpers/memory-object-store.ts';
import { LOG, NOON_MS } from '../../helpers/records.ts';

export const MINUTE_MS = 60_000;

export const chain = (start: number, partition: number = LOG.partition): RawObjectId => ({
  ...LOG,
  partition,
  kind: 'chain',
  start,
});
export const fill = (start: number): RawObjectId => ({ ...LOG, kind: 'fill', start });

interface SentRequest {
  readonly key: string;
  readonly reason: string;
  readonly strays?: readonly string[];
}

export class RequestStand {
  readonly raw: MemoryObjectStore;
  readonly lake: MemoryObjectStore;
  sent: SentRequest[] = [];
  backlog = 0;
  nowMs = NOON_MS;

  constructor() {
    const makeStore = (): MemoryObjectStore => new MemoryObjectStore({ pageKeys: 3, now: () => this.nowMs });
    this.raw = makeStore();
    this.lake = makeStore();
  }

  async land(...objects: readonly RawObjectId[]): Promise<void> {
    for (const object of objects)
      await this.raw.put(rawObjectKey(object), { body: Buffer.of(1), contentType: 'x' });
  }

  async settle(object: RawObjectId, curationVersion: number, outputs: Partial<Receipt> = {}): Promise<void> {
    const { curated = [], quarantined = [] } = outputs;
    const records = curated.reduce((sum, { rows }) => sum + rows, quarantined.length);
    const [first, last] = [object.start, outputs.last ?? object.start];
    const receipt = { first, last, records, curationVersion, revision: 1, curated, quarantined };
    const body = Buffer.from(formatReceipt(receipt));
    await this.lake.put(receiptKey(object), { body, contentType: 'application/json' });
  }

  /** What it answers, with the keys of raw objects that it requested. */
  async request(
    selection: CurationSelection,
    options: Partial<RequestOptions> = {},
  ): Promise<CurationRequestResult & { readonly keys: readonly string[] }> {
    this.sent = [];
    const queue = {
      send: (bodies: readonly string[]): Promise<void> => {
        for (const body of bodies) {
          const { detail } = JSON.parse(body) as { detail: { object: { key: string } } & SentRequest };
          this.sent.push({ ...detail, key: detail.object.key });
        }
        return Promise.resolve();
      },
      count: () => Promise.resolve(this.backlog),
    };
    const result = await requestCuration(
      { raw: this.raw, lake: this.lake, queue, now: () => this.nowMs },
      selection,
      {
        ...{ rawBucket: 'raw', topic: LOG.topic, stopAtMs: Number.POSITIVE_INFINITY, curationVersion: 2 },
        ...options,
      },
    );
    return { ...result, keys: this.sent.map(({ key }) => key) };
  }
}
