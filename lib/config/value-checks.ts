/** What a single configured value may be. A check returns what it allows, in words, when the value does not fit. */
export type Check = (value: unknown) => string | undefined;

/** A whole number within bounds, both inclusive. */
export function whole(minimum: number, maximum: number): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? undefined
      : `a whole number from ${minimum} to ${maximum}`;
}

/** A number within bounds, both inclusive, fractions too. */
export function number(minimum: number, maximum: number): Check {
  return (value) =>
    typeof value === 'number' && value >= minimum && value <= maximum
      ? undefined
      : `a number from ${minimum} to ${maximum}`;
}

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value) => (allowed.includes(value as string) ? undefined : `one of ${allowed.join(', ')}`);
}

export function truth(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'true or false';
}

/** Text that the whole pattern matches; `description` says so in words. */
export function text(pattern: RegExp, description: string): Check {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : description);
}

/** A calendar date that exists, yyyy-mm-dd, not after `latest`. */
export function date(latest: string): Check {
  return (value) =>
    typeof value === 'string' && isDate(value) && value <= latest
      ? undefined
      : `a date as yyyy-mm-dd, not after ${latest}`;
}

function isDate(text: string): boolean {
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text) && text.length === 10;
}
