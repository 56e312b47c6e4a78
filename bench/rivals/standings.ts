/** What the runs come to: a spread for each figure, the marginal cost of a million records, the ratio of each to us. */
import { type Spread, spreadOf, table } from '../harness/report.ts';
import { OURS, type RunFigures } from './contenders.ts';
import type { Written } from './count-back.ts';

/** One run of one contender, both sizes. */
export interface Measured extends RunFigures, Written {
  readonly records: number;
}

interface Figures {
  readonly cpuSecondsPerMillion: Spread;
  readonly peakMb: Spread;
  readonly wallSeconds: Spread;
}

export interface SizeFigures extends Figures {
  readonly records: number;
  readonly files: number;
  readonly bytesPerRow: number;
  readonly parts?: Readonly<Record<string, Figures>>;
  /** Of us, with what the local event source took: Lambda's own work on AWS. */
  readonly withPoller?: Pick<Figures, 'cpuSecondsPerMillion' | 'peakMb'>;
}

export interface Standing {
  readonly name: string;
  readonly title: string;
  readonly measuredAt: string;
  readonly commit: string | null;
  readonly sizes: readonly SizeFigures[];
  /** CPU seconds of a million records more: start-up taken out. */
  readonly marginalCpuSecondsPerMillion: Spread;
  readonly marginalWithPoller?: Spread;
}

const MILLION = 1e6;

function figuresOf(records: number, runs: readonly Omit<RunFigures, 'parts'>[]): Figures {
  return {
    cpuSecondsPerMillion: spreadOf(runs.map(({ cpuSeconds }) => (cpuSeconds / records) * MILLION)),
    peakMb: spreadOf(runs.map(({ peakBytes }) => peakBytes / MILLION)),
    wallSeconds: spreadOf(runs.map(({ wallSeconds }) => wallSeconds)),
  };
}

/** Of one size, at least one run. */
function sizeOf(runs: readonly Measured[]): SizeFigures {
  const [first] = runs;
  if (first === undefined) throw new RangeError('no run was measured');
  const { records, files, bytes } = first;
  const parts = (['land', 'curate', 'poller'] as const).flatMap((name) => {
    const found = runs.flatMap((run) => (run.parts === undefined ? [] : [run.parts[name]]));
    return found.length === 0 ? [] : [[name, figuresOf(records, found)] as const];
  });
  return {
    records,
    ...figuresOf(records, runs),
    files,
    bytesPerRow: Math.round((bytes / records) * 10) / 10,
    ...(parts.length > 0 && { parts: Object.fromEntries(parts) }),
    ...withPollerOf(records, runs),
  };
}

function withPollerOf(records: number, runs: readonly Measured[]): Pick<SizeFigures, 'withPoller'> {
  const whole = runs.map(withPoller).filter((run) => run !== undefined);
  if (whole.length === 0) return {};
  const { cpuSecondsPerMillion, peakMb } = figuresOf(records, whole);
  return { withPoller: { cpuSecondsPerMillion, peakMb } };
}

/** A run of ours with the poller's part added. */
function withPoller(run: Measured): Measured | undefined {
  if (run.parts === undefined) return undefined;
  const { poller } = run.parts;
  return {
    ...run,
    cpuSeconds: run.cpuSeconds + poller.cpuSeconds,
    peakBytes: run.peakBytes + poller.peakBytes,
  };
}

/** Of a million records more. @param runs each the smaller size, then the larger */
function marginalOf(runs: readonly (readonly [Measured, Measured])[]): Spread {
  const costs = runs.map(
    ([small, large]) => (large.cpuSeconds - small.cpuSeconds) / (large.records - small.records),
  );
  return spreadOf(costs.map((cost) => cost * MILLION));
}

/** @param runs each the smaller size, then the larger */
export function standingOf(
  who: Omit<Standing, 'sizes' | 'marginalCpuSecondsPerMillion'>,
  runs: readonly (readonly [Measured, Measured])[],
): Standing {
  const polled = runs.flatMap(([small, large]) => {
    const [less, more] = [withPoller(small), withPoller(large)];
    return less === undefined || more === undefined ? [] : [[less, more] as const];
  });
  return {
    ...who,
    sizes: [sizeOf(runs.map(([small]) => small)), sizeOf(runs.map(([, large]) => large))],
    marginalCpuSecondsPerMillion: marginalOf(runs),
    ...(polled.length > 0 && { marginalWithPoller: marginalOf(polled) }),
  };
}

/** Medians, the leanest first; ratios to us where we have run on the same sizes. */
export function renderStandings(standings: readonly Standing[]): string {
  const us = standings.find(({ name }) => name === OURS);
  const ours = us?.marginalCpuSecondsPerMillion.median;
  const sorted = [...standings].sort(
    (a, b) => a.marginalCpuSecondsPerMillion.median - b.marginalCpuSecondsPerMillion.median,
  );
  const sizes = standings[0]?.sizes.map(({ records }) => records) ?? [];
  const rows = sorted.map(({ title, sizes: figures, marginalCpuSecondsPerMillion: { median, runs } }) => [
    title,
    ...figures.map(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion.median.toFixed(1)),
    median.toFixed(2),
    ...figures.map(({ peakMb }) => peakMb.median.toFixed(0)),
    (figures.at(-1)?.bytesPerRow ?? 0).toFixed(1),
    ours === undefined ? '–' : `${(median / ours).toFixed(2)} x`,
    String(runs),
  ]);
  const shown = sizes.map((records) => `${records / MILLION} M`);
  const header = [
    'CPU s per million records',
    ...shown.map((size) => `at ${size}`),
    'marginal',
    ...shown.map((size) => `MB at ${size}`),
    'B/row',
    'to ours',
    'runs',
  ];
  return [table(header, rows), ...partsOf(us)].join('\n');
}

/** How our figure is made up, and what it leaves to AWS. */
function partsOf(us: Standing | undefined): string[] {
  const parts = us?.sizes.at(-1)?.parts;
  if (parts === undefined) return [];
  const texts = Object.entries(parts).map(
    ([name, { cpuSecondsPerMillion, peakMb }]) =>
      `${name} ${cpuSecondsPerMillion.median.toFixed(2)} CPU s, ${peakMb.median.toFixed(0)} MB`,
  );
  return [
    `of ours: ${texts.join('; ')}. The poller is Lambda's event source on AWS: not in the figures above,` +
      ` with it a million records more take ${us?.marginalWithPoller?.median.toFixed(2) ?? '–'} CPU s.`,
  ];
}
