/** Cost of records apart from cost of objects: a line through runs that had the same records in more and more objects. */

export interface ObjectsMeasured {
  readonly recordsPerObject: number;
  readonly cpuSecondsPerMillion: number;
}

export interface ObjectCost {
  /** With objects so large that their number does not count. */
  readonly cpuSecondsPerMillion: number;
  readonly cpuMsPerObject: number;
}

/** Least squares over objects a record. */
export function fitObjects(runs: readonly ObjectsMeasured[]): ObjectCost {
  const points = runs.map(({ recordsPerObject, cpuSecondsPerMillion }) => ({
    x: 1 / recordsPerObject,
    y: cpuSecondsPerMillion / 1e6,
  }));
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
  return { cpuSecondsPerMillion: (y - slope * x) * 1e6, cpuMsPerObject: slope * 1000 };
}
