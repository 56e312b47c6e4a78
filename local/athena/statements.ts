/** What kind of statement it is, from its first words. */
import { notSupported, QueryFailure } from './errors.ts';

export type Statement =
  | { readonly kind: 'query'; readonly sql: string }
  | { readonly kind: 'explain'; readonly sql: string; readonly analyze: boolean }
  | { readonly kind: 'metadata'; readonly sql: string };

const COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;

/** What to do about statements that Athena runs and the local engine does not. */
const INSTEAD: Readonly<Record<string, string>> = {
  CREATE: 'declare tables and views in the CDK app and run the lake again',
  DROP: 'remove the table from the CDK app and run the lake again',
  ALTER: 'change the table in the CDK app; partitions are registered by curate-quotes',
  MSCK: 'partitions are registered by curate-quotes as it writes them',
  INSERT: 'produce quotes (tickerlake produce): rows come through the pipeline alone',
  UPDATE: 'rows of the lake are written once, by the pipeline',
  DELETE: 'rows of the lake are written once, by the pipeline',
  MERGE: 'rows of the lake are written once, by the pipeline',
  UNLOAD:
    'run the SELECT inside it, whose result is written to the results bucket (awswrangler: unload_approach=False, pyathena: unload=False)',
};

const CREATE_TABLE_AS = /^CREATE\s+TABLE\b[\s\S]*\bAS\b/i;
const INSTEAD_OF_CTAS = 'run the SELECT inside it (awswrangler: ctas_approach=False)';

/** The statement from its first word on. */
export function withoutComments(text: string): string {
  return text.replace(COMMENTS, '');
}

/** Throws NOT_SUPPORTED, naming what to do instead, for anything but reading. */
export function classify(text: string): Statement {
  const sql = withoutComments(text);
  const [, word = ''] = /^\(*\s*([A-Za-z]+)/.exec(sql) ?? [];
  switch (word.toUpperCase()) {
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
      return { kind: 'query', sql: text };
    case 'EXPLAIN': {
      const [prefix, analyze] =
        /^EXPLAIN\s+(ANALYZE\s+)?(?:VERBOSE\s+)?(?:\([^)]*\)\s*(?=SELECT|WITH|VALUES))?/i.exec(sql) ?? [''];
      const query = sql.slice(prefix.length);
      if (classify(query).kind !== 'query')
        throw notSupported('EXPLAIN of this statement', 'explain a SELECT');
      // Blank instead of gone, so that places in the query are those in the text.
      const before = text.slice(0, text.length - query.length).replaceAll(/[^\n]/g, ' ');
      return { kind: 'explain', sql: before + query, analyze: analyze !== undefined };
    }
    case 'SHOW':
    case 'DESCRIBE':
    case 'DESC':
      return { kind: 'metadata', sql: sql.replace(/;\s*$/, '') };
    case '':
      if (sql.replaceAll(';', '').trim() === '')
        throw new QueryFailure('SYNTAX_ERROR', 'line 1:1: the query is empty');
      return { kind: 'query', sql: text };
    default: {
      const instead = INSTEAD[word.toUpperCase()];
      // What is no statement of Athena's at all is left to the parser, which says where it stops.
      if (instead === undefined) return { kind: 'query', sql: text };
      if (CREATE_TABLE_AS.test(sql))
        throw notSupported('CREATE TABLE AS is not run by the local engine', INSTEAD_OF_CTAS);
      throw notSupported(`${word.toUpperCase()} is not run by the local engine`, instead);
    }
  }
}
