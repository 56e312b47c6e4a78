/** One query on its way through Athena's states: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionStatus.html */
import { epochSeconds } from '../http/answer.ts';
import type { Caller } from '../identity.ts';
import type { AthenaColumn, AthenaEngine, AthenaQueryFailure, AthenaQueryResult } from '../types.ts';
import { bindParameters } from './execution-parameters.ts';
import type { ResultRow } from './result-csv.ts';
import { type ResultPlace, ResultStore, type StoredResult } from './result-store.ts';
import type { EffectiveSettings } from './workgroups.ts';

export type QueryState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface QueryRequest {
  readonly id: string;
  readonly sql: string;
  /** ExecutionParameters: literals for the `?` of the statement. */
  readonly parameters: readonly string[];
  readonly database: string | undefined;
  readonly catalog: string | undefined;
  readonly workGroup: string;
  readonly settings: EffectiveSettings;
  readonly caller: Caller;
}

/** Rows of DDL and utility statements, which are few and have no header. */
const MAX_TEXT_ROWS = 100_000;

export class QueryExecution {
  readonly request: QueryRequest;
  readonly #abort = new AbortController();
  readonly #submittedAt = new Date();
  #state: QueryState = 'QUEUED';
  #reason: string | undefined;
  #error: Readonly<Record<string, unknown>> | undefined;
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

  get columns(): readonly AthenaColumn[] {
    return this.#result?.columns ?? [];
  }

  get statementType(): 'DML' | 'DDL' | 'UTILITY' {
    return this.#result?.statementType ?? 'DML';
  }

  get outputLocation(): string {
    const extension = this.statementType === 'DML' ? 'csv' : 'txt';
    return `${this.request.settings.outputLocation}${this.request.id}.${extension}`;
  }

  /** Runs to a final state; never rejects. A query that was stopped while queued stays stopped. */
  async run(engine: AthenaEngine, endpoint: string, region: string): Promise<void> {
    if (this.#state !== 'QUEUED') return;
    this.#state = 'RUNNING';
    this.#startedAt = new Date();
    const { sql, parameters, database, settings, caller } = this.request;
    const store = new ResultStore(endpoint, region, caller.credentials);
    try {
      this.#result = await engine.execute({
        sql: bindParameters(sql, parameters),
        credentials: caller.credentials,
        endpoint,
        region,
        signal: this.#abort.signal,
        ...(database === undefined ? {} : { database }),
        ...(settings.scanCutoffBytes === undefined ? {} : { maxScanBytes: settings.scanCutoffBytes }),
      });
      await this.#keep(this.#result, store);
      this.#finish('SUCCEEDED');
    } catch (error) {
      this.#fail(error as AthenaQueryFailure);
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
    const { encryption } = this.request.settings;
    const place: ResultPlace = { bucket, key, encryption, contentType: 'application/octet-stream' };
    const rows = abortable(result.rows, this.#abort.signal);
    try {
      if (this.statementType === 'DML') {
        const header = result.columns.map(({ name }) => name);
        this.#stored = await store.write(place, withHeader(header, rows), this.#abort.signal);
        return;
      }
      const text: ResultRow[] = [];
      for await (const batch of rows) {
        text.push(...batch);
        if (text.length > MAX_TEXT_ROWS)
          throw new Error(`more than ${MAX_TEXT_ROWS} rows in the answer of a utility statement`);
      }
      this.#text = text;
      await store.writeText(
        place,
        text.map((row) => `${row.map((value) => value ?? '').join('\t')}\n`).join(''),
      );
    } catch (error) {
      if ((error as Error).name === 'AccessDenied')
        throw new Error(
          `Access denied when writing output to url: ${this.outputLocation} . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key. (${(error as Error).message})`,
          { cause: error },
        );
      throw error;
    }
  }

  #fail(error: AthenaQueryFailure): void {
    if (this.#completedAt !== undefined) return;
    this.#reason = error.message;
    const state = error.athenaState ?? 'FAILED';
    if (state === 'FAILED')
      this.#error = {
        ErrorCategory: error.athenaErrorCategory ?? 2,
        ErrorType: 1000,
        Retryable: false,
        ErrorMessage: error.message,
      };
    this.#finish(state);
  }

  #finish(state: QueryState): void {
    if (this.#completedAt !== undefined) return;
    this.#state = state;
    this.#completedAt = new Date();
  }

  /** https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html */
  describe(): Readonly<Record<string, unknown>> {
    const { id, sql, parameters, database, catalog, workGroup, settings } = this.request;
    const end = (this.#completedAt ?? new Date()).getTime();
    const started = this.#startedAt?.getTime() ?? end;
    return {
      QueryExecutionId: id,
      Query: sql,
      ...(parameters.length === 0 ? {} : { ExecutionParameters: parameters }),
      StatementType: this.statementType,
      ResultConfiguration: {
        OutputLocation: this.outputLocation,
        ...(settings.encryption === undefined ? {} : { EncryptionConfiguration: settings.encryption }),
      },
      QueryExecutionContext: { Database: database, Catalog: catalog?.toLowerCase() },
      Status: {
        State: this.#state,
        StateChangeReason: this.#reason,
        SubmissionDateTime: epochSeconds(this.#submittedAt),
        ...(this.#completedAt === undefined ? {} : { CompletionDateTime: epochSeconds(this.#completedAt) }),
        ...(this.#error === undefined ? {} : { AthenaError: this.#error }),
      },
      Statistics: {
        EngineExecutionTimeInMillis: Math.max(0, end - started),
        DataScannedInBytes: this.#result?.scannedBytes ?? 0,
        TotalExecutionTimeInMillis: end - this.#submittedAt.getTime(),
        QueryQueueTimeInMillis: Math.max(0, started - this.#submittedAt.getTime()),
        ServiceProcessingTimeInMillis: 0,
        ResultReuseInformation: { ReusedPreviousResult: false },
      },
      WorkGroup: workGroup,
      EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    };
  }
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
