/** What a bench says of itself: the machine, the spread of its runs, its figures as JSON beside the other benches'. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './machine.ts';

/** Of several runs. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws RangeError of nothing */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => {
    const value = sorted[index];
    if (value === undefined) throw new RangeError('no run was measured');
    return Math.round(value * 100) / 100;
  };
  return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1), runs: sorted.length };
}

/** Writes bench/results/`name`.json. @returns its path in the project */
export function writeResults(name: string, results: object): string {
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  const document = {
    command: commandLine(),
    measuredAt: new Date().toISOString(),
    machine: machine(),
    ...results,
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
  return `bench/results/${name}.json`;
}

/** As somebody would type it. */
function commandLine(): string {
  const [, script = '', ...rest] = process.argv;
  const name = /([^/\\]+)\.ts$/.exec(script)?.[1] ?? script;
  return [`npm run bench:${name}`, ...(rest.length > 0 ? ['--', ...rest] : [])].join(' ');
}

/** Columns of equal width: the first to the left, figures to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return all.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
