/** A quote out of JSON that somebody else wrote. */
import { QUOTE_FIELDS, type Quote, type QuoteFieldKind } from './quote.ts';

/** Either the quote, or why there is none: never with a value of the input in it. */
export type ReadQuote = { readonly quote: Quote } | { readonly reason: string };

const EXPECTED = {
  string: 'a string',
  double: 'a number',
  time: 'a whole number (epoch ms)',
} as const satisfies Record<QuoteFieldKind, string>;

/**
 * Takes the contract's fields from a JSON value. Absent fields are null, unknown ones are ignored, and one of a wrong type is
 * a reason to take none of it. What the values say is not judged here: an empty symbol or a negative price is a quote.
 */
export function readQuote(json: unknown): ReadQuote {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { reason: 'not a JSON object' };
  const fields = json as Readonly<Record<string, unknown>>;
  const quote: Record<string, unknown> = {};
  for (const { name, kind, nullable } of QUOTE_FIELDS) {
    const value = Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
    if (value === null) {
      if (!nullable) return { reason: `${name} is missing` };
    } else if (!isOfKind(value, kind)) {
      return { reason: `${name} is not ${EXPECTED[kind]}` };
    }
    quote[name] = value;
  }
  // Every field was checked against the contract that the type is derived from.
  return { quote: quote as unknown as Quote };
}

function isOfKind(value: unknown, kind: QuoteFieldKind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'double':
      return typeof value === 'number';
    case 'time':
      return Number.isSafeInteger(value);
  }
}
