import { TickerlakeError } from '../../core/errors.ts';
import type { CommandContext } from '../context.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import type { LakeClients } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { openRunningLake, withRunningLake } from '../lake/running-lake.ts';
import { LISTINGS } from '../produce/produce-into-lake.ts';
import { sizeOf, uploadFile } from '../produce/upload.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type FinishedWorkflowRun, followNewRun, listRuns } from './follow-workflow.ts';
import { type LoadedListing, readLoadedListing } from './loaded-listing.ts';

export interface ListingOptions {
  /** Without one, what is loaded is shown. */
  readonly file: string | undefined;
  readonly json: boolean;
}

/** `listing`: drops a file where listings are awaited and follows it into table nasdaq_listed, or shows what is there. */
export async function listing(context: CommandContext, { file, json }: ListingOptions): Promise<void> {
  const { terminal, signal } = context;
  if (file !== undefined) {
    await sizeOf(file);
    openRunningLake(context.env);
    await fetchEngine('spark', context);
  }
  const { run, loaded } = await withRunningLake(context, async (lake, clients) => ({
    run:
      file === undefined
        ? undefined
        : await new Progress(terminal).step('load listing', (report) =>
            dropListing(lake, clients, file, { signal, report }),
          ),
    loaded: await readLoadedListing(lake, clients, signal),
  }));
  if (json) terminal.print(JSON.stringify({ ...run, loaded: loaded ?? null }, undefined, 2));
  else printListing(terminal, loaded);
}

/**
 * Uploads a listing and waits until the workflow that it starts has ended.
 * @throws TickerlakeError JOB_FAILED with the words of the node that failed
 */
export async function dropListing(
  lake: LakeConnection,
  { glue, s3 }: Pick<LakeClients, 'glue' | 's3'>,
  file: string,
  { signal, report }: { readonly signal: AbortSignal; readonly report?: (text: string) => void },
): Promise<FinishedWorkflowRun> {
  const workflow = {
    glue,
    workflowName: outputOf(lake, 'jobs', 'ListingWorkflowName'),
    signal,
    ...(report === undefined ? {} : { report }),
  };
  const known = await listRuns(workflow);
  report?.(`uploading ${file}`);
  await uploadFile(s3, outputOf(lake, 'lake', 'LakeBucketName'), LISTINGS, file, signal);
  const run = await followNewRun(workflow, known);
  const job = outputOf(lake, 'jobs', 'LoadListingJobName');
  if (run.nodes.some(({ name }) => name === job)) return run;
  // A graph may leave out what never began.
  throw new TickerlakeError('JOB_FAILED', `workflow ${workflow.workflowName} ended without job ${job}`, {
    coordinates: { workflow: workflow.workflowName, runId: run.id },
    hint: 'whether its trigger is active: aws glue get-triggers',
  });
}

/** What is loaded: how many symbols, as of which day, and the first of them. */
export function printListing(terminal: Terminal, loaded: LoadedListing | undefined): void {
  if (loaded === undefined) {
    terminal.print('no listing is loaded: tickerlake listing <file> loads one');
    return;
  }
  const { rows, fileDate, columns, sample } = loaded;
  terminal.print(
    renderTable(
      terminal,
      columns.map((name) => ({ name })),
      sample,
      terminal.tableColumns,
    ),
  );
  terminal.print(
    `nasdaq_listed: ${rows.toLocaleString('en')} symbols, as of ${fileDate ?? 'an unknown day'}`,
  );
}
