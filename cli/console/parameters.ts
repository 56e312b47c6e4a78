/** What a request's URL says, checked. */
import { TickerlakeError } from '../../core/errors.ts';
import { closest } from '../terminal/closest.ts';

/** A whole number from a query or path, or undefined where it is not given. @throws TickerlakeError USAGE */
export function wholeNumber(
  name: string,
  text: string | undefined,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: { readonly least?: number; readonly most?: number } = {},
): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new TickerlakeError('USAGE', `${name} is "${text}"`, {
    hint: `a whole number from ${least} to ${most}`,
  });
}

/** One of a few words. @throws TickerlakeError USAGE */
export function oneOf<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new TickerlakeError('USAGE', `there is no ${name} "${text}"`, {
    hint: `one of ${closest(text, words).join(', ')}`,
  });
}
