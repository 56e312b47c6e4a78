/** Windows of RDS, as it writes them: `06:00-06:30` each day, `sun:07:00-sun:07:30` each week; UTC, minutes since the first of them. */

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

interface Window {
  readonly start: number;
  readonly minutes: number;
}

/** How long a daily window is; one that ends where it starts has no length. */
export function dailyMinutes(window: string): number {
  return parse(window, DAY_MINUTES).minutes;
}

/** How long a weekly window is. */
export function weeklyMinutes(window: string): number {
  return parse(window, WEEK_MINUTES).minutes;
}

/** Whether the daily window, on any day, and the weekly one have a minute in common. */
export function overlap(daily: string, weekly: string): boolean {
  const week = parse(weekly, WEEK_MINUTES);
  const day = parse(daily, DAY_MINUTES);
  return DAYS.some((_, index) => {
    const start = index * DAY_MINUTES + day.start;
    return meets({ ...day, start }, week) || meets(week, { ...day, start });
  });
}

/** Whether `first` still lasts when `second` starts, around the week's end as well. */
function meets(first: Window, second: Window): boolean {
  return (second.start - first.start + WEEK_MINUTES) % WEEK_MINUTES < first.minutes;
}

function parse(window: string, cycle: number): Window {
  const [start = 0, end = 0] = window.split('-').map((moment) => {
    const [minute = '', hour = '', day = 'mon'] = moment.split(':').reverse();
    return DAYS.indexOf(day) * DAY_MINUTES + Number(hour) * 60 + Number(minute);
  });
  return { start, minutes: (end - start + cycle) % cycle };
}
