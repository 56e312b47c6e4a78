/** Types of columns as Athena reads them in the catalog: https://docs.aws.amazon.com/athena/latest/ug/data-types.html */

const PRIMITIVES = new Set([
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'integer',
  'bigint',
  'float',
  'double',
  'string',
  'binary',
  'date',
  'timestamp',
]);

/**
 * The first part of a Hive type that Athena does not know; undefined if it knows all of it.
 * `array<struct<name:string,value:text>>` gives `text`.
 */
export function unknownPart(type: string): string | undefined {
  const text = type.trim().toLowerCase();
  if (PRIMITIVES.has(text)) return undefined;
  const [, outer, inner = ''] = /^(array|map|struct)<(.*)>$/s.exec(text) ?? [];
  switch (outer) {
    case 'array':
      return unknownPart(inner);
    case 'map': {
      const [key = '', value = '', ...others] = split(inner, ',');
      return others.length > 0 || !PRIMITIVES.has(key.trim()) ? text : unknownPart(value);
    }
    case 'struct':
      return firstUnknownField(text, inner);
    default:
      return isSized(text) ? undefined : text;
  }
}

function firstUnknownField(struct: string, inner: string): string | undefined {
  for (const field of split(inner, ',')) {
    const colon = field.indexOf(':');
    if (colon < 1) return struct;
    const unknown = unknownPart(field.slice(colon + 1));
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}

/** `decimal(38,9)`, `varchar(20)`, `char(3)` */
function isSized(text: string): boolean {
  const [, decimal, precision, scale = '0'] = /^(decimal)(?:\((\d+)(?:,\s*(\d+))?\))?$/.exec(text) ?? [];
  if (decimal !== undefined)
    return precision === undefined || (isIn(precision, 1, 38) && isIn(scale, 0, Number(precision)));
  const [, kind, length = ''] = /^(varchar|char)\((\d+)\)$/.exec(text) ?? [];
  return kind !== undefined && isIn(length, 1, kind === 'char' ? 255 : 65_535);
}

const isIn = (digits: string, low: number, high: number): boolean =>
  Number(digits) >= low && Number(digits) <= high;

/** At separators outside of angle and round brackets. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if ('<('.includes(character)) depth += 1;
    if (')>'.includes(character)) depth -= 1;
    if (character !== separator || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}
