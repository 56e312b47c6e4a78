interface Waiting<Tenant> {
  readonly key: string;
  readonly tenant: Tenant;
  readonly enter: () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Whom the catalogs of the server read for. A catalog has one pair of keys, and views name the catalog, so there is one set of
 * catalogs at a time: queries of one caller run side by side, another's wait until they have ended.
 */
export class Tenancy<Tenant> {
  readonly #change: (tenant: Tenant) => Promise<void>;
  readonly #waiting: Waiting<Tenant>[] = [];
  #key: string | undefined;
  #inside = 0;
  #changing = false;

  /** @param change makes the catalogs of a tenant in place of the last one's; nothing runs meanwhile */
  constructor(change: (tenant: Tenant) => Promise<void>) {
    this.#change = change;
  }

  /**
   * Waits its turn, in the order of asking. Resolves to what ends the stay.
   * @param key the same for those that may be inside together
   * @param signal gives the waiting up
   */
  async enter(key: string, tenant: Tenant, signal?: AbortSignal): Promise<() => void> {
    await new Promise<void>((enter, refuse) => {
      const waiting = { key, tenant, enter, refuse };
      this.#waiting.push(waiting);
      const giveUp = (): void => {
        const at = this.#waiting.indexOf(waiting);
        // Its turn has come: what it entered for ends by itself.
        if (at < 0 || (at === 0 && this.#changing)) return;
        this.#waiting.splice(at, 1);
        refuse(signal?.reason instanceof Error ? signal.reason : new Error('given up'));
        void this.#admit();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      void this.#admit();
    });
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside--;
      void this.#admit();
    };
  }

  async #admit(): Promise<void> {
    while (!this.#changing) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      if (next.key !== this.#key) {
        if (this.#inside > 0) return;
        this.#changing = true;
        try {
          await this.#change(next.tenant);
          this.#key = next.key;
        } catch (error) {
          this.#key = undefined;
          this.#waiting.shift();
          next.refuse(error);
          continue;
        } finally {
          this.#changing = false;
        }
      }
      this.#waiting.shift();
      this.#inside++;
      next.enter();
    }
  }
}
