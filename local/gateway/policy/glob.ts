/**
 * Wildcards and policy variables of IAM policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */

/** Condition keys of a request, names in lower case. An absent key is absent, never an empty list. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** Tells whether a value fits; the context fills variables in. */
export type Matcher = (value: string, context: RequestContext) => boolean;

interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

type Token = string | Variable;

const VARIABLE = /\$\{([^}]*)\}/g;
/** `${*}`, `${?}` and `${$}` stand for the character itself. */
const ESCAPES = new Set(['*', '?', '$']);

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Splits a pattern into regular-expression source and variables. */
function tokenize(pattern: string, wildcards: boolean, variables: boolean): Token[] {
  const literal = (text: string): string =>
    wildcards ? escapeRegExp(text).replaceAll('\\*', '[^]*').replaceAll('\\?', '[^]') : escapeRegExp(text);
  if (!variables) return [literal(pattern)];
  const tokens: Token[] = [];
  let last = 0;
  for (const match of pattern.matchAll(VARIABLE)) {
    tokens.push(literal(pattern.slice(last, match.index)));
    const body = match[1] ?? '';
    if (ESCAPES.has(body)) tokens.push(escapeRegExp(body));
    else tokens.push(parseVariable(body));
    last = match.index + match[0].length;
  }
  tokens.push(literal(pattern.slice(last)));
  return tokens;
}

function parseVariable(body: string): Variable {
  const [key = '', ...rest] = body.split(',');
  const fallback = /^\s*'(.*)'\s*$/.exec(rest.join(','));
  return { key: key.trim().toLowerCase(), fallback: fallback?.[1] };
}

/** Names of the condition keys that a pattern refers to as variables. */
export function variablesOf(pattern: string): string[] {
  return [...pattern.matchAll(VARIABLE)]
    .map((match) => match[1] ?? '')
    .filter((body) => !ESCAPES.has(body))
    .map((body) => parseVariable(body).key);
}

export interface GlobOptions {
  /** Whether `*` and `?` are wildcards. @default true */
  readonly wildcards?: boolean;
  /** Whether `${…}` is a variable (policy version 2012-10-17). @default true */
  readonly variables?: boolean;
  /** @default false */
  readonly ignoreCase?: boolean;
}

/** A matcher of the whole value. A variable that the request lacks, without a default, matches nothing. */
export function compileGlob(pattern: string, options: GlobOptions = {}): Matcher {
  const { wildcards = true, variables = true, ignoreCase = false } = options;
  if (wildcards && pattern === '*') return () => true;
  const flags = ignoreCase ? 'i' : '';
  const tokens = tokenize(pattern, wildcards, variables && pattern.includes('${'));
  if (tokens.every((token) => typeof token === 'string')) {
    if (!ignoreCase && !pattern.includes('${') && (!wildcards || !/[*?]/.test(pattern)))
      return (value) => value === pattern;
    const expression = new RegExp(`^${tokens.join('')}$`, flags);
    return (value) => expression.test(value);
  }
  return (value, context) => {
    let source = '';
    for (const token of tokens) {
      if (typeof token === 'string') source += token;
      else {
        const values = context.get(token.key);
        // Only a single-valued key can be a variable.
        const text = values?.length === 1 ? values[0] : token.fallback;
        if (text === undefined) return false;
        source += escapeRegExp(text);
      }
    }
    return new RegExp(`^${source}$`, flags).test(value);
  };
}

/** The six parts of an ARN; a colon in the resource part stays in it. Fewer parts: not an ARN. */
export function splitArn(arn: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < 5; index += 1) {
    // A variable may hold a colon (`${aws:username}`): it does not end a part.
    const end = nextColon(arn, start);
    if (end === -1) return undefined;
    parts.push(arn.slice(start, end));
    start = end + 1;
  }
  parts.push(arn.slice(start));
  return parts[0] === 'arn' ? parts : undefined;
}

function nextColon(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '{' && text[index - 1] === '$') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    else if (character === ':' && depth === 0) return index;
  }
  return -1;
}

/** Matches ARNs part by part, so that a wildcard never reaches over a colon before the resource part. */
export function compileArn(pattern: string, options: GlobOptions = {}): Matcher | undefined {
  if (pattern === '*') return () => true;
  const parts = splitArn(pattern)?.map((part) => compileGlob(part, options));
  if (parts === undefined) return undefined;
  return (value, context) => {
    const values = splitArn(value);
    return values !== undefined && parts.every((matches, index) => matches(values[index] ?? '', context));
  };
}
