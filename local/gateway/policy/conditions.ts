/** Condition elements: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { BlockList, isIP } from 'node:net';
import type { PolicyStatement } from '../types.ts';
import type { Matcher, RequestContext } from './glob.ts';
import { compileArn, compileGlob, variablesOf } from './glob.ts';
import { isModelledKey } from './keys.ts';
import { listOf } from './one-or-many.ts';

export type Condition = (context: RequestContext) => boolean;

/** What a policy says that the gateway does not model; the message names it. */
export class UnmodelledPolicyError extends Error {
  override readonly name = 'UnmodelledPolicyError';
}

interface Operator {
  /** A negated operator holds when no policy value matches, and when the request lacks the key. */
  readonly negated: boolean;
  readonly compile: (value: string, variables: boolean) => Matcher;
}

const strings = (wildcards: boolean, ignoreCase: boolean) => (value: string, variables: boolean) =>
  compileGlob(value, { wildcards, ignoreCase, variables });

const arns = (value: string, variables: boolean): Matcher => {
  const matcher = compileArn(value, { variables });
  if (matcher === undefined) throw new UnmodelledPolicyError(`condition value ${value} is not an ARN`);
  return matcher;
};

const compared =
  (parse: (text: string) => number, holds: (actual: number, expected: number) => boolean) =>
  (value: string): Matcher => {
    const expected = parse(value);
    if (Number.isNaN(expected))
      throw new UnmodelledPolicyError(`condition value ${value} cannot be compared`);
    return (actual) => holds(parse(actual), expected);
  };

/** ISO 8601 or epoch seconds. */
const parseDate = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const addresses = (value: string): Matcher => {
  const [address = '', bits] = value.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  } catch (cause) {
    throw new UnmodelledPolicyError(`condition value ${value} is not an address range`, { cause });
  }
  return (actual) => isIP(actual) !== 0 && list.check(actual, isIP(actual) === 6 ? 'ipv6' : 'ipv4');
};

const is = (compile: Operator['compile']): Operator => ({ negated: false, compile });
const not = (compile: Operator['compile']): Operator => ({ negated: true, compile });

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(strings(false, false)),
  StringNotEquals: not(strings(false, false)),
  StringEqualsIgnoreCase: is(strings(false, true)),
  StringNotEqualsIgnoreCase: not(strings(false, true)),
  StringLike: is(strings(true, false)),
  StringNotLike: not(strings(true, false)),
  NumericEquals: is(compared(Number, (a, b) => a === b)),
  NumericNotEquals: not(compared(Number, (a, b) => a === b)),
  NumericLessThan: is(compared(Number, (a, b) => a < b)),
  NumericLessThanEquals: is(compared(Number, (a, b) => a <= b)),
  NumericGreaterThan: is(compared(Number, (a, b) => a > b)),
  NumericGreaterThanEquals: is(compared(Number, (a, b) => a >= b)),
  DateEquals: is(compared(parseDate, (a, b) => a === b)),
  DateNotEquals: not(compared(parseDate, (a, b) => a === b)),
  DateLessThan: is(compared(parseDate, (a, b) => a < b)),
  DateLessThanEquals: is(compared(parseDate, (a, b) => a <= b)),
  DateGreaterThan: is(compared(parseDate, (a, b) => a > b)),
  DateGreaterThanEquals: is(compared(parseDate, (a, b) => a >= b)),
  Bool: is(strings(false, true)),
  BinaryEquals: is(strings(false, false)),
  IpAddress: is(addresses),
  NotIpAddress: not(addresses),
  ArnEquals: is(arns),
  ArnLike: is(arns),
  ArnNotEquals: not(arns),
  ArnNotLike: not(arns),
};

/** Compiles a Condition element; all of its conditions must hold. */
export function compileConditions(
  conditions: NonNullable<PolicyStatement['Condition']>,
  variables: boolean,
): Condition[] {
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      if (!isModelledKey(key))
        throw new UnmodelledPolicyError(`condition key ${key} is not modelled by the local gateway`);
      const list = listOf(values).map(String);
      for (const variable of variables ? list.flatMap(variablesOf) : [])
        if (!isModelledKey(variable))
          throw new UnmodelledPolicyError(`policy variable ${variable} is not modelled by the local gateway`);
      return compileCondition(operator, key.toLowerCase(), list, variables);
    }),
  );
}

function compileCondition(
  name: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): Condition {
  const [, set, base = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(name) ?? [];
  if (base === 'Null') {
    if (set !== undefined || ifExists !== undefined) throw unknownOperator(name);
    return (context) => values.some((value) => (value.toLowerCase() === 'true') !== context.has(key));
  }
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (operator === undefined) throw unknownOperator(name);
  const matchers = values.map((value) => operator.compile(value, variables));
  return (context) => {
    const actual = context.get(key);
    if (actual === undefined || actual.length === 0) {
      if (ifExists !== undefined || set === 'ForAllValues:') return true;
      return set === undefined && operator.negated;
    }
    const fits = (value: string): boolean =>
      matchers.some((matches) => matches(value, context)) !== operator.negated;
    if (set === 'ForAllValues:') return actual.every(fits);
    if (set === 'ForAnyValue:' || !operator.negated) return actual.some(fits);
    return actual.every(fits);
  };
}

const unknownOperator = (name: string): Error =>
  new UnmodelledPolicyError(`condition operator ${name} is not modelled by the local gateway`);
