/**
 * Finds curated files and quarantined records that no receipt names, and asks for the curation of their raw objects, which
 * removes them. Only a change of version leaves such: an older one died after an output and before its receipt, and the
 * newer one came to other outputs. So one audit a version is enough, once that version has curated everything and no older
 * function can still be running.
 */
import { chainStartsFrom } from '../../adapters/chain-starts.ts';
import type { ListedObject } from '../../adapters/objects.ts';
import {
  auditKey,
  type LogPartition,
  locations,
  parseCuratedKey,
  parseQuarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../core/layout.ts';
import { type Receipt, readReceipt } from '../../core/receipt.ts';
import { type AuditProgress, NO_PROGRESS, parseAuditProgress } from '../../core/sweep-progress.ts';
import type { CurationRequests } from './curation-requests.ts';
import type { RequestPorts } from './ports.ts';
import { ProgressDocument } from './progress-document.ts';
import { firstListed } from './sweep-partition.ts';
import { type Finding, walk } from './walk.ts';

/** A function runs 15 minutes at most, and a deployment replaces functions one after the other. */
const OLDER_VERSION_ENDS_AFTER_MS = 30 * 60_000;

export class OutputAudit {
  readonly #ports: RequestPorts;
  readonly #topic: string;
  readonly #document: ProgressDocument<AuditProgress>;
  readonly #before: AuditProgress;

  private constructor(
    ports: RequestPorts,
    topic: string,
    document: ProgressDocument<AuditProgress>,
    before: AuditProgress,
  ) {
    this.#ports = ports;
    this.#topic = topic;
    this.#document = document;
    this.#before = before;
  }

  /**
   * Opens the audit of a curation version, or begins it. What another version found does not count, not a newer one's
   * either: it must look again for what this one leaves until it is back.
   */
  static async open(ports: RequestPorts, topic: string, curationVersion: number): Promise<OutputAudit> {
    const document = new ProgressDocument(ports.lake, auditKey(topic), parseAuditProgress);
    const stored = await document.read();
    if (stored?.curationVersion === curationVersion) return new OutputAudit(ports, topic, document, stored);
    const begun = { curationVersion, sinceMs: ports.now(), outputs: NO_PROGRESS, isOver: false };
    await document.write(begun);
    return new OutputAudit(ports, topic, document, begun);
  }

  /**
   * Looks at outputs as far as time allows, if it is time to.
   * @param settledBeforeMs all raw objects written before it have receipts of this version
   * @returns the number of outputs found that no receipt names, or undefined if none was looked at
   */
  async goOn(requests: CurationRequests, settledBeforeMs: number): Promise<number | undefined> {
    const { sinceMs, outputs, isOver, curationVersion } = this.#before;
    if (isOver && outputs.open.length === 0) return undefined;
    if (settledBeforeMs <= sinceMs || this.#ports.now() < sinceMs + OLDER_VERSION_ENDS_AFTER_MS)
      return undefined;
    const { raw, lake } = this.#ports;
    const walked = await walk({
      progress: outputs,
      find: (key) => firstListed((parseCuratedKey(key) === undefined ? raw : lake).listWritten(key), key),
      listBehind: (key) => this.#outputsBehind(key, isOver),
      examine: ({ key }) => this.#examine(key, curationVersion),
      requests,
    });
    await requests.flush();
    await this.#document.write({ ...this.#before, outputs: walked.progress, isOver: walked.isAtEnd });
    return walked.unsettled;
  }

  /** Curated files, then quarantined records: so their keys sort, too. */
  async *#outputsBehind(key: string | undefined, isOver: boolean): AsyncIterable<ListedObject> {
    if (isOver) return;
    const { raw, lake } = this.#ports;
    const quarantine = locations.quarantine(this.#topic);
    if (key === undefined || key < quarantine) yield* lake.listWritten(locations.curated(this.#topic), key);
    yield* raw.listWritten(quarantine, key !== undefined && key >= quarantine ? key : undefined);
  }

  async #examine(key: string, curationVersion: number): Promise<Finding> {
    const counts = (receipt: Receipt | undefined): receipt is Receipt =>
      receipt !== undefined && receipt.curationVersion >= curationVersion;
    const file = parseCuratedKey(key);
    if (file !== undefined) {
      const receipt = await this.#readReceipt(file.object);
      if (!counts(receipt) || receipt.curated.some((curated) => curated.key === key)) return 'settled';
      return { rawKey: rawObjectKey(file.object), strays: [key] };
    }
    const record = parseQuarantineKey(key);
    if (record === undefined) return 'settled';
    const { offset, ...log } = record;
    const fill: RawObjectId = { ...log, kind: 'fill', start: offset };
    for (const object of [fill, await this.#chainObjectAt(log, offset)]) {
      const receipt = object && (await this.#readReceipt(object));
      if (object === undefined || !counts(receipt)) continue;
      const isNamed = receipt.quarantined.some((quarantined) => quarantined.offset === offset);
      return isNamed ? 'settled' : { rawKey: rawObjectKey(object) };
    }
    return 'settled';
  }

  async #chainObjectAt(log: LogPartition, offset: number): Promise<RawObjectId | undefined> {
    let covering: RawObjectId | undefined;
    for await (const start of chainStartsFrom(this.#ports.raw, log, offset)) {
      if (start > offset) break;
      covering = { ...log, kind: 'chain', start };
    }
    return covering;
  }

  /** Undefined if there is none, or none that can be read: then the raw object is for the sweep. */
  async #readReceipt(object: RawObjectId): Promise<Receipt | undefined> {
    const stored = await this.#ports.lake.get(receiptKey(object));
    return stored && readReceipt(stored.body.toString());
  }
}
