import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { type LogPartition, parseReceiptKey, receiptPrefix } from '../../core/layout.ts';
import { parseReceipt, type Receipt } from '../../core/receipt.ts';
import { OffsetSet } from './offset-set.ts';

/** What all receipts of one partition say together. */
export interface ReceiptSums {
  /** The chain's receipts cover every offset below this one without a gap. */
  readonly coveredTo: number;
  readonly curated: number;
  readonly quarantined: OffsetSet;
  readonly receipts: number;
}

const PARALLEL_READS = 8;

/** Reads the receipts of one partition, each only once for as long as its ETag stays: a wait looks often. */
export class ReceiptReader {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #log: LogPartition;
  readonly #known = new Map<
    string,
    { readonly etag: string; readonly start: number; readonly receipt: Receipt }
  >();

  constructor(s3: S3Client, bucket: string, log: LogPartition) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#log = log;
  }

  /** Reads what is new and sums it all up. */
  async read(): Promise<ReceiptSums> {
    const fresh = await this.#listFresh();
    for (let at = 0; at < fresh.length; at += PARALLEL_READS) {
      await Promise.all(
        fresh.slice(at, at + PARALLEL_READS).map(async ({ key, etag, start }) => {
          this.#known.set(key, { etag, start, receipt: await this.#get(key) });
        }),
      );
    }
    return sumUp([...this.#known.values()]);
  }

  /**
   * Offsets that the receipts read so far call curated. A receipt counts rows and names what is quarantined: where its raw object
   * holds every offset that it covers, the others are curated; where it does not, nobody knows which, and none is named.
   */
  curatedOffsets(): OffsetSet {
    const curated = new OffsetSet();
    for (const { receipt } of this.#known.values()) {
      const { first, last, records, quarantined } = receipt;
      if (records !== last - first + 1) continue;
      const others = new Set(quarantined.map(({ offset }) => offset));
      for (let offset = first; offset <= last; offset++) if (!others.has(offset)) curated.add(offset);
    }
    return curated;
  }

  async #listFresh(): Promise<{ key: string; etag: string; start: number }[]> {
    const fresh: { key: string; etag: string; start: number }[] = [];
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: receiptPrefix(this.#log),
          ContinuationToken: token,
        }),
      );
      for (const { Key: key = '', ETag: etag = '' } of page.Contents ?? []) {
        const parsed = parseReceiptKey(key);
        if (parsed !== undefined && this.#known.get(key)?.etag !== etag) {
          fresh.push({ key, etag, start: parsed.start });
        }
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return fresh;
  }

  async #get(key: string): Promise<Receipt> {
    const { Body: body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return parseReceipt(key, (await body?.transformToString()) ?? '');
  }
}

function sumUp(entries: readonly { readonly start: number; readonly receipt: Receipt }[]): ReceiptSums {
  const quarantined = new OffsetSet();
  let curated = 0;
  let coveredTo = 0;
  const inOrder = [...entries].sort((left, right) => left.start - right.start);
  for (const { start, receipt } of inOrder) {
    for (const { rows } of receipt.curated) curated += rows;
    for (const { offset } of receipt.quarantined) quarantined.add(offset);
    if (start <= coveredTo) coveredTo = Math.max(coveredTo, receipt.last + 1);
  }
  return { coveredTo, curated, quarantined, receipts: entries.length };
}
