import { apiPath } from './request.ts';

/** Questions that are answered by events as well: a path in an array is the key that the answer is kept under. */
export const ACTIVITY_PATH = [apiPath(['activity'])] as const;
export const MOVERS_PATH = [apiPath(['market', 'movers'])] as const;
export const ALARMS_PATH = [apiPath(['alarms'])] as const;

export function candlesPath(symbol: string, minutes: number): readonly [string] {
  return [apiPath(['market', 'candles'], { symbol, minutes })];
}
