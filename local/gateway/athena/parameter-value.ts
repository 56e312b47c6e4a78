/**
 * The value of an execution parameter. Athena takes a text that is an expression without names of columns for that expression
 * (`1`, `'AAPL'`, `DATE '2026-11-20'`, `now()`), and any other for a string (`AAPL`, `it's`).
 */
import { meaningfulTokens, type SqlToken } from './sql-tokens.ts';

const CONSTANTS =
  /^(?:true|false|null|current_date|current_time|current_timestamp|localtime|localtimestamp)$/i;
const LITERAL_TYPES =
  /^(?:date|time|timestamp|decimal|interval|json|uuid|ipaddress|char|varchar|double|real|bigint|x)$/i;
const INTERVAL_UNITS = /^(?:year|month|day|hour|minute|second|to)$/i;
const OPERATORS = /^(?:[-+*/%=<>]|<>|!=|<=|>=|\|\||and|or)$/i;

/** The SQL that stands for a value: an expression keeps to itself, in brackets where it is more than one literal. */
export function sqlOfValue(value: string): string {
  const text = value.trim();
  if (isExpression(text)) return isOne(meaningfulTokens(text)) ? text : `(${text})`;
  return `'${value.replaceAll("'", "''")}'`;
}

/** Whether it is an expression that names no column. */
export function isExpression(text: string): boolean {
  return new Expression(meaningfulTokens(text)).isWhole() && !hasComment(text);
}

const hasComment = (text: string): boolean => /--|\/\*/.test(text.replaceAll(/'(?:[^']|'')*'/g, ''));

/** A literal, with its sign or type. */
function isOne(tokens: readonly SqlToken[]): boolean {
  const [first, second] = tokens;
  return (
    tokens.length === 1 ||
    (tokens.length === 2 && (/^[+-]$/.test(first?.text ?? '') || second?.kind === 'text'))
  );
}

/** Reads tokens from the left as Trino's grammar of expressions has them, without names and subqueries. */
class Expression {
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
  }

  isWhole(): boolean {
    return this.#expression() && this.#at === this.#tokens.length;
  }

  #take(pattern: RegExp, kind?: SqlToken['kind']): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || !pattern.test(token.text) || (kind !== undefined && token.kind !== kind))
      return false;
    this.#at += 1;
    return true;
  }

  #expression(): boolean {
    do {
      while (this.#take(/^(?:[-+]|not)$/i));
      if (!this.#operand()) return false;
    } while (this.#take(OPERATORS));
    return true;
  }

  #operand(): boolean {
    if (this.#take(/^/, 'number') || this.#take(/^/, 'text') || this.#take(CONSTANTS, 'word')) return true;
    if (this.#take(/^\($/)) return this.#list(/^\)$/);
    if (this.#take(/^array$/i, 'word')) return this.#take(/^\[$/) && this.#list(/^\]$/);
    if (this.#take(/^(?:try_)?cast$/i, 'word')) return this.#cast();
    const next = this.#tokens[this.#at + 1];
    if (next?.kind === 'text' && this.#take(LITERAL_TYPES, 'word')) {
      this.#at += 1;
      while (this.#take(INTERVAL_UNITS, 'word'));
      return true;
    }
    if (next?.text !== '(' || !this.#take(/^/, 'word')) return false;
    this.#at += 1;
    return this.#take(/^\)$/) || this.#list(/^\)$/);
  }

  #list(end: RegExp): boolean {
    do if (!this.#expression()) return false;
    while (this.#take(/^,$/));
    return this.#take(end);
  }

  #cast(): boolean {
    if (!this.#take(/^\($/) || !this.#expression() || !this.#take(/^as$/i)) return false;
    return this.#type() && this.#take(/^\)$/);
  }

  #type(): boolean {
    return this.#take(/^/, 'word') && this.#typeArguments() && this.#zone();
  }

  #typeArguments(): boolean {
    if (!this.#take(/^\($/)) return true;
    do if (!this.#take(/^/, 'number') && !this.#type()) return false;
    while (this.#take(/^,$/));
    return this.#take(/^\)$/);
  }

  #zone(): boolean {
    if (this.#take(/^with$/i, 'word')) return this.#take(/^time$/i) && this.#take(/^zone$/i);
    return true;
  }
}
