/**
 * Requests every raw object that has no receipt of today's curation version: events are lost, tries die, versions change.
 * Each receipt is read once a version; progress is kept for each partition.
 */
import { CURATION_VERSION } from '../../core/curation.ts';
import type { CurationRequestResult, SweepSelection } from '../../core/curation-request.ts';
import {
  type LogPartition,
  locations,
  parseRawKey,
  type RawObjectId,
  rawFillPrefix,
  rawPrefix,
  receiptKey,
  sweepKey,
} from '../../core/layout.ts';
import { formatRuns, heldRuns, isHeld, parseRuns } from '../../core/raw-log.ts';
import { readReceiptVersion } from '../../core/receipt.ts';
import { NO_PROGRESS, parseSweepProgress, type SweepProgress } from '../../core/sweep-progress.ts';
import { CurationRequests } from './curation-requests.ts';
import { inGroups, logPartitions } from './log-partitions.ts';
import { READS_AT_ONCE, type RequestOptions, type RequestPorts } from './ports.ts';
import { ProgressDocument } from './progress-document.ts';
import { type Finding, walk } from './walk.ts';

/** Younger raw objects may have their event on its way. */
const MINIMUM_AGE_SECONDS = 600;

/** More messages than that in the queue, and what an earlier sweep asked for may be among them. */
const MAX_BACKLOG = 1000;

export async function sweep(
  ports: RequestPorts,
  { minimumAgeSeconds = MINIMUM_AGE_SECONDS }: SweepSelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  const backlog = await ports.queue.count();
  if (backlog > MAX_BACKLOG) return { action: 'sweep', examined: 0, requested: 0, backlog };
  const requests = new CurationRequests(ports, options, 'sweep');
  const youngFromMs = ports.now() - minimumAgeSeconds * 1000;
  let examined = 0;
  for await (const log of logPartitions(ports.raw, locations.raw(options.topic))) {
    examined += await new PartitionSweep(ports, log, options, youngFromMs).run(requests);
  }
  await requests.flush();
  return { action: 'sweep', examined, requested: requests.count };
}

class PartitionSweep {
  readonly #ports: RequestPorts;
  readonly #log: LogPartition;
  readonly #version: number;
  readonly #youngFromMs: number;

  constructor(
    ports: RequestPorts,
    log: LogPartition,
    { curationVersion = CURATION_VERSION }: RequestOptions,
    youngFromMs: number,
  ) {
    this.#ports = ports;
    this.#log = log;
    this.#version = curationVersion;
    this.#youngFromMs = youngFromMs;
  }

  /** Returns the number of raw objects whose receipts were looked at. */
  async run(requests: CurationRequests): Promise<number> {
    const document = new ProgressDocument(this.#ports.lake, sweepKey(this.#log), parseSweepProgress);
    const before = await document.read(this.#version);
    const chain = await walk({
      progress: before?.chain ?? NO_PROGRESS,
      store: this.#ports.raw,
      listBehind: (key) => this.#chainBehind(key),
      examine: ({ key, writtenMs }) => this.#examine(key, writtenMs),
      onOpen: ({ key }) => requests.add(key),
      canGoOn: () => requests.canGoOn,
    });
    const fills = await this.#sweepFills(before?.fills ?? '', requests);
    await requests.flush();
    const now: SweepProgress = {
      curationVersion: this.#version,
      chain: chain.progress,
      fills: fills.settled,
    };
    await document.write(now);
    return chain.examined + fills.examined;
  }

  async *#chainBehind(key: string | undefined): AsyncIterable<{ key: string; writtenMs: number }> {
    for await (const listed of this.#ports.raw.listWritten(rawPrefix(this.#log), key)) {
      const object = parseRawKey(listed.key);
      // Fills follow the chain's last object.
      if (object?.kind === 'fill') return;
      if (object !== undefined) yield listed;
    }
  }

  async #sweepFills(
    settledBefore: string,
    requests: CurationRequests,
  ): Promise<{ readonly settled: string; readonly examined: number }> {
    const known = parseRuns(settledBefore) ?? [];
    const settled: { readonly offset: number }[] = [];
    let examined = 0;
    const listed = this.#ports.raw.listWritten(rawFillPrefix(this.#log));
    for await (const group of inGroups(listed, READS_AT_ONCE)) {
      const findings = await Promise.all(
        group.map(async ({ key, writtenMs }) => {
          const { start: offset } = parseRawKey(key) ?? { start: -1 };
          if (isHeld(known, offset)) return { key, offset, finding: 'settled' as const };
          if (!requests.canGoOn || offset === -1) return { key, offset, finding: 'young' as const };
          examined += 1;
          return { key, offset, finding: await this.#examine(key, writtenMs) };
        }),
      );
      for (const { key, offset, finding } of findings) {
        if (finding === 'settled') settled.push({ offset });
        if (finding === 'open') await requests.add(key);
      }
    }
    return { settled: formatRuns(heldRuns(settled)), examined };
  }

  async #examine(key: string, writtenMs: number): Promise<Finding> {
    const object = parseRawKey(key);
    if (object === undefined || (await this.#isSettled(object))) return 'settled';
    return writtenMs > this.#youngFromMs ? 'young' : 'open';
  }

  /** A receipt of a newer version settles as well; one that cannot be read settles nothing. */
  async #isSettled(object: RawObjectId): Promise<boolean> {
    const receipt = await this.#ports.lake.get(receiptKey(object));
    const version = receipt === undefined ? undefined : readReceiptVersion(receipt.body.toString());
    return version !== undefined && version >= this.#version;
  }
}
