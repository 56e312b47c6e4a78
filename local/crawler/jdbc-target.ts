/**
 * What a JDBC target of a crawler points at: https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html
 * and, for the connection's URL, https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html
 */

/** A database as a connection's URL names it. */
export interface JdbcPlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** A table or view by its names in the database. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export interface JdbcTarget {
  /** `database/schema/table`, each with `%` for any text. */
  readonly path: string;
  /** Glob patterns of tables to leave out, as the path is or relative to its schema. */
  readonly exclusions: readonly string[];
}

/** Reads `jdbc:postgresql://host:port/database`, the form that Glue documents; undefined if it is another. */
export function parseJdbcUrl(url: string): JdbcPlace | undefined {
  const [, host, port, database] = /^jdbc:postgresql:\/\/([^/:?]+):(\d{1,5})\/([^/?]+)$/.exec(url) ?? [];
  if (host === undefined || port === undefined || database === undefined) return undefined;
  return { host, port: Number(port), database };
}

/**
 * Decides which relations a target means. Matching is of whole names and minds case, as PostgreSQL's does.
 * @returns undefined if the path has not three parts, as it must for a database with schemas
 */
export function targetFilter(
  { path, exclusions }: JdbcTarget,
  database: string,
): ((relation: RelationName) => boolean) | undefined {
  const parts = path.split('/');
  const [inDatabase, inSchema, inTable] = parts.map((part) => pattern(part, '%'));
  if (inDatabase === undefined || inSchema === undefined || inTable === undefined || parts.length > 3) {
    return undefined;
  }
  const excluded = exclusions.map((glob) => pattern(glob, '*'));
  return ({ schema, name }) => {
    if (!inDatabase.test(database) || !inSchema.test(schema) || !inTable.test(name)) return false;
    const spellings = [name, `${schema}/${name}`, `${database}/${schema}/${name}`];
    return !excluded.some((glob) => spellings.some((spelling) => glob.test(spelling)));
  };
}

/** A pattern whose wildcard stands for any text within one part; an exclusion may use Glue's other globs `?` and `**` too. */
function pattern(text: string, wildcard: '%' | '*'): RegExp {
  const source = text.replaceAll(/\*\*|[\s\S]/g, (token) => {
    if (token === '**' && wildcard === '*') return '.*';
    if (token === wildcard || (token === '%' && wildcard === '*')) return '[^/]*';
    if (token === '?' && wildcard === '*') return '[^/]';
    return token.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`, 'su');
}
