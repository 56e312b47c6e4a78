/** The Athena API over an engine: https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { record, text, texts } from '../actions/call.ts';
import type { Authorizer } from '../authorizer.ts';
import { type Answer, amzJson } from '../http/answer.ts';
import { accessDenied, notImplemented } from '../http/errors.ts';
import type { LocalService, ServiceCall } from '../services/service.ts';
import type { AthenaLookup } from '../surroundings.ts';
import type { AthenaEngine } from '../types.ts';
import { invalidRequest } from './errors.ts';
import { QueryExecution } from './execution.ts';
import { NamedQueries } from './named-queries.ts';
import { resultSet } from './result-set.ts';
import { ResultStore } from './result-store.ts';
import { describeWorkGroup, summarizeWorkGroup, WorkGroups } from './workgroups.ts';

const MAX_RUNNING = 4;
const MAX_EXECUTIONS_KEPT = 1000;
const MAX_QUERY_BYTES = 262_144;
const MAX_PAGE_ROWS = 1000;
const MAX_PAGE_IDS = 50;

export interface AthenaServiceOptions {
  readonly authorizer: Authorizer;
  readonly region: string;
  readonly endpoint: () => string;
}

export class AthenaService implements AthenaLookup {
  readonly #options: AthenaServiceOptions;
  readonly #groups = new WorkGroups();
  readonly #named = new NamedQueries();
  readonly #executions = new Map<string, QueryExecution>();
  readonly #byToken = new Map<string, string>();
  readonly #queue: QueryExecution[] = [];
  #running = 0;
  #engine: AthenaEngine | undefined;

  constructor(options: AthenaServiceOptions) {
    this.#options = options;
  }

  register(engine: AthenaEngine): void {
    this.#engine = engine;
  }

  workgroupOf(id: string): string | undefined {
    return this.#executions.get(id)?.request.workGroup;
  }

  workgroupOfNamedQuery(id: string): string | undefined {
    return this.#named.find(id)?.WorkGroup;
  }

  /** Stops what still runs. */
  stop(): void {
    for (const execution of this.#executions.values()) execution.stop();
  }

  readonly #operations: Readonly<Record<string, (request: ServiceCall) => unknown>> = {
    CreateWorkGroup: ({ call }) => {
      this.#groups.create(call.parameters);
      return {};
    },
    UpdateWorkGroup: ({ call }) => {
      this.#groups.update(call.parameters);
      return {};
    },
    DeleteWorkGroup: ({ call }) => {
      this.#groups.delete(text(call.parameters, 'WorkGroup'));
      return {};
    },
    GetWorkGroup: ({ call }) => ({
      WorkGroup: describeWorkGroup(this.#groups.get(text(call.parameters, 'WorkGroup'))),
    }),
    ListWorkGroups: () => ({ WorkGroups: this.#groups.list().map(summarizeWorkGroup) }),
    CreateNamedQuery: ({ call }) => {
      this.#groups.get(text(call.parameters, 'WorkGroup'));
      return { NamedQueryId: this.#named.create(call.parameters) };
    },
    DeleteNamedQuery: ({ call }) => {
      this.#named.delete(text(call.parameters, 'NamedQueryId'));
      return {};
    },
    GetNamedQuery: ({ call }) => ({ NamedQuery: this.#named.get(text(call.parameters, 'NamedQueryId')) }),
    BatchGetNamedQuery: ({ call }) => {
      const found = texts(call.parameters, 'NamedQueryIds').map((id) => ({
        id,
        query: this.#named.find(id),
      }));
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
    ListNamedQueries: ({ call }) => {
      const group = this.#groups.get(text(call.parameters, 'WorkGroup'));
      const { page, next } = paged(this.#named.idsOf(group.name), call.parameters);
      return { NamedQueryIds: page, NextToken: next };
    },
    StartQueryExecution: (request) => ({ QueryExecutionId: this.#start(request) }),
    GetQueryExecution: ({ call }) => ({ QueryExecution: this.#execution(call.parameters).describe() }),
    BatchGetQueryExecution: ({ call }) => {
      const ids = texts(call.parameters, 'QueryExecutionIds');
      return { QueryExecutions: ids.flatMap((id) => this.#executions.get(id)?.describe() ?? []) };
    },
    ListQueryExecutions: ({ call }) => {
      const group = this.#groups.get(text(call.parameters, 'WorkGroup'));
      const all = [...this.#executions.values()].filter(({ request }) => request.workGroup === group.name);
      const { page, next } = paged(all.map(({ request }) => request.id).reverse(), call.parameters);
      return { QueryExecutionIds: page, NextToken: next };
    },
    StopQueryExecution: ({ call }) => {
      this.#execution(call.parameters).stop();
      return {};
    },
    GetQueryResults: (request) => this.#results(request),
  };

  readonly answer: LocalService = async (request): Promise<Answer> => {
    const { operation } = request.call;
    const run = Object.hasOwn(this.#operations, operation) ? this.#operations[operation] : undefined;
    if (run === undefined)
      throw notImplemented('json', `Athena operation ${operation} is not modelled by the local gateway`);
    return amzJson(await run(request));
  };

  #execution(parameters: Readonly<Record<string, unknown>>): QueryExecution {
    const id = text(parameters, 'QueryExecutionId') ?? '';
    const execution = this.#executions.get(id);
    if (execution === undefined) throw invalidRequest(`QueryExecution ${id} was not found`);
    return execution;
  }

  #start({ call, caller, facts }: ServiceCall): string {
    if (this.#engine === undefined)
      throw invalidRequest('No query engine is registered with the local gateway yet.');
    const { parameters } = call;
    const sql = text(parameters, 'QueryString') ?? '';
    if (sql.trim() === '') throw invalidRequest('QueryString is empty');
    if (Buffer.byteLength(sql) > MAX_QUERY_BYTES)
      throw invalidRequest(`QueryString is longer than ${MAX_QUERY_BYTES} bytes`);
    const token = text(parameters, 'ClientRequestToken');
    const repeated = token === undefined ? undefined : this.#byToken.get(`${caller.role} ${token}`);
    if (repeated !== undefined) return repeated;
    const group = this.#groups.get(text(parameters, 'WorkGroup'));
    const settings = this.#groups.settingsFor(group, record(parameters, 'ResultConfiguration'));
    const [bucket = ''] = settings.outputLocation.slice('s3://'.length).split('/');
    // Athena looks at the results bucket before it accepts a query: https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
    const permission = { action: 's3:GetBucketLocation', resource: `arn:aws:s3:::${bucket}` };
    if (this.#options.authorizer.decide(caller, permission, facts) !== undefined)
      throw invalidRequest(`Unable to verify/create output bucket ${bucket}`);
    const context = record(parameters, 'QueryExecutionContext');
    const execution = new QueryExecution({
      id: randomUUID(),
      sql,
      parameters: texts(parameters, 'ExecutionParameters'),
      database: text(context, 'Database'),
      catalog: text(context, 'Catalog'),
      workGroup: group.name,
      settings,
      caller,
    });
    this.#keep(execution, token === undefined ? undefined : `${caller.role} ${token}`);
    this.#queue.push(execution);
    this.#next();
    return execution.request.id;
  }

  #keep(execution: QueryExecution, token: string | undefined): void {
    const { id } = execution.request;
    this.#executions.set(id, execution);
    if (token !== undefined) this.#byToken.set(token, id);
    for (const map of [this.#executions, this.#byToken])
      for (const oldest of map.keys()) {
        if (map.size <= MAX_EXECUTIONS_KEPT) break;
        map.delete(oldest);
      }
  }

  /** Starts queued queries while there is room. */
  #next(): void {
    const engine = this.#engine;
    while (engine !== undefined && this.#running < MAX_RUNNING) {
      const execution = this.#queue.shift();
      if (execution === undefined) return;
      this.#running += 1;
      void execution.run(engine, this.#options.endpoint(), this.#options.region).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #results({ call, caller }: ServiceCall): Promise<unknown> {
    const execution = this.#execution(call.parameters);
    if (execution.state === 'QUEUED' || execution.state === 'RUNNING')
      throw invalidRequest(
        `Query has not yet finished. Current state: ${execution.state}`,
        'INVALID_QUERY_EXECUTION_STATE',
      );
    if (execution.state !== 'SUCCEEDED')
      throw invalidRequest(
        `Query did not finish successfully. Final query state: ${execution.state}`,
        'INVALID_QUERY_EXECUTION_STATE',
      );
    const size = pageSize(call.parameters, MAX_PAGE_ROWS);
    const from = readToken(call.parameters);
    const store = new ResultStore(this.#options.endpoint(), this.#options.region, caller.credentials);
    try {
      const { rows, total } = await execution.rows(from, from + size, store);
      return {
        UpdateCount: 0,
        ResultSet: resultSet(execution.columns, rows),
        NextToken: from + size < total ? writeToken(from + size) : undefined,
      };
    } catch (error) {
      // Reading results takes s3:GetObject on them: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
      if ((error as Error).name === 'AccessDenied') throw accessDenied('json', (error as Error).message);
      throw error;
    } finally {
      store.close();
    }
  }
}

type Parameters = Readonly<Record<string, unknown>>;

function pageSize(parameters: Parameters, limit: number): number {
  const asked = parameters['MaxResults'] ?? limit;
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1 || asked > limit)
    throw invalidRequest(`MaxResults must be between 1 and ${limit}`);
  return asked;
}

const writeToken = (position: number): string => Buffer.from(`row:${position}`).toString('base64url');

function readToken(parameters: Parameters): number {
  const token = text(parameters, 'NextToken');
  if (token === undefined) return 0;
  const position = /^row:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (position === undefined) throw invalidRequest('NextToken is not valid');
  return Number(position);
}

function paged(
  all: readonly string[],
  parameters: Parameters,
): { page: readonly string[]; next: string | undefined } {
  const size = pageSize(parameters, MAX_PAGE_IDS);
  const from = readToken(parameters);
  return {
    page: all.slice(from, from + size),
    next: from + size < all.length ? writeToken(from + size) : undefined,
  };
}
