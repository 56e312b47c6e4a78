/** Follows a Glue workflow's run, node by node: https://docs.aws.amazon.com/glue/latest/dg/running_monitoring_workflow.html */
import {
  GetCrawlerCommand,
  GetJobRunCommand,
  GetTriggersCommand,
  GetWorkflowRunCommand,
  GetWorkflowRunsCommand,
  type GlueClient,
  type Node,
  type WorkflowRun,
} from '@aws-sdk/client-glue';
import { TickerlakeError } from '../../core/errors.ts';
import { waitUntil } from '../wait-until.ts';

export interface WorkflowRequest {
  readonly glue: GlueClient;
  readonly workflowName: string;
  readonly signal: AbortSignal;
  readonly report?: (text: string) => void;
  /** @default 1 s */
  readonly pollMs?: number;
  /** How long beyond the trigger's window a run may take to begin. @default 60 s */
  readonly startMs?: number;
}

/** A crawler or job of a run. */
export interface NodeRun {
  /** Of a job's run. */
  readonly runId?: string;
  readonly kind: 'crawler' | 'job';
  readonly name: string;
  /** Glue's own word; null while it has not begun. */
  readonly state: string | null;
  readonly error?: string;
}

export interface FinishedWorkflowRun {
  readonly id: string;
  readonly nodes: readonly NodeRun[];
}

const POLL_MS = 1000;
const START_MS = 60_000;
/** The most that a trigger may wait, and what it waits where it names no window: API_EventBatchingCondition. */
const LONGEST_WINDOW_SECONDS = 900;

/** Runs that there are already: one that begins later is none of them. */
export async function listRuns({
  glue,
  workflowName,
}: Pick<WorkflowRequest, 'glue' | 'workflowName'>): Promise<ReadonlySet<string>> {
  const { Runs: runs = [] } = await glue.send(new GetWorkflowRunsCommand({ Name: workflowName }));
  return new Set(runs.map(({ WorkflowRunId: id = '' }) => id));
}

/**
 * Waits for a run that is not known yet to begin, then for its end.
 * @throws TickerlakeError WAIT_TIMED_OUT where none begins; JOB_FAILED with the words of the node that failed
 */
export async function followNewRun(
  request: WorkflowRequest,
  known: ReadonlySet<string>,
): Promise<FinishedWorkflowRun> {
  const { glue, workflowName, signal, report, pollMs = POLL_MS } = request;
  const id = await waitForStart(request, known);
  return waitUntil({
    signal,
    pollMs,
    // Crawlers and jobs have their own time-outs.
    standstillMs: Number.POSITIVE_INFINITY,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      const { Run: run } = await glue.send(
        new GetWorkflowRunCommand({ Name: workflowName, RunId: id, IncludeGraph: true }),
      );
      const nodes = nodesOf(run);
      if (run?.Status === undefined || run.Status === 'RUNNING' || run.Status === 'STOPPING') {
        return { done: false, mark: 0, waitingFor: describeNodes(nodes) };
      }
      report?.(describeNodes(nodes));
      await refuseFailed(glue, workflowName, run, nodes);
      return { done: true, value: { id, nodes } };
    },
    explain: (waitingFor) => Promise.resolve({ message: waitingFor, hint: 'tickerlake status' }),
  });
}

async function waitForStart(request: WorkflowRequest, known: ReadonlySet<string>): Promise<string> {
  const { glue, workflowName, signal, report, pollMs = POLL_MS, startMs = START_MS } = request;
  const windowSeconds = await readWindow(glue, workflowName);
  return waitUntil({
    signal,
    pollMs,
    standstillMs: windowSeconds * 1000 + startMs,
    ...(report === undefined ? {} : { report }),
    look: async () => {
      const begun = [...(await listRuns(request))].find((id) => !known.has(id));
      if (begun !== undefined) return { done: true, value: begun };
      const waitingFor = `workflow ${workflowName} waits ${windowSeconds} s for files to join`;
      return { done: false, mark: 0, waitingFor };
    },
    explain: () =>
      Promise.resolve({
        message: `workflow ${workflowName} did not begin`,
        hint: 'docs/runbook.md#listing-refused: whether the bucket tells EventBridge of its objects, and the rule the workflow',
      }),
  });
}

/** How long the workflow's trigger lets events join, seconds. */
async function readWindow(glue: GlueClient, workflowName: string): Promise<number> {
  let token: string | undefined;
  do {
    const page = await glue.send(new GetTriggersCommand({ NextToken: token }));
    const trigger = page.Triggers?.find(
      ({ WorkflowName: name, Type: type }) => name === workflowName && type === 'EVENT',
    );
    if (trigger !== undefined) return trigger.EventBatchingCondition?.BatchWindow ?? LONGEST_WINDOW_SECONDS;
    token = page.NextToken;
  } while (token !== undefined);
  return LONGEST_WINDOW_SECONDS;
}

function nodesOf(run: WorkflowRun | undefined): readonly NodeRun[] {
  return (run?.Graph?.Nodes ?? []).flatMap((node) => nodeRun(node) ?? []);
}

function nodeRun({ Type: type, Name: name = '', ...details }: Node): NodeRun | undefined {
  if (type === 'CRAWLER') {
    const crawl = details.CrawlerDetails?.Crawls?.at(-1);
    return { kind: 'crawler', name, state: crawl?.State ?? null, ...errorOf(crawl) };
  }
  if (type !== 'JOB') return undefined;
  const run = details.JobDetails?.JobRuns?.at(-1);
  const runId = run?.Id === undefined ? {} : { runId: run.Id };
  return { kind: 'job', name, state: run?.JobRunState ?? null, ...runId, ...errorOf(run) };
}

function errorOf(run: { readonly ErrorMessage?: string | undefined } | undefined): Pick<NodeRun, 'error'> {
  return run?.ErrorMessage ? { error: run.ErrorMessage } : {};
}

/** Each node with its state: `crawler tickerlake-dev-listing succeeded, job tickerlake-dev-load-listing running`. */
function describeNodes(nodes: readonly NodeRun[]): string {
  return nodes
    .map(({ kind, name, state }) => `${kind} ${name} ${state?.toLowerCase() ?? 'waits'}`)
    .join(', ');
}

/** A run counts as completed for Glue whatever became of its nodes. */
async function refuseFailed(
  glue: GlueClient,
  workflowName: string,
  run: WorkflowRun,
  nodes: readonly NodeRun[],
): Promise<void> {
  const failed = nodes.find(({ state }) => state !== 'SUCCEEDED');
  if (run.Status === 'COMPLETED' && failed === undefined) return;
  const why =
    failed === undefined
      ? `it ended as ${run.Status ?? 'unknown'}: ${run.ErrorMessage ?? 'it said nothing'}`
      : `${failed.kind} ${failed.name} ${failed.state === null ? 'never began' : `ended as ${failed.state}: ${await errorOfNode(glue, failed)}`}`;
  throw new TickerlakeError('JOB_FAILED', `workflow ${workflowName}: ${why}`, {
    coordinates: { workflow: workflowName, runId: run.WorkflowRunId ?? '' },
    hint: 'tickerlake logs load-listing, and docs/runbook.md#listing-refused; what was loaded before is still there',
  });
}

/** A graph may leave the words out that the job's run or the crawler has. */
async function errorOfNode(glue: GlueClient, { kind, name, runId, error }: NodeRun): Promise<string> {
  if (error !== undefined) return error;
  if (kind === 'crawler') {
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: name }));
    return crawler?.LastCrawl?.ErrorMessage ?? 'it said nothing';
  }
  if (runId === undefined) return 'it said nothing';
  const { JobRun: run } = await glue.send(new GetJobRunCommand({ JobName: name, RunId: runId }));
  return run?.ErrorMessage ?? 'it said nothing';
}
