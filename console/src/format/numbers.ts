/** Numbers for people. Minus is U+2212, as wide as a plus; units follow a no-break space. */
const MINUS = '\u2212';
const SPACE = '\u00a0';

const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const PRICE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** `1,234,567` */
export function exactNumber(value: number): string {
  return EXACT.format(value).replace('-', MINUS);
}

/** `999`, `1.23k`, `20k`, `1.5M` */
export function shortNumber(value: number): string {
  return SHORT.format(value).replace('K', 'k').replace('-', MINUS);
}

/** `83/s`, `0.3/s`, `1.2k/s` */
export function rate(perSecond: number): string {
  const rounded = perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond);
  return `${shortNumber(rounded)}/s`;
}

/** US dollars without their sign: `1,234.50` */
export function price(value: number): string {
  return PRICE.format(value).replace('-', MINUS);
}

/** With its sign, so that colour is not all that tells: `+1.20%`, `−0.35%`, `0.00%` */
export function signedPercent(percent: number): string {
  const text = price(Math.abs(percent));
  if (text === '0.00') return '0.00%';
  return `${percent < 0 ? MINUS : '+'}${text}%`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, as Athena is priced: `12.3 MB` */
export function bytes(count: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(count, 1)) / 3), 0), UNITS.length - 1);
  const value = count / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)}${SPACE}${UNITS[power] ?? 'B'}`;
}

/** Down to the first two digits that say something: `$0.00005`, `$1.25` */
export function dollars(usd: number): string {
  if (usd === 0) return '$0';
  const digits = usd >= 1 ? 2 : Math.ceil(-Math.log10(usd)) + 1;
  const text = usd.toFixed(digits);
  return `$${usd >= 1 ? text : text.replace(/0+$/, '')}`;
}

/** `320 ms`, `1.9 s`, `2 min 5 s` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}${SPACE}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}${SPACE}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}${SPACE}min ${seconds % 60}${SPACE}s`;
}

/** `1 record`, `20,000 records` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${exactNumber(count)} ${count === 1 ? noun : plural}`;
}
