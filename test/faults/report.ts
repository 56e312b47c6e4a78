/** What `npm run faults` prints. */
import type { PlayedFault } from './stands.ts';

export function describePlayed(played: PlayedFault): readonly string[] {
  const { number, name, survived, injected, records, tookMs, reasons } = played;
  const counts = `injected ${injected}; ${records} records so far; ${describeLosses(played)}`;
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
  const losses: Losses = {
    lost: sum((each) => each.lost),
    duplicated: sum((each) => each.duplicated),
    servedLost: sum((each) => each.servedLost),
    servedDuplicated: sum((each) => each.servedDuplicated),
  };
  return {
    ok: survived === expected && Object.values(losses).every((count) => count === 0),
    line: `faults: ${survived} of ${expected} survived; ${describeLosses(losses)}`,
  };
}

type Losses = Pick<PlayedFault, 'lost' | 'duplicated' | 'servedLost' | 'servedDuplicated'>;

function describeLosses({ lost, duplicated, servedLost, servedDuplicated }: Losses): string {
  return `lost ${lost}; duplicated ${duplicated}; served lost ${servedLost}; served duplicated ${servedDuplicated}`;
}
