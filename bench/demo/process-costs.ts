/** What the processes under one cost, by what they are. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of one kind of process, all that ever ran added up. */
export interface ProcessCost {
  cpuSeconds: number;
  /** The most that one of them had resident. */
  peakMemoryMb: number;
  processes: number;
}

export type ProcessCosts = ReadonlyMap<string, Readonly<ProcessCost>>;

/** Of Linux, whatever the machine: `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 100;

interface Seen {
  readonly kind: string;
  cpuSeconds: number;
  peakMemoryMb: number;
}

/** Watches a process and all that descend from it. What ends between two looks loses its last tenth of a second. */
export class ProcessWatch {
  readonly #root: number;
  readonly #kindOf: (commandLine: string, environment: string) => string;
  readonly #seen = new Map<string, Seen>();
  readonly #timer: NodeJS.Timeout;

  /** `kindOf` names a process by its command line and its environment, entries separated by a NUL. */
  constructor(root: number, kindOf: (commandLine: string, environment: string) => string) {
    this.#root = root;
    this.#kindOf = kindOf;
    this.#timer = setInterval(() => {
      this.look();
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Since the start, by kind. */
  costs(): ProcessCosts {
    this.look();
    const costs = new Map<string, ProcessCost>();
    for (const { kind, cpuSeconds, peakMemoryMb } of this.#seen.values()) {
      const cost = costs.get(kind) ?? { cpuSeconds: 0, peakMemoryMb: 0, processes: 0 };
      cost.cpuSeconds += cpuSeconds;
      cost.peakMemoryMb = Math.max(cost.peakMemoryMb, peakMemoryMb);
      cost.processes += 1;
      costs.set(kind, cost);
    }
    return costs;
  }

  private look(): void {
    const parents = new Map<number, { readonly parent: number; readonly stat: readonly string[] }>();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const text = read(`/proc/${name}/stat`);
      // The command's name stands in brackets and may hold anything.
      const stat = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (stat.length > 20) parents.set(Number(name), { parent: Number(stat[1]), stat });
    }
    for (const [pid, { stat }] of parents) {
      if (!this.#descends(pid, parents)) continue;
      // A number may come again: with its start it is one process's alone.
      const id = `${pid} ${stat[19] ?? ''}`;
      const seen = this.#seen.get(id) ?? this.#enter(pid);
      if (seen === undefined) continue;
      this.#seen.set(id, seen);
      seen.cpuSeconds = (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
      const peakKb = Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
      seen.peakMemoryMb = Math.max(seen.peakMemoryMb, Math.round(peakKb / 1024));
    }
  }

  #descends(pid: number, parents: ReadonlyMap<number, { readonly parent: number }>): boolean {
    for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) if (at === this.#root) return true;
    return false;
  }

  /** Undefined for a process that is not yet, or no longer, a program. */
  #enter(pid: number): Seen | undefined {
    const commandLine = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    if (commandLine === '') return undefined;
    return { kind: this.#kindOf(commandLine, read(`/proc/${pid}/environ`)), cpuSeconds: 0, peakMemoryMb: 0 };
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
