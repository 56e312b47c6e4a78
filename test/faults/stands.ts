/** The lakes that faults are played on: one at a time, started when it is wanted, and thrown away when a fault broke it. */
import { TestFolders } from '../helpers/local-lake.ts';
import { type Fault, type FaultReport, judgeFault, type SharedLake, type Verdict } from './fault.ts';
import { divertSoon } from './shorten-waits.ts';
import { FaultStand, type StandOptions } from './stand.ts';

const OPTIONS: Readonly<Record<SharedLake, StandOptions>> = {
  dev: { stage: 'dev' },
  prod: { stage: 'prod' },
  diverting: { stage: 'prod', change: divertSoon },
};

export interface PlayedFault extends Verdict {
  readonly number: number;
  readonly name: string;
  readonly injected: number;
  /** Records that had gone through the lake by the end. */
  readonly records: number;
  readonly tookMs: number;
}

/** What is known to be lost or doubled where nothing could be compared. */
const NOTHING = { lost: 0, duplicated: 0, servedLost: 0, servedDuplicated: 0 };

export class FaultStands {
  readonly #folders = new TestFolders();
  readonly #onWarning: (line: string) => void;
  #current: { readonly lake: SharedLake; readonly stand: FaultStand } | undefined;

  constructor(onWarning: (line: string) => void = () => undefined) {
    this.#onWarning = onWarning;
  }

  /** Plays one fault; whatever goes wrong with it is in the verdict. */
  async play(fault: Fault): Promise<PlayedFault> {
    const startMs = performance.now();
    const { number, name } = fault;
    const about = (): { number: number; name: string; tookMs: number } => ({
      number,
      name,
      tookMs: performance.now() - startMs,
    });
    try {
      const report = await this.#run(fault);
      const verdict = judgeFault(report);
      if (!verdict.survived) await this.#discard();
      const { produced: records } = report.outcome.totals;
      return { ...about(), ...verdict, injected: report.injected, records };
    } catch (error) {
      await this.#discard();
      const reasons = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
      return { ...about(), ...NOTHING, survived: false, reasons, injected: 0, records: 0 };
    }
  }

  async stop(): Promise<void> {
    await this.#discard();
    this.#folders.remove();
  }

  async #run(fault: Fault): Promise<FaultReport> {
    const { lake } = fault;
    if (typeof lake === 'string') {
      const stand = await this.#shared(lake);
      try {
        return await fault.run(stand);
      } finally {
        stand.clear();
      }
    }
    await this.#discard();
    const stand = await FaultStand.start(this.#folders, lake, this.#onWarning);
    try {
      return await fault.run(stand);
    } finally {
      await stand.stop();
    }
  }

  async #shared(lake: SharedLake): Promise<FaultStand> {
    if (this.#current?.lake === lake) return this.#current.stand;
    await this.#discard();
    const stand = await FaultStand.start(this.#folders, OPTIONS[lake], this.#onWarning);
    this.#current = { lake, stand };
    return stand;
  }

  async #discard(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.stand.stop();
  }
}
