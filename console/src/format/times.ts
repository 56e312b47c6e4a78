/** Times for people: UTC, as the lake has them, but for the market, which is New York's. */
const SPACE = '\u00a0';

const STEPS = [
  { unit: 's', ms: 1000, below: 120_000 },
  { unit: 'min', ms: 60_000, below: 120 * 60_000 },
  { unit: 'h', ms: 3_600_000, below: 48 * 3_600_000 },
  { unit: 'd', ms: 86_400_000, below: Infinity },
] as const;

/** How long ago: `4 s`, `12 min`, `3 h`, `9 d` */
export function age(iso: string, nowMs: number): string {
  const ms = Math.max(nowMs - Date.parse(iso), 0);
  const step = STEPS.find(({ below }) => ms < below) ?? STEPS[3];
  return `${Math.floor(ms / step.ms)}${SPACE}${step.unit}`;
}

/** `14:03:21.120` */
export function utcTime(iso: string): string {
  const parsed = new Date(iso);
  return Number.isNaN(parsed.getTime()) ? iso : parsed.toISOString().slice(11, 23);
}

/** `2026-11-20 14:03:21` */
export function utcDateTime(iso: string): string {
  const parsed = new Date(iso);
  return Number.isNaN(parsed.getTime()) ? iso : parsed.toISOString().slice(0, 19).replace('T', ' ');
}

const NEW_YORK = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/**
 * A time as if New York's clock were UTC's, so that what only knows UTC draws days and hours where New York has them.
 * @param seconds epoch seconds
 */
export function newYorkAsUtc(seconds: number): number {
  const parts = new Map(
    NEW_YORK.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const clock = [part('hour'), part('minute'), part('second')] as const;
  return Date.UTC(part('year'), part('month') - 1, part('day'), ...clock) / 1000;
}

/** `2026-11-20 09:30` @param seconds epoch seconds */
export function newYorkTime(seconds: number): string {
  return new Date(newYorkAsUtc(seconds) * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
