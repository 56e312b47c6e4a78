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
    }[];
    readonly marginalCpuSecondsPerMillion: Spread | null;
  }[];
}

interface StageSize {
  readonly cpuSecondsPerMillion: Spread;
  readonly bytesPerRecord: number;
}

export type Stages = Readonly<
  Record<'parse' | 'land' | 'curate', { readonly sizes: Readonly<Record<string, StageSize>> }>
>;

export interface Scan {
  readonly queries: readonly {
    readonly query: string;
    readonly isOfOneSymbol: boolean;
    readonly layouts: Readonly<Record<string, { readonly bytes: number }>>;
  }[];
}

export const RESULTS = join(import.meta.dirname, '../results');

export function readResults(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}
