/** The SQL page's queries: plain calls of Athena's API. */
import {
  GetQueryExecutionCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { EngineName, QueryRequest, QueryRows, QueryState } from '../../../console/api.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { DIALECT_HINT, readResult, sqlLiteral } from '../../athena/run-query.ts';
import { outputOf } from '../../lake/connection.ts';
import type { ConsoleContext } from '../context.ts';
import { athenaUsd } from './athena-price.ts';

export class Queries {
  private readonly context: ConsoleContext;
  /** Which engine has a query, by its id: each engine knows its own. */
  private readonly engines = new Map<string, EngineName>();

  constructor(context: ConsoleContext) {
    this.context = context;
  }

  /** @throws InvalidRequestException of Athena for SQL that it cannot parse */
  async start({ sql, parameters = [], engine = 'duckdb' }: QueryRequest): Promise<QueryState> {
    const { lake } = this.context;
    const { QueryExecutionId: id = '' } = await this.athena(engine).send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
        QueryExecutionContext: { Database: outputOf(lake, 'lake', 'DatabaseName') },
        ...(parameters.length > 0 ? { ExecutionParameters: parameters.map(sqlLiteral) } : {}),
      }),
    );
    this.engines.set(id, engine);
    return this.state(id);
  }

  async state(id: string): Promise<QueryState> {
    const engine = this.engineOf(id);
    const execution = await this.execution(id);
    const { State: state = 'QUEUED', StateChangeReason: problem } = execution.Status ?? {};
    const scannedBytes = execution.Statistics?.DataScannedInBytes ?? 0;
    return {
      id,
      state,
      engine,
      ...(state === 'FAILED' && problem !== undefined ? { problem, hint: DIALECT_HINT } : {}),
      engineMs: execution.Statistics?.EngineExecutionTimeInMillis ?? 0,
      scannedBytes,
      athenaUsd: athenaUsd(execution.StatementType, state, scannedBytes),
    };
  }

  async stop(id: string): Promise<QueryState> {
    await this.athena(this.engineOf(id)).send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    return this.state(id);
  }

  async rows(id: string, limit: number): Promise<QueryRows> {
    const rows: (readonly (string | null)[])[] = [];
    let columns: QueryRows['columns'] = [];
    for await (const page of readResult(this.athena(this.engineOf(id)), id)) {
      columns = page.columns;
      rows.push(...page.rows);
      if (rows.length > limit) break;
    }
    return { columns, rows: rows.slice(0, limit), isCut: rows.length > limit };
  }

  /** The result file as Athena wrote it. */
  async csv(id: string): Promise<ReadableStream> {
    const location = (await this.execution(id)).ResultConfiguration?.OutputLocation ?? '';
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
    if (bucket === undefined || !location.endsWith('.csv')) {
      throw new TickerlakeError('USAGE', 'this query has no CSV result', {
        hint: 'run a SELECT and let it succeed',
      });
    }
    const { Body: body } = await this.context.clients.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
    );
    if (body === undefined) throw new TickerlakeError('OBJECT_NOT_FOUND', 'the result is gone');
    return body.transformToWebStream();
  }

  private async execution(id: string): Promise<QueryExecution> {
    const { QueryExecution: execution } = await this.athena(this.engineOf(id)).send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    if (execution !== undefined) return execution;
    throw new TickerlakeError('USAGE', `there is no query ${id}`);
  }

  private engineOf(id: string): EngineName {
    const engine = this.engines.get(id);
    if (engine !== undefined) return engine;
    throw new TickerlakeError('USAGE', `the console has started no query ${id}`, { hint: 'run it again' });
  }

  private athena(engine: EngineName) {
    return this.context.clients.athenaOn(engine);
  }
}
