/** The memory of a function's process, held to its limit: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
import { readFileSync } from 'node:fs';

const POLL_MS = 100;

/**
 * Watches the highest resident set of a process for as long as an invocation runs. Where the system does not tell it (only
 * Linux does), nothing is limited but Node's own heap.
 */
export class MemoryLimit {
  private readonly pid: number;
  private readonly limitMb: number;
  private readonly onExceeded: () => void;
  private readonly timer: NodeJS.Timeout;
  private highestMb: number | undefined;

  /** Begins to watch. `onExceeded` is called once. */
  constructor(pid: number, limitMb: number, onExceeded: () => void) {
    this.pid = pid;
    this.limitMb = limitMb;
    this.onExceeded = onExceeded;
    this.timer = setInterval(() => {
      this.check();
    }, POLL_MS);
  }

  /** Looks once more, and no more after that. Whether the process had more than its limit at any time. */
  end(): boolean {
    if (!this.isExceeded) this.check();
    clearInterval(this.timer);
    return this.isExceeded;
  }

  /** What the process had at most; a process that is killed at its limit never had more. */
  get usedMb(): number | undefined {
    return this.highestMb === undefined ? undefined : Math.min(this.highestMb, this.limitMb);
  }

  private get isExceeded(): boolean {
    return this.highestMb !== undefined && this.highestMb > this.limitMb;
  }

  private check(): void {
    this.highestMb = peakMemoryMb(this.pid) ?? this.highestMb;
    if (!this.isExceeded) return;
    clearInterval(this.timer);
    this.onExceeded();
  }
}

/** Peak resident memory of a process, rounded up; undefined where the system does not tell it, or the process is gone. */
function peakMemoryMb(pid: number): number | undefined {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return peak === null ? undefined : Math.ceil(Number(peak[1]) / 1024);
  } catch {
    return undefined;
  }
}
