/** Sweeps the raw objects of one partition: the chain along its order, and its fills, which come in any order. */

import { inGroups } from '../../adapters/log-partitions.ts';
import type { ListedObject } from '../../adapters/objects.ts';
import {
  type LogPartition,
  parseRawKey,
  rawFillPrefix,
  rawPrefix,
  receiptKey,
  sweepKey,
} from '../../core/layout.ts';
import { formatRuns, heldRuns, isHeld, parseRuns } from '../../core/raw-log.ts';
import { readReceipt } from '../../core/receipt.ts';
import { NO_PROGRESS, parseSweepProgress } from '../../core/sweep-progress.ts';
import type { CurationRequests } from './curation-requests.ts';
import { READS_AT_ONCE, type RequestPorts } from './ports.ts';
import { ProgressDocument } from './progress-document.ts';
import { type Finding, walk } from './walk.ts';

export interface SweepHow {
  readonly curationVersion: number;
  /** Raw objects written after this may be settled by their own event, epoch ms. */
  readonly youngFromMs: number;
  readonly requests: CurationRequests;
}

export interface Swept {
  /** Raw objects whose receipts were looked at. */
  readonly examined: number;
  /** Every raw object of the partition written before this is settled, epoch ms; 0 if not all were looked at. */
  readonly settledBeforeMs: number;
}

export class PartitionSweep {
  readonly #ports: RequestPorts;
  readonly #log: LogPartition;
  readonly #how: SweepHow;

  constructor(ports: RequestPorts, log: LogPartition, how: SweepHow) {
    this.#ports = ports;
    this.#log = log;
    this.#how = how;
  }

  async run(): Promise<Swept> {
    const { raw, lake } = this.#ports;
    const { curationVersion, requests } = this.#how;
    const document = new ProgressDocument(lake, sweepKey(this.#log), parseSweepProgress);
    const stored = await document.read();
    // A newer version's counts too: what is settled for it is settled for an older one.
    const before = stored !== undefined && stored.curationVersion >= curationVersion ? stored : undefined;
    const chain = await walk({
      progress: before?.chain ?? NO_PROGRESS,
      find: (key) => firstListed(raw.listWritten(key), key),
      listBehind: (key) => this.#chainBehind(key),
      examine: (listed) => this.#examine(listed),
      requests,
    });
    const fills = await this.#sweepFills(before?.fills ?? '');
    await requests.flush();
    // It will be back, and must not start over for what an older one did meanwhile.
    if (before === undefined || before.curationVersion === curationVersion) {
      await document.write({ curationVersion, chain: chain.progress, fills: fills.settled });
    }
    return {
      examined: chain.examined + fills.examined,
      settledBeforeMs: chain.isAtEnd ? Math.min(chain.settledBeforeMs, fills.settledBeforeMs) : 0,
    };
  }

  async *#chainBehind(key: string | undefined): AsyncIterable<ListedObject> {
    for await (const listed of this.#ports.raw.listWritten(rawPrefix(this.#log), key)) {
      const object = parseRawKey(listed.key);
      // Fills follow the chain's last object.
      if (object?.kind === 'fill') return;
      if (object !== undefined) yield listed;
    }
  }

  async #sweepFills(settledBefore: string): Promise<Swept & { readonly settled: string }> {
    const { requests } = this.#how;
    const known = parseRuns(settledBefore) ?? [];
    const settled: { readonly offset: number }[] = [];
    let [examined, settledBeforeMs] = [0, Number.POSITIVE_INFINITY];
    const listed = this.#ports.raw.listWritten(rawFillPrefix(this.#log));
    for await (const group of inGroups(listed, READS_AT_ONCE)) {
      const isStopped = !requests.canGoOn;
      const findings = await Promise.all(
        group.map(async (fill): Promise<readonly [number, ListedObject, Finding]> => {
          const offset = parseRawKey(fill.key)?.start;
          if (offset === undefined) return [-1, fill, 'settled'];
          if (isHeld(known, offset)) return [offset, fill, 'settled'];
          if (isStopped) return [offset, { ...fill, writtenMs: 0 }, 'young'];
          examined += 1;
          return [offset, fill, await this.#examine(fill)];
        }),
      );
      for (const [offset, { writtenMs }, finding] of findings) {
        if (finding === 'settled') settled.push({ offset });
        else settledBeforeMs = Math.min(settledBeforeMs, writtenMs);
        if (typeof finding === 'object') await requests.add(finding.rawKey);
      }
    }
    return {
      settled: formatRuns(heldRuns(settled.filter(({ offset }) => offset >= 0))),
      examined,
      settledBeforeMs,
    };
  }

  /** A receipt of a newer version settles as well; one that cannot be read settles nothing. */
  async #examine({ key, writtenMs }: ListedObject): Promise<Finding> {
    const object = parseRawKey(key);
    if (object === undefined) return 'settled';
    const stored = await this.#ports.lake.get(receiptKey(object));
    const version = stored && readReceipt(stored.body.toString())?.curationVersion;
    if (version !== undefined && version >= this.#how.curationVersion) return 'settled';
    return writtenMs > this.#how.youngFromMs ? 'young' : { rawKey: key };
  }
}

/** The object of exactly this key, if the listing has it. */
export async function firstListed(
  listing: AsyncIterable<ListedObject>,
  key: string,
): Promise<ListedObject | undefined> {
  for await (const listed of listing) return listed.key === key ? listed : undefined;
  return undefined;
}
