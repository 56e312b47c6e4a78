/** A saved query: SQL in Athena's dialect under a header of comment lines that says what it is. sql/README.md shows one. */
import { TickerlakeError } from './errors.ts';

export interface TypedName {
  readonly name: string;
  /** Athena's type name: varchar, double, timestamp(3), decimal(10,2), … */
  readonly type: string;
}

/** What a parameter may be set to, for docs and proofs. */
export type Example =
  /** An SQL literal. */
  | { readonly kind: 'literal'; readonly sql: string }
  /** Something that each lake has its own of, written `{log_id}`. */
  | { readonly kind: 'placeholder'; readonly name: string };

export interface QueryParameter extends TypedName {
  readonly example: Example;
}

/** What a query reads that is not there from the first day, and how it comes to be. */
export const NEEDS = {
  history: 'the first compaction makes it',
  listing: 'loading a NASDAQ listing makes it',
} as const;
export type Need = keyof typeof NEEDS;

export interface NamedQuery {
  /** The file's name without its extension, in kebab case. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What stands for each `?` of the SQL, in order. */
  readonly parameters: readonly QueryParameter[];
  /** Tables that it reads and that are made later than the lake. */
  readonly needs: readonly Need[];
  /** Columns of the result, in order. */
  readonly columns: readonly TypedName[];
  /** The statement without its header. */
  readonly sql: string;
}

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HEADER_LINE = /^-- ([a-z]+): *(.*)$/;
const PARTS = ['title', 'description', 'parameters', 'example', 'needs', 'columns'];
/** Athena's limits: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html */
const MAX_DESCRIPTION_CHARS = 1024;
const MAX_SQL_BYTES = 262_144;

/**
 * @param name the file's name without `.sql`
 * @throws TickerlakeError CONFIG_INVALID, naming the file and what is wrong with it
 */
export function parseNamedQuery(name: string, text: string): NamedQuery {
  const fail = failing(name);
  if (!NAME.test(name)) fail('is not named in kebab case', 'name it like latest-price.sql');
  const { header, sql } = splitHeader(text, fail);
  const required = (part: string): string => {
    const value = header.get(part) ?? '';
    return value === '' ? fail(`lacks its ${part}`, `begin the file with the line "-- ${part}: …"`) : value;
  };
  const title = required('title');
  const description = required('description');
  const columns = parseTypedNames(required('columns'), fail);
  if (sql === '') fail('has no SQL', 'write one SELECT under the header');
  if (Buffer.byteLength(sql) > MAX_SQL_BYTES) fail('is too long', `Athena takes ${MAX_SQL_BYTES} bytes`);
  const parameters = parseParameters(header, sql, fail);
  const needs = parseNeeds(header.get('needs'), fail);
  const query = { name, title, description, parameters, needs, columns, sql };
  if (describeQuery(query).length > MAX_DESCRIPTION_CHARS)
    fail('says too much of itself', `title and description fit in ${MAX_DESCRIPTION_CHARS} characters`);
  return query;
}

/** What the Athena console shows beside the query. */
export function describeQuery({
  title,
  description,
  needs,
}: Pick<NamedQuery, 'title' | 'description' | 'needs'>): string {
  const reasons = needs.map((need) => ` (needs ${need}: ${NEEDS[need]})`);
  return `${title}: ${description}${reasons.join('')}`;
}

/**
 * Name of its prepared statement: `price-now` -> `price_now`.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_CreatePreparedStatement.html
 */
export function statementName(name: string): string {
  return name.replaceAll('-', '_');
}

type Fail = (what: string, hint: string) => never;

function failing(name: string): Fail {
  return (what, hint) => {
    throw new TickerlakeError('CONFIG_INVALID', `sql/queries/${name}.sql ${what}`, { hint });
  };
}

function splitHeader(
  text: string,
  fail: Fail,
): { readonly header: ReadonlyMap<string, string>; readonly sql: string } {
  const lines = text.split('\n');
  const found = lines.findIndex((line) => !HEADER_LINE.test(line));
  const end = found < 0 ? lines.length : found;
  const header = new Map<string, string>();
  for (const line of lines.slice(0, end)) {
    const [, part = '', value = ''] = HEADER_LINE.exec(line) ?? [];
    if (!PARTS.includes(part))
      fail(`has an unknown header line "${part}"`, `the parts are ${PARTS.join(', ')}`);
    if (header.has(part)) fail(`states its ${part} twice`, 'keep one');
    header.set(part, value.trim());
  }
  return { header, sql: lines.slice(end).join('\n').trim().replace(/;$/, '') };
}

/** One for each `?` of the SQL, with its example. */
function parseParameters(header: ReadonlyMap<string, string>, sql: string, fail: Fail): QueryParameter[] {
  const named = parseTypedNames(header.get('parameters') ?? '', fail);
  const marks = countParameters(sql);
  if (marks !== named.length)
    fail(
      `has ${marks} of ? and declares ${named.length} parameters`,
      'name each in the line "-- parameters: …", in order',
    );
  const examples = parseExamples(header.get('example') ?? '', fail);
  if (examples.length !== named.length)
    fail(
      `has ${named.length} parameters and ${examples.length} examples`,
      `write "-- example: 'AAPL', 5", a literal for each parameter, in order`,
    );
  return named.flatMap((each, index) => {
    const example = examples[index];
    return example === undefined ? [] : [{ ...each, example }];
  });
}

const QUOTED = String.raw`'(?:[^']|'')*'`;
const LITERAL = new RegExp(String.raw`^(?:${QUOTED}|-?\d+(?:\.\d+)?)$`);
const PLACEHOLDER = /^\{([a-z_]+)\}$/;

/** `'AAPL', 5, {log_id}` */
function parseExamples(text: string, fail: Fail): Example[] {
  return (text.match(new RegExp(`(?:${QUOTED}|[^,'])+`, 'g')) ?? []).map((part) => {
    const sql = part.trim();
    const [, name] = PLACEHOLDER.exec(sql) ?? [];
    if (name !== undefined) return { kind: 'placeholder', name };
    if (!LITERAL.test(sql))
      fail(`has the example ${sql}, which is no literal`, `write 'text', a number, or {log_id}`);
    return { kind: 'literal', sql };
  });
}

function parseNeeds(text: string | undefined, fail: Fail): Need[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const need = part.trim();
    return isNeed(need)
      ? need
      : fail(`needs "${need}", which is unknown`, `it may need ${Object.keys(NEEDS).join(' or ')}`);
  });
}

function isNeed(text: string): text is Need {
  return Object.hasOwn(NEEDS, text);
}

/** `symbol varchar, price decimal(10,2)` */
function parseTypedNames(text: string, fail: Fail): TypedName[] {
  if (text === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => {
    const [, name, type] = /^\s*([a-z_][a-z0-9_]*)\s+(\S.*?)\s*$/.exec(part) ?? [];
    if (name !== undefined && type !== undefined) return { name, type };
    return fail(
      'has a malformed list of names and types',
      'write "-- columns: symbol varchar, price double"',
    );
  });
}

/** Question marks outside of strings, quoted names and comments. */
function countParameters(sql: string): number {
  const bare = sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, '');
  return bare.split('?').length - 1;
}
