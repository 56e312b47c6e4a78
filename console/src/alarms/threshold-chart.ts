import type { Alarm } from '../../api.ts';

export interface ThresholdChart {
  /** Of the datapoints' polyline. */
  readonly points: string;
  readonly last: { readonly x: number; readonly y: number };
  readonly thresholdY: number;
}

/** Datapoints against the threshold in a box: zero, all datapoints and the threshold have their place in it. */
export function thresholdChart(
  { datapoints, threshold }: Pick<Alarm, 'datapoints' | 'threshold'>,
  width: number,
  height: number,
): ThresholdChart {
  const values = datapoints.map(({ value }) => value);
  const low = Math.min(0, threshold, ...values);
  // Some air above the highest.
  const high = Math.max(0, threshold, ...values) * 1.1;
  const span = high - low || 1;
  const y = (value: number) => height - ((value - low) / span) * height;
  const times = datapoints.map(({ at }) => Date.parse(at));
  const first = Math.min(...times);
  const lasting = Math.max(...times) - first;
  const round = (length: number) => Math.round(length * 10) / 10;
  const places = datapoints.map(({ at, value }) => ({
    x: lasting === 0 ? width : round(((Date.parse(at) - first) / lasting) * width),
    y: round(y(value)),
  }));
  return {
    points: places.map((place) => `${place.x},${place.y}`).join(' '),
    last: places.at(-1) ?? { x: width, y: round(y(0)) },
    thresholdY: round(y(threshold)),
  };
}

const RANK = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 } as const satisfies Record<Alarm['state'], number>;

/** Firing first, then those without data that could have some, then the rest; by title. */
export function sortAlarms(alarms: readonly Alarm[]): readonly Alarm[] {
  const rank = ({ state, isObserved }: Alarm) => (isObserved ? RANK[state] : 3);
  return alarms.toSorted((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}
