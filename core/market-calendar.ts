/**
 * Regular sessions of the US stock exchanges: 09:30 to 16:00 in New York on weekdays that are no holiday.
 * Half days and closures outside the published rules are not modelled.
 * https://www.nyse.com/markets/hours-calendars
 */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const OPEN_MINUTE = 9 * 60 + 30;

/** Length of a regular session: 6.5 hours. */
export const SESSION_MS = 390 * MINUTE_MS;

export interface Session {
  /** Date in New York, yyyy-mm-dd. */
  readonly date: string;
  /** Days since 1970-01-01 of that date. */
  readonly day: number;
  readonly openMs: number;
  readonly closeMs: number;
}

/** The session of the first trading day at or after a day (days since 1970-01-01). */
export function sessionOnOrAfter(day: number): Session {
  let found = day;
  while (!isTradingDay(found)) found += 1;
  return sessionOf(found);
}

/** The session of the last trading day before a day. */
export function sessionBefore(day: number): Session {
  let found = day - 1;
  while (!isTradingDay(found)) found -= 1;
  return sessionOf(found);
}

/** The last session that had opened at an instant. */
export function lastSessionOpenedAt(epochMs: number): Session {
  const today = Math.floor(epochMs / DAY_MS);
  const session = sessionBefore(today + 1);
  return session.openMs <= epochMs ? session : sessionBefore(session.day);
}

/** The session that an instant is in, or else the next one. */
export function sessionAtOrAfter(epochMs: number): Session {
  const session = sessionOnOrAfter(Math.floor(epochMs / DAY_MS));
  return epochMs <= session.closeMs ? session : sessionOnOrAfter(session.day + 1);
}

/** Whether the exchanges hold a session on a day (days since 1970-01-01, as a New York date). */
export function isTradingDay(day: number): boolean {
  const weekday = weekdayOf(day);
  return (
    weekday !== SUNDAY && weekday !== SATURDAY && !holidays(new Date(day * DAY_MS).getUTCFullYear()).has(day)
  );
}

const SUNDAY = 0;
const MONDAY = 1;
const THURSDAY = 4;
const SATURDAY = 6;

/** 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function dayOf(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS;
}

const holidaysByYear = new Map<number, ReadonlySet<number>>();

function holidays(year: number): ReadonlySet<number> {
  let found = holidaysByYear.get(year);
  if (found === undefined) {
    found = new Set([
      ...observed(dayOf(year, 1, 1), { onFriday: false }),
      nthWeekday(year, 1, MONDAY, 3), // Martin Luther King, Jr. Day
      nthWeekday(year, 2, MONDAY, 3), // Washington's Birthday
      easterSunday(year) - 2, // Good Friday
      nthWeekday(year, 6, MONDAY, 1) - 7, // Memorial Day: the last Monday of May
      ...(year >= 2022 ? observed(dayOf(year, 6, 19)) : []), // Juneteenth
      ...observed(dayOf(year, 7, 4)),
      nthWeekday(year, 9, MONDAY, 1), // Labor Day
      nthWeekday(year, 11, THURSDAY, 4), // Thanksgiving
      ...observed(dayOf(year, 12, 25)),
    ]);
    holidaysByYear.set(year, found);
  }
  return found;
}

/** On a Sunday it is kept on Monday; on a Saturday on Friday, except New Year's Day, which is then not kept. */
function observed(day: number, { onFriday }: { onFriday: boolean } = { onFriday: true }): number[] {
  const weekday = weekdayOf(day);
  if (weekday === SUNDAY) return [day + 1];
  if (weekday === SATURDAY) return onFriday ? [day - 1] : [];
  return [day];
}

function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dayOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (nth - 1) * 7;
}

/** Gregorian Easter by the anonymous algorithm (Meeus, Jones, Butcher). */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return dayOf(year, Math.floor(f / 31), (f % 31) + 1);
}

const newYorkOffset = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  timeZoneName: 'longOffset',
});

function sessionOf(day: number): Session {
  const noonUtc = day * DAY_MS + 12 * 60 * MINUTE_MS;
  // "GMT-05:00"; clocks change on Sundays at night, so noon stands for the whole trading day.
  const text = newYorkOffset.formatToParts(noonUtc).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const hours = Number(/GMT([+-]\d\d)/.exec(text)?.[1] ?? Number.NaN);
  const openMs = day * DAY_MS + (OPEN_MINUTE - hours * 60) * MINUTE_MS;
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    day,
    openMs,
    closeMs: openMs + SESSION_MS,
  };
}
