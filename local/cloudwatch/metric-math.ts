/**
 * Metric math, as far as alarms of the templates use it: numbers, ids of metrics, arithmetic, comparisons, AND, OR, IF and FILL.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
 */
import { Scanner } from './scanner.ts';

/** The values of one period by id; a metric without data in it has none. */
export type PeriodValues = ReadonlyMap<string, number>;

/** The expression's value in a period, undefined where it has none. */
export type MathExpression = (values: PeriodValues) => number | undefined;

const TOKEN = /\s*(>=|<=|==|!=|&&|\|\||[-+*/()<>,]|\d+(?:\.\d+)?|[A-Za-z]\w*)/y;

type Operator = (left: number, right: number) => number;
const truth = (is: boolean): number => (is ? 1 : 0);

/** From the loosest to the tightest. */
const LEVELS: readonly ReadonlyMap<string, Operator>[] = [
  new Map<string, Operator>([
    ['OR', (a, b) => truth(a !== 0 || b !== 0)],
    ['||', (a, b) => truth(a !== 0 || b !== 0)],
  ]),
  new Map<string, Operator>([
    ['AND', (a, b) => truth(a !== 0 && b !== 0)],
    ['&&', (a, b) => truth(a !== 0 && b !== 0)],
  ]),
  new Map<string, Operator>([
    ['==', (a, b) => truth(a === b)],
    ['!=', (a, b) => truth(a !== b)],
    ['>=', (a, b) => truth(a >= b)],
    ['<=', (a, b) => truth(a <= b)],
    ['>', (a, b) => truth(a > b)],
    ['<', (a, b) => truth(a < b)],
  ]),
  new Map<string, Operator>([
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
  ]),
  new Map<string, Operator>([
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
  ]),
];

/** By name, with the number of their arguments. */
const FUNCTIONS: ReadonlyMap<
  string,
  { readonly takes: number; readonly make: (parts: readonly MathExpression[]) => MathExpression }
> = new Map([
  [
    'IF',
    {
      takes: 3,
      make:
        ([condition, whenTrue, whenFalse]: readonly MathExpression[]) =>
        (values: PeriodValues) => {
          const is = condition?.(values);
          return is === undefined ? undefined : (is === 0 ? whenFalse : whenTrue)?.(values);
        },
    },
  ],
  [
    'FILL',
    {
      takes: 2,
      make:
        ([metric, filler]: readonly MathExpression[]) =>
        (values: PeriodValues) =>
          metric?.(values) ?? filler?.(values),
    },
  ],
]);

/**
 * @param ids of the metrics and expressions that it may name
 * @throws SyntaxError that says what is not understood
 */
export function parseMath(text: string, ids: ReadonlySet<string>): MathExpression {
  const scanner = new Scanner(text, TOKEN);
  const parsed = binary(scanner, ids, 0);
  scanner.end();
  return parsed;
}

function binary(scanner: Scanner, ids: ReadonlySet<string>, level: number): MathExpression {
  const operators = LEVELS[level];
  if (operators === undefined) return operand(scanner, ids);
  let left = binary(scanner, ids, level + 1);
  for (;;) {
    const operator = operators.get(scanner.peek() ?? '');
    if (operator === undefined) return left;
    scanner.next();
    left = combine(operator, left, binary(scanner, ids, level + 1));
  }
}

/** A period that one side has no value in has none; nor has a division by zero. */
function combine(operator: Operator, left: MathExpression, right: MathExpression): MathExpression {
  return (values) => {
    const [a, b] = [left(values), right(values)];
    if (a === undefined || b === undefined) return undefined;
    const result = operator(a, b);
    return Number.isFinite(result) ? result : undefined;
  };
}

function operand(scanner: Scanner, ids: ReadonlySet<string>): MathExpression {
  const token = scanner.next();
  if (token === '(') {
    const inner = binary(scanner, ids, 0);
    scanner.expect(')');
    return inner;
  }
  if (token === '-') {
    const negated = operand(scanner, ids);
    return combine(
      (a, b) => a - b,
      () => 0,
      negated,
    );
  }
  if (/^\d/.test(token)) {
    const value = Number(token);
    return () => value;
  }
  if (scanner.peek() === '(') return call(scanner, ids, token);
  if (ids.has(token)) return (values) => values.get(token);
  throw new SyntaxError(`${token} is no metric of this alarm; it has ${[...ids].join(', ')}`);
}

function call(scanner: Scanner, ids: ReadonlySet<string>, name: string): MathExpression {
  const known = FUNCTIONS.get(name);
  if (known === undefined)
    throw new SyntaxError(`the runner does not know ${name}(); it knows ${[...FUNCTIONS.keys()].join(', ')}`);
  scanner.expect('(');
  const parts = [binary(scanner, ids, 0)];
  while (scanner.peek() === ',') {
    scanner.next();
    parts.push(binary(scanner, ids, 0));
  }
  scanner.expect(')');
  if (parts.length !== known.takes)
    throw new SyntaxError(`${name}() takes ${known.takes} arguments, not ${parts.length}`);
  return known.make(parts);
}
