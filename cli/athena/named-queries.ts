import {
  type AthenaClient,
  BatchGetNamedQueryCommand,
  ListNamedQueriesCommand,
} from '@aws-sdk/client-athena';
import { TickerlakeError } from '../../core/errors.ts';
import { closest } from '../terminal/closest.ts';

export interface NamedQueryText {
  readonly name: string;
  readonly description: string;
  readonly database: string;
  readonly sql: string;
}

/** BatchGetNamedQuery takes this many ids. */
const BATCH_SIZE = 50;

/** The saved queries of a workgroup, by name. */
export async function listNamedQueries(
  athena: AthenaClient,
  workgroup: string,
): Promise<readonly NamedQueryText[]> {
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const page = await athena.send(new ListNamedQueriesCommand({ WorkGroup: workgroup, NextToken: token }));
    ids.push(...(page.NamedQueryIds ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  const queries: NamedQueryText[] = [];
  for (let at = 0; at < ids.length; at += BATCH_SIZE) {
    const answer = await athena.send(
      new BatchGetNamedQueryCommand({ NamedQueryIds: ids.slice(at, at + BATCH_SIZE) }),
    );
    for (const query of answer.NamedQueries ?? []) {
      queries.push({
        name: query.Name ?? '',
        description: query.Description ?? '',
        database: query.Database ?? '',
        sql: query.QueryString ?? '',
      });
    }
  }
  return queries.sort((left, right) => left.name.localeCompare(right.name));
}

/** One saved query; the error for an unknown name says which there are. */
export async function findNamedQuery(
  athena: AthenaClient,
  workgroup: string,
  name: string,
): Promise<NamedQueryText> {
  const queries = await listNamedQueries(athena, workgroup);
  const found = queries.find((query) => query.name === name);
  if (found !== undefined) return found;
  const names = queries.map((query) => query.name);
  throw new TickerlakeError('USAGE', `no query is named "${name}"`, {
    hint: `one of ${closest(name, names).join(', ')}`,
  });
}
