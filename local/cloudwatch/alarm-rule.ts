/**
 * The rule of a composite alarm: states of other alarms, by name or ARN, with AND, OR, NOT and parentheses.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
import type { AlarmState } from './evaluation.ts';
import { Scanner } from './scanner.ts';

/** Characters that a rule may have, and alarms that it may name. */
export const RULE_LIMITS = { characters: 10_240, alarms: 100 } as const;

export interface AlarmRuleExpression {
  /** Names of the alarms that it asks about, each once. */
  readonly children: readonly string[];
  readonly isTrue: (stateOf: (name: string) => AlarmState) => boolean;
}

const TOKEN = /\s*([()]|"[^"]*"|[\w.:/-]+)/y;
const STATES: ReadonlySet<string> = new Set(['ALARM', 'OK', 'INSUFFICIENT_DATA']);

type Term = AlarmRuleExpression['isTrue'];

/** @throws SyntaxError that says what is not understood, or which limit is exceeded */
export function parseAlarmRule(text: string): AlarmRuleExpression {
  if (text.length > RULE_LIMITS.characters)
    throw new SyntaxError(`has ${text.length} characters, more than ${RULE_LIMITS.characters}`);
  const scanner = new Scanner(text, TOKEN);
  const children = new Set<string>();
  const isTrue = anyOf(scanner, children);
  scanner.end();
  if (children.size > RULE_LIMITS.alarms)
    throw new SyntaxError(`names ${children.size} alarms, more than ${RULE_LIMITS.alarms}`);
  return { children: [...children], isTrue };
}

function anyOf(scanner: Scanner, children: Set<string>): Term {
  const terms = [allOf(scanner, children)];
  while (scanner.peek() === 'OR') {
    scanner.next();
    terms.push(allOf(scanner, children));
  }
  return (stateOf) => terms.some((term) => term(stateOf));
}

function allOf(scanner: Scanner, children: Set<string>): Term {
  const terms = [term(scanner, children)];
  while (scanner.peek() === 'AND') {
    scanner.next();
    terms.push(term(scanner, children));
  }
  return (stateOf) => terms.every((each) => each(stateOf));
}

function term(scanner: Scanner, children: Set<string>): Term {
  const token = scanner.next();
  if (token === 'NOT') {
    const negated = term(scanner, children);
    return (stateOf) => !negated(stateOf);
  }
  if (token === 'TRUE') return () => true;
  if (token === 'FALSE') return () => false;
  if (token === '(') {
    const inner = anyOf(scanner, children);
    scanner.expect(')');
    return inner;
  }
  if (!STATES.has(token))
    throw new SyntaxError(`has ${token} where a state should be: ${[...STATES].join(', ')}`);
  scanner.expect('(');
  const name = nameOf(scanner.next());
  scanner.expect(')');
  children.add(name);
  return (stateOf) => stateOf(name) === token;
}

/** `"name"`, `name`, or `arn:aws:cloudwatch:…:alarm:name`. */
const nameOf = (word: string): string =>
  word.replaceAll('"', '').replace(/^arn:[^:]*:cloudwatch:.*?:alarm:/, '');
