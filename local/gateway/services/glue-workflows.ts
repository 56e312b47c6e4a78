/**
 * Glue's triggers and workflows: https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html and
 * https://docs.aws.amazon.com/glue/latest/dg/workflows_overview.html
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../http/errors.ts';
import type { GlueTrigger, GlueWorkflow } from '../types.ts';
import type { Clock } from './clock.ts';
import { type StartCondition, type StartNode, WorkflowRun } from './glue-workflow-run.ts';

export interface WorkflowsOptions {
  readonly clock: Clock;
  readonly start: StartNode;
  /** Receives one line for each thing worth a person's eye. */
  readonly onWarning: (line: string) => void;
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_Trigger.html */
type TriggerState = 'CREATED' | 'ACTIVATED' | 'DEACTIVATED';

interface KnownTrigger {
  readonly trigger: GlueTrigger;
  state: TriggerState;
  /** Ids of events that have not started a run yet. */
  events: string[];
  stopWindow: () => void;
}

interface KnownWorkflow {
  readonly workflow: GlueWorkflow;
  readonly createdMs: number;
  /** Newest first. */
  runs: WorkflowRun[];
}

/** "Window of time in seconds after which EventBridge event trigger fires": 900 unless the trigger says otherwise. */
const DEFAULT_WINDOW_SECONDS = 900;

export class Workflows {
  readonly #options: WorkflowsOptions;
  readonly #triggers = new Map<string, KnownTrigger>();
  readonly #workflows = new Map<string, KnownWorkflow>();
  #stopped = false;

  constructor(options: WorkflowsOptions) {
    this.#options = options;
  }

  put(workflow: GlueWorkflow): void {
    this.#workflows.set(workflow.name, { workflow, createdMs: this.#options.clock.nowMs(), runs: [] });
  }

  putTrigger(trigger: GlueTrigger): void {
    // A trigger on demand is never active: https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html. One on events takes them at once.
    const active = trigger.type === 'EVENT' || (trigger.type !== 'ON_DEMAND' && trigger.startOnCreation);
    this.#triggers.set(trigger.name, {
      trigger,
      state: active ? 'ACTIVATED' : 'CREATED',
      events: [],
      stopWindow: () => undefined,
    });
  }

  get triggers(): readonly GlueTrigger[] {
    return [...this.#triggers.values()].map(({ trigger }) => trigger);
  }

  describeTrigger(name: string): Readonly<Record<string, unknown>> {
    const { trigger, state } = this.#trigger(name);
    return { ...trigger.description, Name: trigger.name, Type: trigger.type, State: state };
  }

  get workflowNames(): readonly string[] {
    return [...this.#workflows.keys()];
  }

  describe(name: string, withGraph: boolean): Readonly<Record<string, unknown>> {
    const { workflow, createdMs, runs } = this.#workflow(name);
    return {
      ...workflow.description,
      Name: name,
      CreatedOn: createdMs / 1000,
      LastModifiedOn: createdMs / 1000,
      ...(runs[0] === undefined ? {} : { LastRun: runs[0].describe(withGraph) }),
    };
  }

  runsOf(name: string): readonly WorkflowRun[] {
    return this.#workflow(name).runs;
  }

  run(name: string, runId: string): WorkflowRun {
    const run = this.runsOf(name).find(({ id }) => id === runId);
    if (run === undefined)
      throw new AwsError(400, 'EntityNotFoundException', `Run ${runId} of workflow ${name} not found`);
    return run;
  }

  /** The schedule's moment has come. A trigger that is not active stays still. */
  fireScheduled(triggerName: string): void {
    const known = this.#trigger(triggerName);
    if (known.state !== 'ACTIVATED' || this.#stopped) return;
    this.#fire(known.trigger);
  }

  /** A trigger on demand fires; others become active. */
  startTrigger(name: string): void {
    const known = this.#trigger(name);
    if (known.trigger.type === 'ON_DEMAND') this.#fire(known.trigger);
    else known.state = 'ACTIVATED';
  }

  stopTrigger(name: string): void {
    const known = this.#trigger(name);
    if (known.trigger.type === 'ON_DEMAND')
      throw new AwsError(400, 'InvalidInputException', `Trigger ${name} is on demand: it cannot be stopped`);
    known.state = 'DEACTIVATED';
    known.stopWindow();
    known.events = [];
  }

  /**
   * Starts a workflow as its start trigger would: one on events as well, without events.
   * @throws AwsError EntityNotFoundException, InvalidInputException, ConcurrentRunsExceededException
   */
  startRun(name: string, properties: Readonly<Record<string, string>> = {}): string {
    const known = this.#workflow(name);
    const trigger = this.triggers.find(
      ({ workflowName, type }) => workflowName === name && type !== 'CONDITIONAL',
    );
    if (trigger === undefined)
      throw new AwsError(400, 'InvalidInputException', `Workflow ${name} has no start trigger`);
    if (this.#isBusy(known))
      throw new AwsError(
        400,
        'ConcurrentRunsExceededException',
        `Workflow ${name} has as many runs under way as it may`,
      );
    return this.#begin(known, trigger, properties).id;
  }

  stopRun(name: string, runId: string): void {
    this.run(name, runId).stop();
  }

  /** An event for a workflow, from EventBridge: https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html */
  notify(workflowName: string, eventId: string): void {
    this.#workflow(workflowName);
    for (const known of this.#triggers.values()) {
      const { trigger, state } = known;
      if (trigger.workflowName !== workflowName || trigger.type !== 'EVENT' || state !== 'ACTIVATED')
        continue;
      known.events.push(eventId);
      const { batchSize = 1, batchWindowSeconds = DEFAULT_WINDOW_SECONDS } = trigger.batching ?? {};
      if (known.events.length >= batchSize) {
        known.stopWindow();
        this.#flush(known, { BatchSize: batchSize });
      } else if (known.events.length === 1) {
        known.stopWindow = this.#options.clock.after(batchWindowSeconds * 1000, () => {
          this.#flush(known, { BatchWindow: batchWindowSeconds });
        });
      }
    }
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#stopped = true;
    for (const { stopWindow } of this.#triggers.values()) stopWindow();
  }

  /**
   * A batch of events begins a run. While the workflow has as many runs as it may, the batch waits for one to end, as
   * EventBridge would go on trying to deliver it.
   */
  #flush(known: KnownTrigger, condition: StartCondition): void {
    if (this.#stopped || known.events.length === 0) return;
    const workflow = this.#workflow(known.trigger.workflowName ?? '');
    const oldest = workflow.runs.findLast((run) => !run.isOver);
    if (oldest !== undefined && this.#isBusy(workflow)) {
      void oldest.ended.then(() => {
        this.#flush(known, condition);
      });
      return;
    }
    const events = known.events.splice(0);
    known.stopWindow = () => undefined;
    this.#begin(workflow, known.trigger, { 'aws:eventIds': JSON.stringify(events) }, condition);
  }

  #isBusy({ workflow, runs }: KnownWorkflow): boolean {
    const { maxConcurrentRuns } = workflow;
    return maxConcurrentRuns !== undefined && runs.filter((run) => !run.isOver).length >= maxConcurrentRuns;
  }

  #fire(trigger: GlueTrigger): void {
    if (trigger.workflowName !== undefined) {
      const known = this.#workflow(trigger.workflowName);
      if (this.#isBusy(known)) {
        this.#options.onWarning(
          `trigger ${trigger.name}: workflow ${trigger.workflowName} has as many runs under way as it may`,
        );
      } else this.#begin(known, trigger, {});
      return;
    }
    for (const action of trigger.actions) {
      void this.#options
        .start(action, { triggerName: trigger.name, onStarted: () => undefined })
        .catch((error: unknown) => {
          this.#options.onWarning(`trigger ${trigger.name}: ${(error as Error).message}`);
        });
    }
  }

  #begin(
    known: KnownWorkflow,
    trigger: GlueTrigger,
    properties: Readonly<Record<string, string>>,
    condition?: StartCondition,
  ): WorkflowRun {
    const { clock, start, onWarning } = this.#options;
    const name = known.workflow.name;
    const run = new WorkflowRun({
      id: `wr_${randomUUID().replaceAll('-', '')}`,
      workflowName: name,
      properties: { ...known.workflow.defaultRunProperties, ...properties },
      condition,
      previousRunId: known.runs[0]?.id,
      clock,
      start,
      onWarning,
      followers: () =>
        [...this.#triggers.values()]
          .filter(({ trigger: each, state }) => each.workflowName === name && state === 'ACTIVATED')
          .map(({ trigger: each }) => each)
          .filter(({ type }) => type === 'CONDITIONAL'),
    });
    known.runs = [run, ...known.runs];
    run.fire(trigger);
    return run;
  }

  #trigger(name: string): KnownTrigger {
    const known = this.#triggers.get(name);
    if (known === undefined) throw new AwsError(400, 'EntityNotFoundException', `Trigger ${name} not found`);
    return known;
  }

  #workflow(name: string): KnownWorkflow {
    const known = this.#workflows.get(name);
    if (known === undefined) throw new AwsError(400, 'EntityNotFoundException', `Workflow ${name} not found`);
    return known;
  }
}
