import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { TickerlakeError } from '../../core/errors.ts';
import type { Queries } from './ports.ts';

export interface AthenaPlace {
  readonly workgroup: string;
  readonly database: string;
}

/** Athena answers no statement in less than some hundred milliseconds. */
const POLL_MS = 250;

/** Statements through a workgroup; where the result goes and what a scan may cost is the workgroup's to say. */
export function createAthenaQueries(athena: AthenaClient, { workgroup, database }: AthenaPlace): Queries {
  const coordinates = { workgroup, database };
  const failed = (message: string, cause?: unknown): TickerlakeError =>
    new TickerlakeError('QUERY_FAILED', message, {
      coordinates,
      cause,
      hint: `look at the query's history in workgroup ${workgroup}`,
    });

  const start = async (sql: string): Promise<string> => {
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
      }),
    );
    if (QueryExecutionId === undefined) throw failed('Athena gave the query no id');
    return QueryExecutionId;
  };

  const finished = async (id: string, deadlineMs: number): Promise<QueryExecution> => {
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      const state = QueryExecution?.Status?.State;
      if (state === 'SUCCEEDED') return QueryExecution ?? {};
      if (state === 'FAILED' || state === 'CANCELLED')
        throw failed(QueryExecution?.Status?.StateChangeReason ?? `the query is ${state.toLowerCase()}`);
      if (performance.now() >= deadlineMs) {
        // Those of the next probes would queue behind it.
        await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => undefined);
        throw new TickerlakeError(
          'WAIT_TIMED_OUT',
          `the query is still ${state?.toLowerCase() ?? 'unknown'}`,
          {
            coordinates: { ...coordinates, queryExecutionId: id },
            hint: 'see whether compaction runs: many small files make queries slow',
          },
        );
      }
      await sleep(POLL_MS);
    }
  };

  return {
    async ask(sql, patienceMs) {
      const deadlineMs = performance.now() + patienceMs;
      try {
        const id = await start(sql);
        const { Statistics } = await finished(id, deadlineMs);
        const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
        const rows = (ResultSet?.Rows ?? []).map(({ Data = [] }) =>
          Data.map(({ VarCharValue }) => VarCharValue ?? null),
        );
        // The first row is that of the names.
        return { rows: rows.slice(1), scannedBytes: Statistics?.DataScannedInBytes ?? 0 };
      } catch (error) {
        if (error instanceof TickerlakeError) throw error;
        throw failed(`Athena refused: ${error instanceof Error ? error.message : String(error)}`, error);
      }
    },
  };
}
