/** Statements kept in a workgroup: https://docs.aws.amazon.com/athena/latest/APIReference/API_PreparedStatement.html */
import { text, texts } from '../actions/call.ts';
import { epochSeconds } from '../http/answer.ts';
import { invalidRequest, resourceNotFound } from './errors.ts';
import { type Members, requiredName, requiredText } from './members.ts';
import type { Operations } from './operations.ts';
import { pageOf } from './paging.ts';
import type { WorkGroups } from './workgroups.ts';

/** As the API's model has it, but that one letter is enough for a name, as the field's least length says. */
export const STATEMENT_NAME = /^[a-zA-Z_][a-zA-Z0-9_@:]{0,255}$/;
/** https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying.html */
const MAX_STATEMENTS = 1000;
const MAX_BATCH = 256;

interface PreparedStatement {
  readonly name: string;
  readonly sql: string;
  readonly description: string | undefined;
  readonly modifiedAt: Date;
}

export class PreparedStatements {
  readonly #groups: WorkGroups;
  readonly #statements = new Map<string, Map<string, PreparedStatement>>();

  constructor(groups: WorkGroups) {
    this.#groups = groups;
  }

  /** The statement's text, or undefined where the workgroup has none of that name. */
  sqlOf(group: string, name: string): string | undefined {
    return this.#of(group).get(name)?.sql;
  }

  isEmpty(group: string): boolean {
    return this.#of(group).size === 0;
  }

  /** Keeps a statement under a name, in place of the one that had it. */
  put(group: string, name: string, sql: string, description?: string): void {
    const statements = this.#of(group);
    if (!statements.has(name) && statements.size >= MAX_STATEMENTS)
      throw invalidRequest(
        `WorkGroup ${group} has ${MAX_STATEMENTS} prepared statements, which is the most it can have`,
      );
    statements.set(name, { name, sql, description, modifiedAt: new Date() });
  }

  /** @throws AwsError ResourceNotFoundException */
  delete(group: string, name: string): void {
    this.#find(group, name);
    this.#of(group).delete(name);
  }

  deleteAll(group: string): void {
    this.#statements.delete(group);
  }

  readonly operations: Operations = {
    CreatePreparedStatement: ({ call: { parameters } }) => {
      const { group, name, sql } = this.#request(parameters);
      if (this.sqlOf(group, name) !== undefined)
        throw invalidRequest(`PreparedStatement ${name} already exists in WorkGroup ${group}`);
      this.put(group, name, sql, text(parameters, 'Description'));
      return {};
    },
    UpdatePreparedStatement: ({ call: { parameters } }) => {
      const { group, name, sql } = this.#request(parameters);
      const { description } = this.#find(group, name);
      this.put(group, name, sql, text(parameters, 'Description') ?? description);
      return {};
    },
    GetPreparedStatement: ({ call: { parameters } }) => {
      const { group, name } = this.#place(parameters);
      return { PreparedStatement: describe(group, this.#find(group, name)) };
    },
    BatchGetPreparedStatement: ({ call: { parameters } }) => this.#batch(parameters),
    ListPreparedStatements: ({ call: { parameters } }) => {
      const group = this.#groups.get(requiredText(parameters, 'WorkGroup')).name;
      const all = [...this.#of(group).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, NextToken } = pageOf(all, parameters, 1);
      return {
        PreparedStatements: items.map(({ name, modifiedAt }) => ({
          StatementName: name,
          LastModifiedTime: epochSeconds(modifiedAt),
        })),
        NextToken,
      };
    },
    DeletePreparedStatement: ({ call: { parameters } }) => {
      const { group, name } = this.#place(parameters);
      this.delete(group, name);
      return {};
    },
  };

  #batch(parameters: Members): unknown {
    const group = this.#groups.get(requiredText(parameters, 'WorkGroup')).name;
    const names = texts(parameters, 'PreparedStatementNames');
    if (names.length > MAX_BATCH)
      throw invalidRequest(`At most ${MAX_BATCH} prepared statements can be asked for at once`);
    const found = names.map((name) => ({ name, statement: this.#of(group).get(name) }));
    return {
      PreparedStatements: found.flatMap(({ statement }) =>
        statement === undefined ? [] : describe(group, statement),
      ),
      UnprocessedPreparedStatementNames: found
        .filter(({ statement }) => statement === undefined)
        .map(({ name }) => ({
          StatementName: name,
          ErrorCode: 'STATEMENT_NOT_FOUND',
          ErrorMessage: notFoundMessage(name),
        })),
    };
  }

  #request(parameters: Members): { group: string; name: string; sql: string } {
    return { ...this.#place(parameters), sql: requiredText(parameters, 'QueryStatement') };
  }

  #place(parameters: Members): { group: string; name: string } {
    const name = requiredName(parameters, 'StatementName', STATEMENT_NAME);
    return { group: this.#groups.get(requiredText(parameters, 'WorkGroup')).name, name };
  }

  #find(group: string, name: string): PreparedStatement {
    const statement = this.#of(group).get(name);
    if (statement === undefined) throw resourceNotFound(notFoundMessage(name), name);
    return statement;
  }

  #of(group: string): Map<string, PreparedStatement> {
    const statements = this.#statements.get(group) ?? new Map<string, PreparedStatement>();
    this.#statements.set(group, statements);
    return statements;
  }
}

const notFoundMessage = (name: string): string => `PreparedStatement ${name} was not found`;

function describe(group: string, { name, sql, description, modifiedAt }: PreparedStatement): Members {
  return {
    StatementName: name,
    QueryStatement: sql,
    WorkGroupName: group,
    Description: description,
    LastModifiedTime: epochSeconds(modifiedAt),
  };
}
