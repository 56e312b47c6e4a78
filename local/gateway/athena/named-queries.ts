/** Saved queries: https://docs.aws.amazon.com/athena/latest/APIReference/API_NamedQuery.html */
import { randomUUID } from 'node:crypto';
import { text, texts } from '../actions/call.ts';
import { invalidRequest } from './errors.ts';
import { type Members, requiredText } from './members.ts';
import type { Operations } from './operations.ts';
import { pageOf } from './paging.ts';
import type { WorkGroups } from './workgroups.ts';

export interface NamedQuery {
  readonly NamedQueryId: string;
  readonly Name: string;
  readonly Description: string | undefined;
  readonly Database: string;
  readonly QueryString: string;
  readonly WorkGroup: string;
}

export class NamedQueries {
  readonly #groups: WorkGroups;
  readonly #queries = new Map<string, NamedQuery>();

  constructor(groups: WorkGroups) {
    this.#groups = groups;
  }

  find(id: string): NamedQuery | undefined {
    return this.#queries.get(id);
  }

  isEmpty(group: string): boolean {
    return this.#idsOf(group).length === 0;
  }

  deleteAll(group: string): void {
    for (const id of this.#idsOf(group)) this.#queries.delete(id);
  }

  readonly operations: Operations = {
    CreateNamedQuery: ({ call: { parameters } }) => {
      const query = {
        NamedQueryId: randomUUID(),
        Name: requiredText(parameters, 'Name'),
        Description: text(parameters, 'Description'),
        Database: requiredText(parameters, 'Database'),
        QueryString: requiredText(parameters, 'QueryString'),
        WorkGroup: this.#groups.get(text(parameters, 'WorkGroup')).name,
      };
      this.#queries.set(query.NamedQueryId, query);
      return { NamedQueryId: query.NamedQueryId };
    },
    UpdateNamedQuery: ({ call: { parameters } }) => {
      const query = this.#get(parameters);
      this.#queries.set(query.NamedQueryId, {
        ...query,
        Name: requiredText(parameters, 'Name'),
        Description: text(parameters, 'Description') ?? query.Description,
        QueryString: requiredText(parameters, 'QueryString'),
      });
      return {};
    },
    DeleteNamedQuery: ({ call: { parameters } }) => {
      this.#queries.delete(this.#get(parameters).NamedQueryId);
      return {};
    },
    GetNamedQuery: ({ call: { parameters } }) => ({ NamedQuery: this.#get(parameters) }),
    BatchGetNamedQuery: ({ call: { parameters } }) => {
      const found = texts(parameters, 'NamedQueryIds').map((id) => ({ id, query: this.find(id) }));
      return {
        NamedQueries: found.flatMap(({ query }) => query ?? []),
        UnprocessedNamedQueryIds: found
          .filter(({ query }) => query === undefined)
          .map(({ id }) => ({
            NamedQueryId: id,
            ErrorCode: 'INVALID_INPUT',
            ErrorMessage: `NamedQuery ${id} was not found`,
          })),
      };
    },
    ListNamedQueries: ({ call: { parameters } }) => {
      const { name } = this.#groups.get(text(parameters, 'WorkGroup'));
      const { items, NextToken } = pageOf(this.#idsOf(name), parameters);
      return { NamedQueryIds: items, NextToken };
    },
  };

  #get(parameters: Members): NamedQuery {
    const id = requiredText(parameters, 'NamedQueryId');
    const query = this.find(id);
    if (query === undefined) throw invalidRequest(`NamedQuery ${id} was not found`);
    return query;
  }

  #idsOf(group: string): readonly string[] {
    return [...this.#queries.values()]
      .filter(({ WorkGroup }) => WorkGroup === group)
      .map(({ NamedQueryId }) => NamedQueryId);
  }
}
