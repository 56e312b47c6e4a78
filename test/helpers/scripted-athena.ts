/** The gateway's Athena API over an engine that answers what the tests tell it. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
} from '@aws-sdk/client-athena';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AthenaQuery, AthenaQueryFailure, AthenaQueryResult } from '../../local/gateway/index.ts';
import { ACCOUNT, type ClientOptions, REGION, startTestEndpoint, type TestEndpoint } from './aws-endpoint.ts';

export const WORKGROUP = 'analysts';
export const WORKGROUP_ARN = `arn:aws:athena:${REGION}:${ACCOUNT}:workgroup/${WORKGROUP}`;

type Ending = (query: AthenaQuery) => Promise<AthenaQueryResult>;

/** A failure as an engine throws it. */
export function engineFailure(name: string, message: string): AthenaQueryFailure {
  return Object.assign(new Error(`${name}: ${message}`), { athenaErrorName: name });
}

export class ScriptedAthena {
  readonly endpoint: TestEndpoint;
  /** Of the operator. */
  readonly client: AthenaClient;
  /** Queries that reached the engine, oldest first. */
  readonly seen: AthenaQuery[] = [];
  /** Texts that the engine cannot parse, and what it says of them. */
  readonly unparsable = new Map<string, string>();
  readonly #endings = new Map<string, Ending>();

  private constructor(endpoint: TestEndpoint) {
    this.endpoint = endpoint;
    this.client = new AthenaClient(endpoint.as());
    endpoint.gateway.registerAthena({
      close: () => Promise.resolve(),
      parse: (sql) => {
        const message = this.unparsable.get(sql);
        return message === undefined
          ? Promise.resolve()
          : Promise.reject(engineFailure('SYNTAX_ERROR', message));
      },
      execute: (query) => {
        this.seen.push(query);
        return (this.#endings.get(query.sql) ?? answering([['1']]))(query);
      },
    });
  }

  /** With bucket `results` and a workgroup that writes there, below analysts/. */
  static async start(): Promise<ScriptedAthena> {
    const athena = new ScriptedAthena(await startTestEndpoint());
    await new S3Client(athena.endpoint.as()).send(new CreateBucketCommand({ Bucket: 'results' }));
    await athena.client.send(
      new CreateWorkGroupCommand({
        Name: WORKGROUP,
        Configuration: {
          EnforceWorkGroupConfiguration: true,
          BytesScannedCutoffPerQuery: 10_000_000,
          ResultConfiguration: { OutputLocation: 's3://results/analysts/' },
        },
      }),
    );
    return athena;
  }

  /** What the engine does with the statement. */
  when(sql: string, ending: Ending): void {
    this.#endings.set(sql, ending);
  }

  as(name: string, statements: Parameters<TestEndpoint['role']>[1]): ClientOptions {
    return this.endpoint.role(name, statements);
  }

  /** Starts a query in the workgroup and waits for its end. */
  async run(
    sql: string,
    {
      client = this.client,
      ...more
    }: Partial<StartQueryExecutionCommandInput> & { client?: AthenaClient } = {},
  ): Promise<QueryExecution> {
    const { QueryExecutionId } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: WORKGROUP,
        QueryExecutionContext: { Database: 'lake' },
        ...more,
      }),
    );
    return this.finished(QueryExecutionId, client);
  }

  async finished(QueryExecutionId: string | undefined, client = this.client): Promise<QueryExecution> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const state = QueryExecution?.Status?.State;
      if (QueryExecution !== undefined && state !== 'QUEUED' && state !== 'RUNNING') return QueryExecution;
      if (Date.now() > deadline) throw new Error(`still ${String(state)}`);
    }
  }

  /** The bytes of a result's object, or undefined where there is none. */
  async object(key: string): Promise<Buffer | undefined> {
    const s3 = new S3Client(this.endpoint.as());
    const got = await s3.send(new GetObjectCommand({ Bucket: 'results', Key: key })).catch(() => undefined);
    const bytes = await got?.Body?.transformToByteArray();
    return bytes && Buffer.from(bytes);
  }

  async stop(): Promise<void> {
    await this.endpoint.stop();
  }
}

/** An ending with these rows, of columns c0, c1, … of texts unless more is said. */
export function answering(
  rows: readonly (readonly (string | null)[])[],
  more: Partial<AthenaQueryResult> = {},
): Ending {
  return () =>
    Promise.resolve({
      columns: (rows[0] ?? []).map((_, index) => ({ name: `c${index}`, type: 'varchar' })),
      rows: (async function* () {
        yield await Promise.resolve(rows);
      })(),
      scannedBytes: 1234,
      ...more,
    });
}
