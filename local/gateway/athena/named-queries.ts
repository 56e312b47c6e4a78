/** Saved queries: https://docs.aws.amazon.com/athena/latest/APIReference/API_NamedQuery.html */
import { randomUUID } from 'node:crypto';
import { text } from '../actions/call.ts';
import { invalidRequest } from './errors.ts';

export interface NamedQuery {
  readonly NamedQueryId: string;
  readonly Name: string;
  readonly Description: string | undefined;
  readonly Database: string;
  readonly QueryString: string;
  readonly WorkGroup: string;
}

export class NamedQueries {
  readonly #queries = new Map<string, NamedQuery>();

  create(parameters: Readonly<Record<string, unknown>>): string {
    const required = (member: string): string => {
      const value = text(parameters, member);
      if (value === undefined) throw invalidRequest(`${member} is required`);
      return value;
    };
    const id = randomUUID();
    this.#queries.set(id, {
      NamedQueryId: id,
      Name: required('Name'),
      Description: text(parameters, 'Description'),
      Database: required('Database'),
      QueryString: required('QueryString'),
      WorkGroup: text(parameters, 'WorkGroup') ?? 'primary',
    });
    return id;
  }

  find(id: string): NamedQuery | undefined {
    return this.#queries.get(id);
  }

  get(id: string | undefined): NamedQuery {
    const query = this.#queries.get(id ?? '');
    if (query === undefined) throw invalidRequest(`NamedQuery ${id ?? ''} was not found`);
    return query;
  }

  delete(id: string | undefined): void {
    this.#queries.delete(this.get(id).NamedQueryId);
  }

  idsOf(workGroup: string): readonly string[] {
    return [...this.#queries.values()]
      .filter((query) => query.WorkGroup === workGroup)
      .map(({ NamedQueryId }) => NamedQueryId);
  }
}
