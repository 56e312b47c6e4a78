/** What a fault of compaction needs: runs of the job to break, what they made to look at, and files to expire. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetJobRunCommand,
  GetTableCommand,
  StartJobRunCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { type HistoryState, readHistory } from '../../cli/history/read-history.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { qualityRulesetName, tableNames } from '../../core/names.ts';
import type { RequestMatch, SeenRequest } from '../../local/gateway/index.ts';
import { until } from '../helpers/until.ts';
import { queryRows } from './evidence.ts';
import type { FaultStand } from './stand.ts';

/** A run takes half a minute where nothing else goes on; the machine may be busy. */
export const JOB_DEADLINE_MS = 600_000;

/** A run of the job compact on topic quotes. */
export class CompactRun {
  readonly id: string;
  readonly #stand: FaultStand;

  private constructor(stand: FaultStand, id: string) {
    this.#stand = stand;
    this.id = id;
  }

  static async start(stand: FaultStand): Promise<CompactRun> {
    const { lake, clients, topic } = stand;
    const { JobRunId: id = '' } = await clients.glue.send(
      new StartJobRunCommand({
        JobName: outputOf(lake, 'jobs', 'CompactJobName'),
        Arguments: { '--topic': topic, '--quality_ruleset': qualityRulesetName(lake.stage, topic) },
      }),
    );
    return new CompactRun(stand, id);
  }

  /** As a machine that breaks would end it: by the processes of this run alone. */
  kill(): void {
    this.#stand.lake.jobs.kill(this.id);
  }

  /** Waits for its end, which must be this one. */
  async mustEnd(as: 'SUCCEEDED' | 'FAILED'): Promise<void> {
    const { lake, clients } = this.#stand;
    const JobName = outputOf(lake, 'jobs', 'CompactJobName');
    const run = await until(
      `run ${this.id} of ${JobName} to end`,
      async () => {
        const { JobRun } = await clients.glue.send(new GetJobRunCommand({ JobName, RunId: this.id }));
        return ['SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT'].includes(JobRun?.JobRunState ?? '')
          ? JobRun
          : undefined;
      },
      JOB_DEADLINE_MS,
    );
    assert.equal(run.JobRunState, as, run.ErrorMessage);
  }
}

/** One run from start to its good end. */
export async function compact(stand: FaultStand): Promise<void> {
  const run = await CompactRun.start(stand);
  await run.mustEnd('SUCCEEDED');
}

/** Requests of compaction's runs. https://docs.aws.amazon.com/glue/latest/dg/monitor-cloudtrail.html has their sessions' names. */
export function requestOfRun(
  operation: string,
  is: (request: SeenRequest) => boolean = () => true,
): RequestMatch {
  return (request) =>
    request.session.startsWith('GlueJobRunnerSession-') && request.operation === operation && is(request);
}

/** A commit to history is an update of its table in the Glue catalog: https://iceberg.apache.org/docs/1.10.0/aws/#glue-catalog */
export const commitsOfRuns = requestOfRun('UpdateTable');

/** Undefined until there is a table. */
export function historyOf({ lake, clients, topic }: FaultStand): Promise<HistoryState | undefined> {
  return readHistory(clients.glue, clients.s3, {
    database: outputOf(lake, 'lake', 'DatabaseName'),
    table: tableNames(topic).history,
  });
}

/** Rows of history's newest snapshot. */
export async function historyRows(stand: FaultStand): Promise<number> {
  return (await historyOf(stand))?.rows ?? 0;
}

/** What history holds, each row of it once. */
export async function checkHistory(stand: FaultStand): Promise<void> {
  const coordinates = '(log_id, kafka_partition, kafka_offset)';
  const sql = `SELECT count(*), count(DISTINCT ${coordinates}) FROM ${tableNames(stand.topic).history}`;
  const [[rows, distinct] = []] = await queryRows(stand, sql);
  assert.equal(distinct, rows, 'history holds a row twice');
}

/** Changes nothing of history's table but its version, as somebody else's commit does. */
export async function touchHistory({ lake, clients, topic }: FaultStand): Promise<void> {
  const names = { DatabaseName: outputOf(lake, 'lake', 'DatabaseName'), Name: tableNames(topic).history };
  const { Table: table } = await clients.glue.send(new GetTableCommand(names));
  assert.ok(table);
  const { Name, TableType, Parameters, PartitionKeys, StorageDescriptor } = table;
  const TableInput = { Name, TableType, Parameters, PartitionKeys, StorageDescriptor };
  await clients.glue.send(new UpdateTableCommand({ DatabaseName: names.DatabaseName, TableInput }));
}

/** What runs log from now on. */
export class CompactLines {
  readonly #file: string;
  readonly #from: number;

  constructor({ lake }: FaultStand) {
    this.#file = join(lake.logsDir, 'compact.log');
    this.#from = existsSync(this.#file) ? statSync(this.#file).size : 0;
  }

  read(): readonly string[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file).subarray(this.#from).toString().split('\n');
  }

  count(text: string): number {
    return this.read().filter((line) => line.includes(text)).length;
  }
}
