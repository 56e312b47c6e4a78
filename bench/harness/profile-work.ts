/** Where the time of some work goes: V8's sampling profiler over one call, summed by module. */

import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import type { Spread } from './report.ts';

export interface ProfiledPart {
  /** A file of ours, a package, a module of Node, or what V8 does by itself. */
  readonly part: string;
  /** Of all samples in which the process was at work. */
  readonly share: number;
}

const SAMPLE_US = 500;
const ROOT = new URL('../..', import.meta.url).href;

/** Runs `work` once under the profiler, which slows it down: its figures are shares, never seconds. Largest first. */
export async function profileWork(work: () => Promise<unknown>): Promise<ProfiledPart[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    return sharesOf(profile);
  } finally {
    session.disconnect();
  }
}

/** CPU of this process while something is done, as seconds for a million records. */
export async function cpuSecondsPerMillion(records: number, work: () => Promise<unknown>): Promise<number> {
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / records;
}

/** `12,300 records per CPU second (11,000 to 12,500)` of CPU seconds for a million. */
export function describeRate({ min, median, max }: Spread): string {
  const rate = (cpuSeconds: number): string => Math.round(1e6 / cpuSeconds).toLocaleString('en-US');
  return `${rate(median)} records per CPU second (${rate(max)} to ${rate(min)})`;
}

/** One line: what took at least a twentieth. */
export function describeShares(parts: readonly ProfiledPart[]): string {
  const shown = parts.filter(({ share }) => share >= 0.05);
  return shown.map(({ part, share }) => `${part} ${Math.round(share * 100)} %`).join(', ');
}

/** For a result: by part, to a thousandth; what is less is left out. */
export function roundedShares(parts: readonly ProfiledPart[]): Record<string, number> {
  const rounded = parts.map(({ part, share }) => [part, Math.round(share * 1000) / 1000] as const);
  return Object.fromEntries(rounded.filter(([, share]) => share > 0));
}

export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ProfiledPart[] {
  const partOfNode = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const micros = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const part = partOfNode.get(id);
    if (part === undefined) return;
    const delta = timeDeltas[index] ?? 0;
    micros.set(part, (micros.get(part) ?? 0) + delta);
    total += delta;
  });
  return [...micros]
    .map(([part, spent]) => ({ part, share: spent / total }))
    .sort((left, right) => right.share - left.share);
}

/** Undefined while nothing is done, and of the profiler itself. */
function partOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (functionName === '(idle)' || url.startsWith('node:inspector')) return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (name !== undefined) return name;
  if (url.startsWith(ROOT)) return url.slice(ROOT.length);
  return url.startsWith('node:') ? 'Node' : 'native code';
}
