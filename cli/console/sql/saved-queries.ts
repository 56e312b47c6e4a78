/** The workgroup's saved queries, with what their files in sql/queries tell of parameters: Athena keeps none of that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AthenaClient } from '@aws-sdk/client-athena';
import type { SavedQuery } from '../../../console/api.ts';
import { type NamedQuery, parseNamedQuery, type QueryParameter } from '../../../core/named-query.ts';
import { listNamedQueries, type NamedQueryText } from '../../athena/named-queries.ts';

const FOLDER = join(import.meta.dirname, '../../../sql/queries');

/** @param placeholders what stands for `{log_id}` and its like in examples */
export async function listSavedQueries(
  athena: AthenaClient,
  workgroup: string,
  placeholders: Readonly<Record<string, string>>,
): Promise<readonly SavedQuery[]> {
  const queries = await listNamedQueries(athena, workgroup);
  return queries.map((query) => describe(query, fileOf(query.name), placeholders));
}

function describe(
  { name, description, sql }: NamedQueryText,
  file: NamedQuery | undefined,
  placeholders: Readonly<Record<string, string>>,
): SavedQuery {
  if (file === undefined) return { name, title: name, description, sql, parameters: [] };
  return {
    name,
    title: file.title,
    description: file.description,
    sql,
    parameters: file.parameters.map((parameter) => ({
      name: parameter.name,
      type: parameter.type,
      example: exampleOf(parameter, placeholders),
    })),
  };
}

function exampleOf({ example }: QueryParameter, placeholders: Readonly<Record<string, string>>): string {
  return example.kind === 'literal' ? example.sql : `'${placeholders[example.name] ?? ''}'`;
}

/** Undefined for a query that somebody saved otherwise. */
function fileOf(name: string): NamedQuery | undefined {
  try {
    return parseNamedQuery(name, readFileSync(join(FOLDER, `${name}.sql`), 'utf8'));
  } catch {
    return undefined;
  }
}
