const WINDOW_MS = 10_000;

/** Records a second over the last ten, from counts that were read now and then. */
export class RecordRate {
  private readonly counts: { readonly atMs: number; readonly records: number }[] = [];

  /** Takes a count in; the rate since the oldest that lies within the window, or the last before it. */
  of(records: number, nowMs: number): number {
    this.counts.push({ atMs: nowMs, records });
    while ((this.counts[1]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) this.counts.shift();
    const [first] = this.counts;
    if (first === undefined || first.atMs === nowMs) return 0;
    return Math.max(0, ((records - first.records) * 1000) / (nowMs - first.atMs));
  }
}
