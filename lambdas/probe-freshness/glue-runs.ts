import { GetJobRunsCommand, GetTableCommand, type GlueClient, type JobRun } from '@aws-sdk/client-glue';
import { TickerlakeError } from '../../core/errors.ts';
import type { CompactionRuns } from './ports.ts';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html allows 200. */
const RUNS_A_PAGE = 50;

/** What Glue knows of compaction. Its runs come newest first. */
export function createGlueRuns(glue: GlueClient): CompactionRuns {
  return {
    async lastSuccesses(job, topics) {
      const found = new Map<string, number>();
      let NextToken: string | undefined;
      do {
        const page = await glue
          .send(new GetJobRunsCommand({ JobName: job, MaxResults: RUNS_A_PAGE, NextToken }))
          .catch((cause: unknown) => {
            throw unavailable(`list the runs of job ${job}`, { job }, cause);
          });
        for (const { topic, completedMs } of (page.JobRuns ?? []).flatMap(successOf)) {
          const known = found.get(topic);
          if (known === undefined || known < completedMs) found.set(topic, completedMs);
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined && topics.some((topic) => !found.has(topic)));
      return found;
    },
    async tableCreatedAt(database, table) {
      try {
        const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
        if (Table?.CreateTime !== undefined) return Table.CreateTime.getTime();
      } catch (error) {
        throw unavailable(`describe table ${database}.${table}`, { database, table }, error);
      }
      throw unavailable(`say when table ${database}.${table} was made`, { database, table });
    },
  };
}

/** A run says which topic it worked for: each schedule and each command does. */
function successOf({
  JobRunState,
  CompletedOn,
  Arguments,
}: JobRun): { topic: string; completedMs: number }[] {
  const topic = Arguments?.['--topic'];
  if (JobRunState !== 'SUCCEEDED' || CompletedOn === undefined || topic === undefined) return [];
  return [{ topic, completedMs: CompletedOn.getTime() }];
}

function unavailable(what: string, coordinates: Record<string, string>, cause?: unknown): TickerlakeError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new TickerlakeError('CATALOG_UNAVAILABLE', `Glue cannot ${what}${why}`, { coordinates, cause });
}
