/** Event patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */

export type EventPredicate = (event: Readonly<Record<string, unknown>>) => boolean;

/** What a pattern says that EventBridge or the gateway does not know; the message names it. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Tells whether the values at a path fit. An absent path has none; an array has its elements. */
type Leaf = (values: readonly unknown[]) => boolean;
type Fits = (value: unknown) => boolean;

/** Compiles a pattern: fields are and-ed, the values of an array or-ed. Throws EventPatternError. */
export function compilePattern(pattern: Readonly<Record<string, unknown>>): EventPredicate {
  const matches = compileObject(pattern, '');
  return (event) => matches([event]);
}

/** `values`: the objects found at this place; more than one where the event holds an array of objects. */
function compileObject(pattern: Readonly<Record<string, unknown>>, path: string): Leaf {
  const fields = Object.entries(pattern).map(([name, expected]): Leaf => {
    const at = path === '' ? name : `${path}.${name}`;
    if (name === '$or') return compileOr(expected, path);
    const inner = compileField(expected, at);
    return (values) => inner(values.flatMap((value) => valuesAt(value, name)));
  });
  if (fields.length === 0)
    throw new EventPatternError(`event pattern ${path}: an empty object matches nothing`);
  return (values) => fields.every((field) => field(values));
}

function compileField(expected: unknown, path: string): Leaf {
  if (Array.isArray(expected)) return compileLeaf(expected, path);
  if (isObject(expected)) return compileObject(expected, path);
  throw new EventPatternError(`event pattern ${path}: a value must be an array or an object`);
}

function compileOr(alternatives: unknown, path: string): Leaf {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject))
    throw new EventPatternError(`event pattern ${path}: $or takes an array of at least two objects`);
  const compiled = alternatives.map((alternative) => compileObject(alternative, path));
  return (values) => compiled.some((matches) => matches(values));
}

function valuesAt(value: unknown, name: string): unknown[] {
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const found = value[name];
  return Array.isArray(found) ? found : [found];
}

function compileLeaf(alternatives: readonly unknown[], path: string): Leaf {
  if (alternatives.length === 0)
    throw new EventPatternError(`event pattern ${path}: an empty array matches nothing`);
  const leaves = alternatives.map((alternative): Leaf => {
    if (!isObject(alternative)) {
      const fits = exactly(alternative, path);
      return (values) => values.some(fits);
    }
    const [operator = '', ...others] = Object.keys(alternative);
    if (others.length > 0)
      throw new EventPatternError(
        `event pattern ${path}: one operator at a time, not ${operator} and ${others.join(', ')}`,
      );
    const operand = alternative[operator];
    if (operator === 'exists') {
      if (typeof operand !== 'boolean')
        throw new EventPatternError(`event pattern ${path}: exists takes true or false`);
      // Only leaf nodes exist: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-exists-matching
      return (values) => values.some((value) => !isObject(value)) === operand;
    }
    const fits = compileOperator(operator, operand, path);
    return (values) => values.some(fits);
  });
  return (values) => leaves.some((leaf) => leaf(values));
}

function compileOperator(operator: string, operand: unknown, path: string): Fits {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operator, operand, path);
    case 'equals-ignore-case': {
      const expected = string(operator, operand, path).toLowerCase();
      return (value) => typeof value === 'string' && value.toLowerCase() === expected;
    }
    case 'wildcard':
      return wildcard(string(operator, operand, path), path);
    case 'numeric':
      return numeric(operand, path);
    case 'anything-but':
      return anythingBut(operand, path);
    default:
      throw new EventPatternError(
        `event pattern ${path}: operator ${operator} is not modelled by the local gateway`,
      );
  }
}

function affix(operator: 'prefix' | 'suffix', operand: unknown, path: string): Fits {
  const ignoreCase = isObject(operand);
  const expected = ignoreCase
    ? string(operator, operand['equals-ignore-case'], path).toLowerCase()
    : string(operator, operand, path);
  return (value) => {
    if (typeof value !== 'string') return false;
    const text = ignoreCase ? value.toLowerCase() : value;
    return operator === 'prefix' ? text.startsWith(expected) : text.endsWith(expected);
  };
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string, path: string): Fits {
  if (/(^|[^\\])\*\*/.test(pattern))
    throw new EventPatternError(`event pattern ${path}: consecutive wildcards are not allowed`);
  const source = pattern.replaceAll(
    /\\([*\\])|(\*)|([.+?^${}()|[\]\\])/g,
    (_match, escaped?: string, star?: string, special?: string) => {
      if (escaped !== undefined) return `\\${escaped}`;
      return star === undefined ? `\\${special ?? ''}` : '[^]*';
    },
  );
  const expression = new RegExp(`^${source}$`);
  return (value) => typeof value === 'string' && expression.test(value);
}

const COMPARISONS: Readonly<Record<string, (actual: number, expected: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function numeric(operand: unknown, path: string): Fits {
  const wrong = new EventPatternError(
    `event pattern ${path}: numeric takes pairs of a comparison and a number`,
  );
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw wrong;
  const tests: Fits[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = COMPARISONS[String(operand[index])];
    const expected: unknown = operand[index + 1];
    if (compare === undefined || typeof expected !== 'number') throw wrong;
    tests.push((value) => typeof value === 'number' && compare(value, expected));
  }
  return (value) => tests.every((test) => test(value));
}

/** Holds for a value that is there and is none of those named. */
function anythingBut(operand: unknown, path: string): Fits {
  if (!isObject(operand)) {
    const excluded = (Array.isArray(operand) ? operand : [operand]).map((item) => exactly(item, path));
    return (value) => !isObject(value) && !excluded.some((fits) => fits(value));
  }
  const [operator = ''] = Object.keys(operand);
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator))
    throw new EventPatternError(
      `event pattern ${path}: operator anything-but ${operator} is not modelled by the local gateway`,
    );
  const inner = operand[operator];
  const excluded = (Array.isArray(inner) ? inner : [inner]).map((item) =>
    compileOperator(operator, item, path),
  );
  return (value) => typeof value === 'string' && !excluded.some((fits) => fits(value));
}

function exactly(expected: unknown, path: string): Fits {
  if (expected !== null && !['string', 'number', 'boolean'].includes(typeof expected))
    throw new EventPatternError(`event pattern ${path}: a value must be a string, number, boolean or null`);
  return (value) => value === expected;
}

function string(operator: string, operand: unknown, path: string): string {
  if (typeof operand !== 'string')
    throw new EventPatternError(`event pattern ${path}: ${operator} takes a string`);
  return operand;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
