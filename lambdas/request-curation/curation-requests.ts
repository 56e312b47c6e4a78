/** Sends requests in batches, counts them, and says when a call has done enough. */
import { type CurationReason, formatCurationRequest } from '../../core/curation-request.ts';
import { MAX_REQUESTS, type RequestOptions, type RequestPorts } from './ports.ts';

const MOST_UNSENT = 100;

export class CurationRequests {
  /** Sent or about to be. */
  count = 0;
  readonly #ports: RequestPorts;
  readonly #options: RequestOptions;
  readonly #reason: CurationReason;
  #unsent: string[] = [];

  constructor(ports: RequestPorts, options: RequestOptions, reason: CurationReason) {
    this.#ports = ports;
    this.#options = options;
    this.#reason = reason;
  }

  /** Whether there is time and room for more. */
  get canGoOn(): boolean {
    const { stopAtMs, maxRequests = MAX_REQUESTS } = this.#options;
    return this.count < maxRequests && this.#ports.now() < stopAtMs;
  }

  /** @param key of a raw object */
  async add(key: string, strays?: readonly string[]): Promise<void> {
    const request = { bucket: this.#options.rawBucket, key, reason: this.#reason };
    this.#unsent.push(formatCurationRequest({ ...request, ...(strays !== undefined && { strays }) }));
    this.count += 1;
    if (this.#unsent.length >= MOST_UNSENT) await this.flush();
  }

  async flush(): Promise<void> {
    const bodies = this.#unsent;
    this.#unsent = [];
    await this.#ports.queue.send(bodies);
  }
}
