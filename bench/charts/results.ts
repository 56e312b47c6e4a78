/** What charts and tables take from bench/results/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Spread } from '../harness/report.ts';

export interface Rivals {
  readonly standings: readonly {
    readonly name: string;
    readonly title: string;
    readonly sizes: readonly {
      readonly records: number;
      readonly cpuSecondsPerMillion: Spread;
      readonly peakMb: Spread;
      readonly withPoller?: { readonly cpuSecondsPerMillion: Spread; readonly peakMb: Spread };
    }[];
    readonly marginalCpuSecondsPerMillion: Spread;
    readonly marginalWithPoller?: Spread;
  }[];
}

interface StageSize {
  readonly cpuSecondsPerMillion: Spread;
  readonly bytesPerRecord: number;
}

export type Stages = Readonly<
  Record<'parse' | 'land' | 'curate', { readonly sizes: Readonly<Record<string, StageSize>> }>
>;

type LayoutName = 'json' | 'curated' | 'history';

export interface Scan {
  readonly rows: number;
  readonly layouts: readonly { readonly name: LayoutName; readonly files: number; readonly bytes: number }[];
  readonly queries: readonly {
    readonly query: string;
    readonly isOfOneSymbol: boolean;
    readonly layouts: Readonly<
      Record<LayoutName, { readonly bytes: number; readonly requests: number; readonly seconds: Spread }>
    >;
  }[];
}

export interface Cold {
  readonly functions: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly initMs: Spread;
    readonly initCpuMs: Spread;
    readonly timesNodeStart: number;
    readonly rssMb: Spread;
  }[];
}

export const RESULTS = join(import.meta.dirname, '../results');

export function readResults(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** A line of the table of rivals, a bar of its charts. */
export interface Competitor {
  readonly title: string;
  readonly isOurs: boolean;
  /** By size. */
  readonly cpuSecondsPerMillion: readonly Spread[];
  readonly marginal: Spread;
  /** At the larger size. */
  readonly peakMb: number;
}

/** The leanest first; ours twice, without and with what reads Kafka for it. */
export function competitorsOf({ standings }: Rivals): Competitor[] {
  return standings
    .flatMap(({ name, title, sizes, marginalCpuSecondsPerMillion: marginal, marginalWithPoller }) => {
      const isOurs = name === 'ours';
      const own = {
        title,
        isOurs,
        cpuSecondsPerMillion: sizes.map((size) => size.cpuSecondsPerMillion),
        marginal,
        peakMb: sizes.at(-1)?.peakMb.median ?? 0,
      };
      const polled = sizes.flatMap(({ withPoller }) => withPoller ?? []);
      if (marginalWithPoller === undefined) return [own];
      return [
        own,
        {
          title: 'the same, with the local poller that reads Kafka',
          isOurs,
          cpuSecondsPerMillion: polled.map((size) => size.cpuSecondsPerMillion),
          marginal: marginalWithPoller,
          peakMb: polled.at(-1)?.peakMb.median ?? 0,
        },
      ];
    })
    .toSorted((a, b) => a.marginal.median - b.marginal.median);
}
