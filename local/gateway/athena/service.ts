/** The Athena API over an engine: https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { record, text, texts } from '../actions/call.ts';
import { type Answer, amzJson } from '../http/answer.ts';
import { accessDenied, notImplemented } from '../http/errors.ts';
import type { LocalService, ServiceCall } from '../services/service.ts';
import type { AthenaLookup } from '../surroundings.ts';
import type { AthenaEngine, AthenaQueryFailure } from '../types.ts';
import { dataCatalogOperations } from './data-catalogs.ts';
import { invalidRequest } from './errors.ts';
import { QueryExecution } from './execution.ts';
import { boundedCount, type Members, requiredText } from './members.ts';
import { NamedQueries } from './named-queries.ts';
import type { Operations } from './operations.ts';
import { pageOf, readToken, writeToken } from './paging.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { planQuery, type QueryPlan } from './query-plan.ts';
import { QueryQueue } from './query-queue.ts';
import { checkToken, RequestTokens } from './request-tokens.ts';
import { resultSet } from './result-set.ts';
import { ResultStore } from './result-store.ts';
import { Tags } from './tags.ts';
import {
  describeWorkGroup,
  type EffectiveSettings,
  ENGINE_VERSION,
  summarizeWorkGroup,
  WorkGroups,
} from './workgroups.ts';

const MAX_EXECUTIONS_KEPT = 1000;
const MAX_QUERY_BYTES = 262_144;
const MAX_PAGE_ROWS = 1000;

export interface AthenaServiceOptions {
  readonly account: string;
  readonly region: string;
  readonly endpoint: () => string;
}

/** Each engine has a queue of its own, so that queries that wait on one hold up none of another. */
interface RegisteredEngine {
  readonly engine: AthenaEngine;
  readonly queue: QueryQueue;
}

export class AthenaService implements AthenaLookup {
  readonly #options: AthenaServiceOptions;
  readonly #groups = new WorkGroups();
  readonly #tags = new Tags(this.#groups);
  readonly #named = new NamedQueries(this.#groups);
  readonly #prepared = new PreparedStatements(this.#groups);
  readonly #executions = new Map<string, QueryExecution>();
  readonly #tokens = new RequestTokens();
  /** By the path that selects them; the one at `/` answers where no other is asked for. */
  readonly #engines = new Map<string, RegisteredEngine>();
  readonly #operations: Operations;

  constructor(options: AthenaServiceOptions) {
    this.#options = options;
    this.#operations = {
      ...this.#groupOperations,
      ...this.#queryOperations,
      ...this.#tags.operations,
      ...this.#named.operations,
      ...this.#prepared.operations,
      ...dataCatalogOperations(options),
    };
  }

  register(engine: AthenaEngine, name = ''): void {
    this.#engines.set(`/${name}`, { engine, queue: new QueryQueue() });
  }

  workgroupOf(id: string): string | undefined {
    return this.#executions.get(id)?.request.workGroup;
  }

  workgroupOfNamedQuery(id: string): string | undefined {
    return this.#named.find(id)?.WorkGroup;
  }

  hasPreparedStatement(workGroup: string, name: string): boolean {
    return this.#prepared.sqlOf(workGroup, name) !== undefined;
  }

  /** Stops what still runs. */
  stop(): void {
    for (const execution of this.#executions.values()) execution.stop();
  }

  readonly #groupOperations: Operations = {
    CreateWorkGroup: ({ call: { parameters } }) => {
      this.#groups.create(parameters);
      this.#tags.put(requiredText(parameters, 'Name'), parameters['Tags']);
      return {};
    },
    UpdateWorkGroup: ({ call: { parameters } }) => {
      this.#groups.update(parameters);
      return {};
    },
    DeleteWorkGroup: ({ call: { parameters } }) => {
      const { name } = this.#groups.get(requiredText(parameters, 'WorkGroup'));
      const isEmpty = this.#named.isEmpty(name) && this.#prepared.isEmpty(name);
      if (!isEmpty && parameters['RecursiveDeleteOption'] !== true)
        throw invalidRequest(`WorkGroup ${name} is not empty`);
      this.#groups.delete(name);
      this.#named.deleteAll(name);
      this.#prepared.deleteAll(name);
      this.#tags.delete(name);
      return {};
    },
    GetWorkGroup: ({ call: { parameters } }) => ({
      WorkGroup: describeWorkGroup(this.#groups.get(requiredText(parameters, 'WorkGroup'))),
    }),
    ListWorkGroups: ({ call: { parameters } }) => {
      const { items, NextToken } = pageOf(this.#groups.list(), parameters, 1);
      return { WorkGroups: items.map(summarizeWorkGroup), NextToken };
    },
    ListEngineVersions: () => {
      const { EffectiveEngineVersion: version } = ENGINE_VERSION;
      return {
        EngineVersions: [ENGINE_VERSION, { SelectedEngineVersion: version, EffectiveEngineVersion: version }],
      };
    },
  };

  readonly #queryOperations: Operations = {
    StartQueryExecution: async (request) => ({ QueryExecutionId: await this.#start(request) }),
    GetQueryExecution: ({ call }) => ({ QueryExecution: this.#execution(call.parameters).describe() }),
    BatchGetQueryExecution: ({ call }) => {
      const ids = texts(call.parameters, 'QueryExecutionIds');
      return {
        QueryExecutions: ids.flatMap((id) => this.#executions.get(id)?.describe() ?? []),
        UnprocessedQueryExecutionIds: ids
          .filter((id) => !this.#executions.has(id))
          .map((id) => ({
            QueryExecutionId: id,
            ErrorCode: 'QUERY_EXECUTION_NOT_FOUND',
            ErrorMessage: `QueryExecution ${id} was not found`,
          })),
      };
    },
    ListQueryExecutions: ({ call }) => {
      const group = this.#groups.get(text(call.parameters, 'WorkGroup'));
      const all = [...this.#executions.values()].filter(({ request }) => request.workGroup === group.name);
      const { items, NextToken } = pageOf(all.map(({ request }) => request.id).reverse(), call.parameters);
      return { QueryExecutionIds: items, NextToken };
    },
    GetQueryRuntimeStatistics: ({ call }) => ({
      QueryRuntimeStatistics: this.#execution(call.parameters).describeRuntime(),
    }),
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

  #execution(parameters: Members): QueryExecution {
    const id = requiredText(parameters, 'QueryExecutionId');
    const execution = this.#executions.get(id);
    if (execution === undefined)
      throw invalidRequest(`QueryExecution ${id} was not found`, 'QUERY_EXECUTION_NOT_FOUND');
    return execution;
  }

  /** What is wrong is told in Athena's order: the token, the output location, the SQL, then whether the token is another query's. */
  async #start(request: ServiceCall): Promise<string> {
    const { call, caller } = request;
    const { engine, queue } = this.#engineFor(call.path);
    const { parameters } = call;
    const sql = queryString(parameters);
    checkToken(parameters);
    const group = this.#groups.get(text(parameters, 'WorkGroup'));
    const settings = this.#groups.settingsFor(group, record(parameters, 'ResultConfiguration'));
    const context = record(parameters, 'QueryExecutionContext');
    const catalog = text(context, 'Catalog');
    const values = texts(parameters, 'ExecutionParameters');
    const plan = planQuery(
      { sql, parameters: values, workGroup: group.name, catalog },
      engine,
      this.#prepared,
    );
    await checkSyntax(plan, engine);
    await this.#checkBucket(request, settings);
    // From here to the queue nothing waits, so that of two requests with one token the second finds the first.
    const repeated = this.#tokens.find(caller.role, parameters);
    if (repeated !== undefined) return repeated;
    const execution = new QueryExecution({
      id: randomUUID(),
      sql: sql.replace(/^[;\s]+|[;\s]+$/g, ''),
      parameters: values,
      database: text(context, 'Database'),
      catalog,
      workGroup: group.name,
      settings,
      resultReuse: record(parameters, 'ResultReuseConfiguration'),
      caller,
      plan,
    });
    this.#tokens.keep(caller.role, parameters, execution.request.id);
    this.#keep(execution);
    queue.add(() => execution.run(this.#options.endpoint(), this.#options.region));
    return execution.request.id;
  }

  /** Athena looks at the results bucket before it accepts a query: https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html */
  async #checkBucket({ caller }: ServiceCall, settings: EffectiveSettings): Promise<void> {
    const [bucket = ''] = settings.outputLocation.slice('s3://'.length).split('/');
    const refused = invalidRequest(`Unable to verify/create output bucket ${bucket}`);
    if ((settings.bucketOwner ?? this.#options.account) !== this.#options.account) throw refused;
    const store = new ResultStore(this.#options.endpoint(), this.#options.region, caller.credentials);
    try {
      await store.findBucket(bucket);
    } catch {
      throw refused;
    } finally {
      store.close();
    }
  }

  #keep(execution: QueryExecution): void {
    this.#executions.set(execution.request.id, execution);
    for (const [id, oldest] of this.#executions) {
      if (this.#executions.size <= MAX_EXECUTIONS_KEPT) break;
      if (oldest.state !== 'QUEUED' && oldest.state !== 'RUNNING') this.#executions.delete(id);
    }
  }

  #engineFor(path: string): RegisteredEngine {
    const registered = this.#engines.get(path.replace(/(?<=.)\/$/, ''));
    if (registered !== undefined) return registered;
    const known = [...this.#engines.keys()].join(', ');
    throw invalidRequest(
      `No query engine is registered at ${path} of the local gateway: there is ${known || 'none yet'}`,
    );
  }

  async #results({ call: { parameters }, caller }: ServiceCall): Promise<unknown> {
    const execution = this.#execution(parameters);
    const size = pageSize(parameters);
    checkFinished(execution);
    const from = readToken(parameters, (token) => `Malformed nextPageToken ${token}`);
    const store = new ResultStore(this.#options.endpoint(), this.#options.region, caller.credentials);
    try {
      const { rows, total } = await execution.rows(from, from + size, store);
      return {
        UpdateCount: execution.updateCount,
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

function queryString(parameters: Members): string {
  const sql = requiredText(parameters, 'QueryString');
  if (sql.trim() === '') throw invalidRequest('QueryString is empty');
  if (Buffer.byteLength(sql) > MAX_QUERY_BYTES)
    throw invalidRequest(`QueryString is longer than ${MAX_QUERY_BYTES} bytes`);
  return sql;
}

/** Athena refuses what it cannot parse when the query is started; all else that is wrong with it, when it runs. */
async function checkSyntax({ written }: QueryPlan, engine: AthenaEngine): Promise<void> {
  if (written === undefined || engine.parse === undefined) return;
  try {
    await engine.parse(written);
  } catch (error) {
    const { athenaErrorName, message } = error as AthenaQueryFailure;
    if (athenaErrorName === 'SYNTAX_ERROR')
      throw invalidRequest(message.replace(/^SYNTAX_ERROR: /, ''), 'MALFORMED_QUERY');
  }
}

function checkFinished({ state }: QueryExecution): void {
  if (state === 'SUCCEEDED') return;
  if (state === 'CANCELLED') throw invalidRequest('Could not find results', 'RESULT_NOT_FOUND');
  throw invalidRequest(
    state === 'FAILED'
      ? 'Query did not finish successfully. Final query state: FAILED'
      : `Query has not yet finished. Current state: ${state}`,
    'INVALID_QUERY_EXECUTION_STATE',
  );
}

function pageSize(parameters: Members): number {
  const bounds = { least: 1, most: Number.MAX_SAFE_INTEGER, otherwise: MAX_PAGE_ROWS };
  const asked = boundedCount(parameters, 'MaxResults', bounds);
  if (asked > MAX_PAGE_ROWS)
    throw invalidRequest(`MaxResults is more than maximum allowed length ${MAX_PAGE_ROWS}`);
  return asked;
}
