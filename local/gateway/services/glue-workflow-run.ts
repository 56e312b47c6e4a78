/** One run of a Glue workflow: https://docs.aws.amazon.com/glue/latest/webapi/API_WorkflowRun.html */
import type { GlueTrigger, TriggerAction, TriggerCondition } from '../types.ts';
import type { Clock } from './clock.ts';

/** How a job or a crawl ends; ERROR is one that could not be started. */
export type NodeState = 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMEOUT' | 'CANCELLED' | 'ERROR';

/** Starts what a trigger's action names, and resolves at its end. Rejects where it cannot be started. */
export type StartNode = (
  action: TriggerAction,
  by: {
    readonly triggerName: string;
    readonly workflow?: { readonly name: string; readonly runId: string };
    /** Told of the run that was started, where it has an id. */
    readonly onStarted: (runId: string) => void;
  },
) => Promise<NodeState>;

/** Which of the two ended a batch of events. */
export type StartCondition = { readonly BatchSize: number } | { readonly BatchWindow: number };

/** A job or crawler that this run has started. */
interface Node {
  readonly action: TriggerAction;
  readonly startedMs: number;
  state: NodeState | 'RUNNING';
  runId: string | undefined;
  error: string | undefined;
  endedMs: number | undefined;
}

export interface WorkflowRunOptions {
  readonly id: string;
  readonly workflowName: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly condition: StartCondition | undefined;
  readonly previousRunId: string | undefined;
  readonly clock: Clock;
  readonly start: StartNode;
  readonly onWarning: (line: string) => void;
  /** Conditional triggers of the workflow that are active now. */
  readonly followers: () => readonly GlueTrigger[];
}

/**
 * What a trigger starts runs side by side; when one of them ends, the conditional triggers that it fulfils fire, each once a
 * run. A node that fails ends nothing but what waits for its success.
 */
export class WorkflowRun {
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
  /** Resolves when nothing runs any more and nothing can follow. */
  readonly ended: Promise<void>;
  readonly #options: WorkflowRunOptions;
  readonly #startedMs: number;
  readonly #nodes: Node[] = [];
  readonly #fired = new Set<string>();
  readonly #settle: () => void;
  #endedMs: number | undefined;
  #stopped = false;

  constructor(options: WorkflowRunOptions) {
    this.#options = options;
    this.id = options.id;
    this.properties = options.properties;
    this.#startedMs = options.clock.nowMs();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ended = promise;
    this.#settle = () => {
      resolve(undefined);
    };
  }

  get isOver(): boolean {
    return this.#endedMs !== undefined;
  }

  get state(): 'RUNNING' | 'COMPLETED' | 'STOPPING' | 'STOPPED' {
    if (this.#stopped) return this.isOver ? 'STOPPED' : 'STOPPING';
    return this.isOver ? 'COMPLETED' : 'RUNNING';
  }

  /** Starts what a trigger names; a run begins with its start trigger. */
  fire(trigger: GlueTrigger): void {
    this.#fired.add(trigger.name);
    for (const action of trigger.actions) void this.#start(action, trigger);
    this.#endIfDone();
  }

  /** Nothing follows what runs now: "StopWorkflowRun" itself leaves running jobs to be stopped one by one. */
  stop(): void {
    this.#stopped = true;
    this.#endIfDone();
  }

  describe(withGraph: boolean): Readonly<Record<string, unknown>> {
    const { workflowName, previousRunId, condition } = this.#options;
    return {
      Name: workflowName,
      WorkflowRunId: this.id,
      ...(previousRunId === undefined ? {} : { PreviousRunId: previousRunId }),
      WorkflowRunProperties: this.properties,
      StartedOn: this.#startedMs / 1000,
      ...(this.#endedMs === undefined ? {} : { CompletedOn: this.#endedMs / 1000 }),
      Status: this.state,
      Statistics: this.#statistics(),
      ...(condition === undefined ? {} : { StartingEventBatchCondition: condition }),
      ...(withGraph ? { Graph: { Nodes: this.#nodes.map(describeNode), Edges: [] } } : {}),
    };
  }

  async #start(action: TriggerAction, trigger: GlueTrigger): Promise<void> {
    const { clock, start, workflowName, onWarning } = this.#options;
    const node: Node = {
      action,
      startedMs: clock.nowMs(),
      state: 'RUNNING',
      runId: undefined,
      error: undefined,
      endedMs: undefined,
    };
    this.#nodes.push(node);
    try {
      node.state = await start(action, {
        triggerName: trigger.name,
        workflow: { name: workflowName, runId: this.id },
        onStarted: (runId) => {
          node.runId = runId;
        },
      });
    } catch (error) {
      node.error = error instanceof Error ? error.message : String(error);
      node.state = 'ERROR';
      onWarning(`workflow ${workflowName}: ${nameOf(action)} could not be started: ${node.error}`);
    }
    node.endedMs = clock.nowMs();
    this.#follow();
  }

  #follow(): void {
    if (!this.#stopped) {
      for (const trigger of this.#options.followers())
        if (!this.#fired.has(trigger.name) && this.#fulfils(trigger)) this.fire(trigger);
    }
    this.#endIfDone();
  }

  /** https://docs.aws.amazon.com/glue/latest/webapi/API_Predicate.html */
  #fulfils({ predicate }: GlueTrigger): boolean {
    if (predicate === undefined) return false;
    const holds = (condition: TriggerCondition): boolean =>
      this.#nodes.some(
        ({ action, state }) =>
          state === condition.state &&
          (condition.kind === 'job'
            ? action.kind === 'job' && action.jobName === condition.name
            : action.kind === 'crawler' && action.crawlerName === condition.name),
      );
    return predicate.logical === 'ANY' ? predicate.conditions.some(holds) : predicate.conditions.every(holds);
  }

  #endIfDone(): void {
    if (this.isOver || this.#nodes.some(({ state }) => state === 'RUNNING')) return;
    this.#endedMs = this.#options.clock.nowMs();
    this.#settle();
  }

  /** https://docs.aws.amazon.com/glue/latest/webapi/API_WorkflowRunStatistics.html */
  #statistics(): Readonly<Record<string, number>> {
    const count = (...states: readonly Node['state'][]): number =>
      this.#nodes.filter(({ state }) => states.includes(state)).length;
    return {
      TotalActions: this.#nodes.length,
      TimeoutActions: count('TIMEOUT'),
      FailedActions: count('FAILED'),
      StoppedActions: count('STOPPED', 'CANCELLED'),
      SucceededActions: count('SUCCEEDED'),
      RunningActions: count('RUNNING'),
      ErroredActions: count('ERROR'),
      WaitingActions: 0,
    };
  }
}

const nameOf = (action: TriggerAction): string =>
  action.kind === 'job' ? `job ${action.jobName}` : `crawler ${action.crawlerName}`;

/** https://docs.aws.amazon.com/glue/latest/webapi/API_Node.html */
function describeNode(node: Node, index: number): Readonly<Record<string, unknown>> {
  const { action, state, runId, error, startedMs, endedMs } = node;
  const times = {
    StartedOn: startedMs / 1000,
    ...(endedMs === undefined ? {} : { CompletedOn: endedMs / 1000 }),
    ...(error === undefined ? {} : { ErrorMessage: error }),
  };
  return {
    UniqueId: `wnode_${index}`,
    ...(action.kind === 'job'
      ? {
          Type: 'JOB',
          Name: action.jobName,
          JobDetails: {
            JobRuns: [{ ...times, Id: runId, JobName: action.jobName, JobRunState: state }],
          },
        }
      : {
          Type: 'CRAWLER',
          Name: action.crawlerName,
          CrawlerDetails: { Crawls: [{ ...times, State: state }] },
        }),
  };
}
