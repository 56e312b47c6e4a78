/** One query on its way through Athena's states: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionStatus.html */
import { epochSeconds } from '../http/answer.ts';
import type { Caller } from '../identity.ts';
import type { AthenaQueryFailure, AthenaQueryResult } from '../types.ts';
import { errorClassOf } from './error-classes.ts';
import { bindParameters } from './execution-parameters.ts';
import type { Members } from './members.ts';
import type { QueryPlan } from './query-plan.ts';
import type { ResultRow } from './result-csv.ts';
import { renderMetadata } from './result-metadata.ts';
import { columnInfos } from './result-set.ts';
import { type ResultPlace, ResultStore, type StoredResult } from './result-store.ts';
import type { StatementKind, StatementType } from './statement-kind.ts';
import { type EffectiveSettings, ENGINE_VERSION } from './workgroups.ts';

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface QueryRequest {
  readonly id: string;
  /** As GetQueryExecution shows it. */
  readonly sql: string;
  /** ExecutionParameters. */
  readonly parameters: readonly string[];
  readonly database: string | undefined;
  readonly catalog: string | undefined;
  readonly workGroup: string;
  readonly settings: EffectiveSettings;
  /** ResultReuseConfiguration: told again, and nothing more, for no result is used twice. */
  readonly resultReuse: Members;
  readonly caller: Caller;
  readonly plan: QueryPlan;
}

/** Rows of DDL and utility statements, which are few and have no header. */
const MAX_TEXT_ROWS = 100_000;

/** What a text is written as; the JDBC driver takes either. */
const CONTENT_TYPE = 'application/octet-stream';

export class QueryExecution {
  readonly request: QueryRequest;
  readonly #abort = new AbortController();
  readonly #submittedAt = new Date();
  #state: QueryState = 'QUEUED';
  #reason: string | undefined;
  #error: Members | undefined;
  #startedAt: Date | undefined;
  #completedAt: Date | undefined;
  #result: AthenaQueryResult | undefined;
  #stored: StoredResult | undefined;
  #text: readonly ResultRow[] | undefined;

  constructor(request: QueryRequest) {
    this.request = request;
  }

  get state(): QueryState {
    return this.#state;
  }

  /** ColumnInfo of the result. */
  get columns(): readonly Members[] {
    return columnInfos(this.#result?.columns ?? [], this.#kind);
  }

  /** Undefined where Athena tells none. */
  get updateCount(): number | undefined {
    return this.#isTable || this.statementType === 'UTILITY' ? 0 : undefined;
  }

  get statementType(): StatementType {
    return this.#kind?.type ?? this.#result?.statementType ?? 'DML';
  }

  get outputLocation(): string {
    return `${this.request.settings.outputLocation}${this.request.id}.${this.#isTable ? 'csv' : 'txt'}`;
  }

  get #kind(): StatementKind | undefined {
    return this.request.plan.kind;
  }

  /** Whether the result is a CSV file with a head. What EXPLAIN answers is text. */
  get #isTable(): boolean {
    return this.statementType === 'DML' && this.#kind?.subtype !== 'EXPLAIN';
  }

  /** Runs to a final state; never rejects. A query that was stopped while queued stays stopped. */
  async run(endpoint: string, region: string): Promise<void> {
    if (this.#state !== 'QUEUED') return;
    this.#state = 'RUNNING';
    this.#startedAt = new Date();
    const { plan, database, settings, caller } = this.request;
    const store = new ResultStore(endpoint, region, caller.credentials);
    let retell = (message: string): string => message;
    try {
      const bound = bindParameters(plan.sql, plan.values);
      ({ retell } = bound);
      this.#result = await plan.execute({
        sql: bound.sql,
        credentials: caller.credentials,
        endpoint,
        region,
        signal: this.#abort.signal,
        ...(database === undefined ? {} : { database: unquoted(database) }),
        ...(settings.scanCutoffBytes === undefined ? {} : { maxScanBytes: settings.scanCutoffBytes }),
      });
      await this.#keep(this.#result, store);
      this.#finish('SUCCEEDED');
    } catch (error) {
      this.#fail(error as AthenaQueryFailure, retell);
    } finally {
      store.close();
    }
  }

  /** Stops it unless it has finished: https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html */
  stop(): void {
    if (this.#state !== 'QUEUED' && this.#state !== 'RUNNING') return;
    this.#reason = 'Query cancelled by user';
    this.#finish('CANCELLED');
    this.#abort.abort(new Error('Query cancelled by user'));
  }

  /** Rows [from, to) of the answer, the header being row 0 of a DML result; and how many there are. */
  async rows(
    from: number,
    to: number,
    store: ResultStore,
  ): Promise<{ rows: readonly ResultRow[]; total: number }> {
    if (this.#text !== undefined) return { rows: this.#text.slice(from, to), total: this.#text.length };
    if (this.#stored === undefined) return { rows: [], total: 0 };
    return { rows: await store.read(this.#stored, from, to), total: this.#stored.rows };
  }

  async #keep(result: AthenaQueryResult, store: ResultStore): Promise<void> {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(this.outputLocation) ?? [];
    const { encryption, isOwnedByBucket } = this.request.settings;
    const place: ResultPlace = { bucket, key, encryption, isOwnedByBucket, contentType: CONTENT_TYPE };
    const rows = abortable(result.rows, this.#abort.signal);
    try {
      if (this.#isTable) {
        const header = result.columns.map(({ name }) => name);
        this.#stored = await store.write(place, withHeader(header, rows), this.#abort.signal);
      } else {
        const lines = await linesOf(rows);
        await store.put(place, lines.join('\n'));
        const isExplain = this.statementType === 'DML';
        this.#text = [...(isExplain ? result.columns.map(({ name }) => name) : []), ...lines].map((line) => [
          line,
        ]);
      }
      if (result.columns.length > 0)
        await store.put({ ...place, key: `${key}.metadata` }, renderMetadata(this.request.id, this.columns));
    } catch (error) {
      throw (error as Error).name === 'AccessDenied'
        ? deniedOutput(this.outputLocation, error as Error)
        : error;
    }
  }

  #fail(error: AthenaQueryFailure, retell: (message: string) => string): void {
    if (this.#completedAt !== undefined) return;
    const state = error.athenaState ?? 'FAILED';
    const message = retell(error.message);
    if (state === 'CANCELLED') {
      // Of a query that Athena cancels it tells the reason alone: https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html
      const prefix = `${error.athenaErrorName ?? ''}: `;
      this.#reason = message.startsWith(prefix) ? message.slice(prefix.length) : message;
    } else {
      const { category, type, isRetryable } = errorClassOf(error);
      this.#reason = message;
      this.#error = {
        ErrorCategory: category,
        ErrorType: type,
        Retryable: isRetryable,
        ErrorMessage: message,
      };
    }
    this.#finish(state);
  }

  #finish(state: QueryState): void {
    if (this.#completedAt !== undefined) return;
    this.#state = state;
    this.#completedAt = new Date();
  }

  /** https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html */
  describe(): Members {
    const { id, sql, parameters, database, catalog, workGroup, settings, resultReuse } = this.request;
    return {
      QueryExecutionId: id,
      Query: sql,
      ...(parameters.length === 0 ? {} : { ExecutionParameters: parameters }),
      StatementType: this.statementType,
      SubstatementType: this.#kind?.subtype,
      ResultConfiguration: { OutputLocation: this.outputLocation, ...settings.shown },
      ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false }, ...resultReuse },
      QueryExecutionContext: { Database: database, Catalog: catalog?.toLowerCase() },
      Status: {
        State: this.#state,
        StateChangeReason: this.#reason,
        SubmissionDateTime: epochSeconds(this.#submittedAt),
        ...(this.#completedAt === undefined ? {} : { CompletionDateTime: epochSeconds(this.#completedAt) }),
        ...(this.#error === undefined ? {} : { AthenaError: this.#error }),
      },
      Statistics: {
        ...this.#timeline(),
        DataScannedInBytes: this.#result?.scannedBytes ?? 0,
        ResultReuseInformation: { ReusedPreviousResult: false },
      },
      WorkGroup: workGroup,
      EngineVersion: ENGINE_VERSION,
    };
  }

  /** https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryRuntimeStatistics.html, without the stages of a plan. */
  describeRuntime(): Members {
    const rows = this.#stored === undefined ? (this.#text?.length ?? 0) : this.#stored.rows - 1;
    return {
      Timeline: this.#timeline(),
      Rows: {
        InputBytes: this.#result?.scannedBytes ?? 0,
        OutputRows: rows,
        OutputBytes: this.#stored?.bytes ?? 0,
      },
    };
  }

  #timeline(): Members {
    const end = (this.#completedAt ?? new Date()).getTime();
    const started = this.#startedAt?.getTime() ?? end;
    const submitted = this.#submittedAt.getTime();
    return {
      EngineExecutionTimeInMillis: Math.max(0, end - started),
      TotalExecutionTimeInMillis: end - submitted,
      QueryQueueTimeInMillis: Math.max(0, started - submitted),
      ServicePreProcessingTimeInMillis: 0,
      ServiceProcessingTimeInMillis: 0,
    };
  }
}

/** awswrangler's describe_table quotes the database as Hive does. */
function unquoted(name: string): string {
  return name.replace(/^`(.*)`$/, '$1');
}

/** Athena hands a row of such a statement on as one text. */
async function linesOf(batches: AsyncIterable<readonly ResultRow[]>): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of batches) {
    lines.push(...batch.map((row) => row.map((value) => value ?? '').join('\t')));
    if (lines.length > MAX_TEXT_ROWS)
      throw new Error(`more than ${MAX_TEXT_ROWS} rows in the answer of a utility statement`);
  }
  return lines;
}

function deniedOutput(location: string, cause: Error): AthenaQueryFailure {
  const message = `Access denied when writing output to url: ${location} . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key. (${cause.message})`;
  return Object.assign(new Error(message, { cause }), { athenaErrorName: 'PERMISSION_DENIED' });
}

async function* withHeader(
  header: ResultRow,
  rows: AsyncIterable<readonly ResultRow[]>,
): AsyncGenerator<readonly ResultRow[]> {
  yield [header];
  yield* rows;
}

async function* abortable(
  rows: AsyncIterable<readonly ResultRow[]>,
  signal: AbortSignal,
): AsyncGenerator<readonly ResultRow[]> {
  for await (const batch of rows) {
    signal.throwIfAborted();
    yield batch;
  }
}
