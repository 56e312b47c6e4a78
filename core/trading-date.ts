/** Days since 1970-01-01, in UTC and in New York, where the market's day is. */

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const NEW_YORK = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** New York keeps whole hours of distance to UTC since 1883, so a day changes only where an hour does. */
const dayOfHour = new Map<number, number>();
const MAX_CACHED_HOURS = 10_000;

/** UTC date yyyy-mm-dd of an instant, epoch ms. */
export function utcDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/** Days since 1970-01-01 of the New York date of an instant, epoch ms: what Parquet stores as DATE. */
export function newYorkEpochDay(epochMs: number): number {
  const hour = Math.floor(epochMs / HOUR_MS);
  const known = dayOfHour.get(hour);
  if (known !== undefined) return known;
  if (dayOfHour.size >= MAX_CACHED_HOURS) dayOfHour.clear();
  const day = Date.parse(`${NEW_YORK.format(hour * HOUR_MS)}T00:00:00Z`) / DAY_MS;
  dayOfHour.set(hour, day);
  return day;
}

const NEW_YORK_HOUR = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hour: 'numeric',
  hourCycle: 'h23',
});
const hourOfHour = new Map<number, number>();

/** Minutes since midnight in New York of an instant, epoch ms. */
export function newYorkMinuteOfDay(epochMs: number): number {
  const hour = Math.floor(epochMs / HOUR_MS);
  let newYorkHour = hourOfHour.get(hour);
  if (newYorkHour === undefined) {
    if (hourOfHour.size >= MAX_CACHED_HOURS) hourOfHour.clear();
    newYorkHour = Number(NEW_YORK_HOUR.format(hour * HOUR_MS));
    hourOfHour.set(hour, newYorkHour);
  }
  return newYorkHour * 60 + Math.floor((epochMs - hour * HOUR_MS) / 60_000);
}
