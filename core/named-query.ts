/** A saved query: SQL in Athena's dialect under a header of comment lines that says what it is. sql/README.md shows one. */
import { TickerlakeError } from './errors.ts';

export interface TypedName {
  readonly name: string;
  /** Athena's type name: varchar, double, timestamp(3), decimal(10,2), … */
  readonly type: string;
}

export interface NamedQuery {
  /** The file's name without its extension, in kebab case. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What stands for each `?` of the SQL, in order. */
  readonly parameters: readonly TypedName[];
  /** Columns of the result, in order. */
  readonly columns: readonly TypedName[];
  /** The statement without its header. */
  readonly sql: string;
}

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const HEADER_LINE = /^-- ([a-z]+): *(.*)$/;
const PARTS = ['title', 'description', 'parameters', 'columns'];
/** Athena's limits: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html */
const MAX_DESCRIPTION_CHARS = 1024;
const MAX_SQL_BYTES = 262_144;

/**
 * @param name the file's name without `.sql`
 * @throws TickerlakeError CONFIG_INVALID, naming the file and what is wrong with it
 */
export function parseNamedQuery(name: string, text: string): NamedQuery {
  const fail = (what: string, hint: string): never => {
    throw new TickerlakeError('CONFIG_INVALID', `sql/queries/${name}.sql ${what}`, { hint });
  };
  if (!NAME.test(name)) fail('is not named in kebab case', 'name it like latest-price.sql');
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !HEADER_LINE.test(line));
  const header = new Map<string, string>();
  for (const line of lines.slice(0, end < 0 ? lines.length : end)) {
    const [, part = '', value = ''] = HEADER_LINE.exec(line) ?? [];
    if (!PARTS.includes(part))
      fail(`has an unknown header line "${part}"`, `the parts are ${PARTS.join(', ')}`);
    if (header.has(part)) fail(`states its ${part} twice`, 'keep one');
    header.set(part, value.trim());
  }
  const required = (part: string): string => {
    const value = header.get(part) ?? '';
    return value === '' ? fail(`lacks its ${part}`, `begin the file with the line "-- ${part}: …"`) : value;
  };
  const title = required('title');
  const description = required('description');
  const columns = parseTypedNames(required('columns'));
  const parameters = parseTypedNames(header.get('parameters') ?? '');
  if (columns === undefined || parameters === undefined)
    return fail(
      'has a malformed list of names and types',
      'write "-- columns: symbol varchar, price double"',
    );
  const sql = lines
    .slice(end < 0 ? lines.length : end)
    .join('\n')
    .trim()
    .replace(/;$/, '');
  if (sql === '') fail('has no SQL', 'write one SELECT under the header');
  const marks = countParameters(sql);
  if (marks !== parameters.length)
    fail(
      `has ${marks} of ? and declares ${parameters.length} parameters`,
      'name each in the line "-- parameters: …", in order',
    );
  if (title.length + description.length + 2 > MAX_DESCRIPTION_CHARS)
    fail('says too much of itself', `title and description fit in ${MAX_DESCRIPTION_CHARS} characters`);
  if (Buffer.byteLength(sql) > MAX_SQL_BYTES) fail('is too long', `Athena takes ${MAX_SQL_BYTES} bytes`);
  return { name, title, description, parameters, columns, sql };
}

/** `symbol varchar, price decimal(10,2)`, or undefined if it is no such list. */
function parseTypedNames(text: string): TypedName[] | undefined {
  if (text === '') return [];
  const names: TypedName[] = [];
  for (const part of text.split(/,(?![^(]*\))/)) {
    const [, name, type] = /^\s*([a-z_][a-z0-9_]*)\s+(\S.*?)\s*$/.exec(part) ?? [];
    if (name === undefined || type === undefined) return undefined;
    names.push({ name, type });
  }
  return names;
}

/** Question marks outside of strings, quoted names and comments. */
function countParameters(sql: string): number {
  const bare = sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, '');
  return bare.split('?').length - 1;
}
