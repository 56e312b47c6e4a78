/**
 * rate(), cron() and at() expressions of EventBridge.
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

export interface ScheduleExpression {
  /** First moment after `afterMs` at which it fires; undefined when there is none within a year. */
  next(afterMs: number): number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const YEAR_MS = 366 * 86_400_000;

/** Parses an expression; cron is in `timeZone`. Throws with what it does not understand. */
export function parseSchedule(expression: string, timeZone = 'UTC'): ScheduleExpression {
  const [, kind, body = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return rate(body, expression);
  if (kind === 'cron') return cron(body, expression, timeZone);
  if (kind === 'at') {
    const moment = Date.parse(`${body}Z`);
    if (Number.isNaN(moment)) throw new Error(`${expression} is no schedule: at() takes yyyy-mm-ddThh:mm:ss`);
    return { next: (afterMs) => (moment > afterMs ? moment : undefined) };
  }
  throw new Error(
    `${expression} is no schedule: use rate(5 minutes), cron(0 10 * * ? *) or at(2026-11-20T13:00:00)`,
  );
}

function rate(body: string, expression: string): ScheduleExpression {
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(body) ?? [];
  const periodMs = Number(count) * (UNIT_MS[unit] ?? NaN);
  if (!(periodMs > 0))
    throw new Error(`${expression} is no schedule: rate() takes a number and minutes, hours or days`);
  return { next: (afterMs) => afterMs + periodMs };
}

interface Moment {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
  /** 1 is Sunday. */
  readonly weekday: number;
}

function cron(body: string, expression: string, timeZone: string): ScheduleExpression {
  const fields = body.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`${expression} is no schedule: cron() takes six fields`);
  const [minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = fields;
  const field = (
    text: string,
    low: number,
    high: number,
    names: readonly string[] = [],
  ): ((value: number) => boolean) => matcher(text, low, high, names, expression);
  const onDate = {
    day: field(day, 1, 31),
    month: field(month, 1, 12, MONTHS),
    weekday: field(weekday, 1, 7, DAYS),
    year: field(year, 1970, 2199),
  };
  const onTime = { minute: field(minute, 0, 59), hour: field(hour, 0, 23) };
  const clock = zonedClock(timeZone);
  return {
    next(afterMs) {
      let at = Math.floor(afterMs / 60_000) * 60_000 + 60_000;
      for (const endMs = at + YEAR_MS; at <= endMs; ) {
        const now = clock(at);
        const hits =
          onDate.day(now.day) &&
          onDate.month(now.month) &&
          onDate.weekday(now.weekday) &&
          onDate.year(now.year);
        // Zones differ from UTC by multiples of a quarter of an hour.
        if (!hits || !onTime.hour(now.hour)) at += (15 - (now.minute % 15)) * 60_000;
        else if (onTime.minute(now.minute)) return at;
        else at += 60_000;
      }
      return undefined;
    },
  };
}

function matcher(
  text: string,
  low: number,
  high: number,
  names: readonly string[],
  expression: string,
): (value: number) => boolean {
  if (text === '*' || text === '?') return () => true;
  const allowed = new Set<number>();
  for (const part of text.toUpperCase().split(',')) {
    const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const first = from === '*' ? low : numberOf(from, names, low);
    const last =
      to !== undefined ? numberOf(to, names, low) : from === '*' || step !== undefined ? high : first;
    if (!(first >= low && last <= high))
      throw new Error(`${expression} is no schedule that the runner knows: ${part}`);
    for (let value = first; value <= last; value += Number(step ?? 1)) allowed.add(value);
  }
  return (value) => allowed.has(value);
}

function numberOf(text: string, names: readonly string[], low: number): number {
  const index = names.indexOf(text);
  return index < 0 ? Number(text) : index + low;
}

function zonedClock(timeZone: string): (ms: number) => Moment {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'short',
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const number = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
    return {
      minute: number('minute'),
      hour: number('hour'),
      day: number('day'),
      month: number('month'),
      year: number('year'),
      weekday: DAYS.indexOf((parts.get('weekday') ?? '').toUpperCase()) + 1,
    };
  };
}
