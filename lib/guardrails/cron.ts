/**
 * Schedule expressions of EventBridge, Secrets Manager and Glue, which all have cron of six fields:
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 * https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html
 */

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
  /** Wildcards beside `* , - /`. */
  readonly special?: RegExp;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIELDS: readonly Field[] = [
  { name: 'minutes', low: 0, high: 59 },
  { name: 'hours', low: 0, high: 23 },
  { name: 'day of month', low: 1, high: 31, special: /^(\?|L|LW|\d{1,2}W)$/ },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  { name: 'day of week', low: 1, high: 7, names: DAYS, special: /^(\?|L|[1-7]L|[1-7]#[1-5])$/ },
  { name: 'year', low: 1970, high: 2199 },
];

/** What is wrong with `cron(…)`; undefined if nothing is. */
export function cronFault(expression: string): string | undefined {
  const [, body] = /^cron\((.*)\)$/.exec(expression) ?? [];
  if (body === undefined) return 'is not cron(minutes hours day-of-month month day-of-week year)';
  const fields = body.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `has ${fields.length} fields instead of ${FIELDS.length}`;
  const broken = FIELDS.find((field, index) => !fits(fields[index] ?? '', field));
  if (broken !== undefined) return `has ${fields[FIELDS.indexOf(broken)] ?? ''} as its ${broken.name}`;
  const [, , dayOfMonth, , dayOfWeek] = fields;
  const questions = [dayOfMonth, dayOfWeek].filter((each) => each === '?').length;
  return questions === 1
    ? undefined
    : 'must have ? as its day of month or as its day of week, and not as both';
}

function fits(text: string, field: Field): boolean {
  return text
    .split(',')
    .every((part) => field.special?.test(part.toUpperCase()) === true || isRange(part, field));
}

/** `*`, `5`, `1-5`, `MON-FRI`, and any of them with `/10` */
function isRange(text: string, field: Field): boolean {
  const [range = '', step, ...rest] = text.split('/');
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => valueOf(end, field));
  return ends.length <= 2 && ends.every((end) => end >= field.low && end <= field.high);
}

function valueOf(text: string, { names, low }: Field): number {
  const index = names?.indexOf(text.toUpperCase()) ?? -1;
  if (index >= 0) return index + low;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** What is wrong with `rate(…)`; its unit is in the singular for 1 and in the plural for all else. */
export function rateFault(expression: string, units: readonly string[]): string | undefined {
  const [, count = '', unit = ''] = /^rate\((\d+) ([a-z]+)\)$/.exec(expression) ?? [];
  const known = units.map((each) => (count === '1' ? each : `${each}s`));
  return Number(count) >= 1 && known.includes(unit)
    ? undefined
    : `is not rate(<1 or more> <${known.join(' | ')}>)`;
}

/** Shortest time between two runs that Glue takes. */
const GLUE_LEAST_MINUTES = 5;

/** Whether it runs more often than every five minutes, as far as its minutes say so. */
export function isFasterThanGlue(expression: string): boolean {
  const [minutes = ''] = expression
    .replace(/^cron\(/, '')
    .trim()
    .split(/\s+/);
  const [, step] = /^[\d*-]+\/(\d+)$/.exec(minutes) ?? [];
  if (step !== undefined) return Number(step) < GLUE_LEAST_MINUTES;
  if (minutes === '*' || minutes.includes('-')) return true;
  const times = minutes
    .split(',')
    .map(Number)
    .sort((left, right) => left - right);
  return times.some((time, index) => index > 0 && time - (times[index - 1] ?? 0) < GLUE_LEAST_MINUTES);
}
