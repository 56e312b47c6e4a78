/** What `npm run faults` prints. */
import type { PlayedFault } from './stands.ts';

export function describePlayed(played: PlayedFault): readonly string[] {
  const { number, name, survived, injected, records, lost, duplicated, tookMs, reasons } = played;
  const counts = `injected ${injected}; ${records} records so far; lost ${lost}; duplicated ${duplicated}`;
  const seconds = (tookMs / 1000).toFixed(1);
  const verdict = survived ? 'ok    ' : 'FAILED';
  return [
    `${verdict} ${String(number).padStart(2)}  ${name} — ${counts} (${seconds} s)`,
    ...reasons.map((reason) => `         ${reason}`),
  ];
}

/** The last line; all of its numbers are counted. */
export function summarizePlayed(
  played: readonly PlayedFault[],
  expected: number,
): { readonly ok: boolean; readonly line: string } {
  const survived = played.filter((each) => each.survived).length;
  const sum = (figure: (each: PlayedFault) => number): number =>
    played.reduce((total, each) => total + figure(each), 0);
  const lost = sum((each) => each.lost);
  const duplicated = sum((each) => each.duplicated);
  return {
    ok: survived === expected && lost === 0 && duplicated === 0,
    line: `faults: ${survived} of ${expected} survived; lost ${lost}; duplicated ${duplicated}`,
  };
}
