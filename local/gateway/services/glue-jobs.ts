/** Jobs, triggers, workflows and data quality rulesets of AWS Glue: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs.html */
import { record, text, texts } from '../actions/call.ts';
import { amzJson } from '../http/answer.ts';
import { AwsError } from '../http/errors.ts';
import type {
  CrawlPort,
  GlueBook,
  GlueJob,
  GlueRuleset,
  GlueTrigger,
  GlueWorkflow,
  RunningJob,
} from '../types.ts';
import { type Clock, systemClock } from './clock.ts';
import { type JobOutcome, type JobRun, JobRuns } from './glue-job-runs.ts';
import type { NodeState, StartNode } from './glue-workflow-run.ts';
import { Workflows } from './glue-workflows.ts';
import type { LocalService } from './service.ts';

type Members = Readonly<Record<string, unknown>>;

export interface GlueJobServiceOptions {
  readonly crawls: CrawlPort;
  /** Puts an event of Glue's on the default bus. */
  readonly publish: (detailType: string, detail: Members) => void;
  readonly onWarning: (line: string) => void;
  /** @default - the machine's */
  readonly clock?: Clock;
}

export class GlueJobService implements GlueBook {
  readonly #options: GlueJobServiceOptions;
  readonly #jobs: JobRuns;
  readonly #workflows: Workflows;
  readonly #rulesets = new Map<string, GlueRuleset>();

  constructor(options: GlueJobServiceOptions) {
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#jobs = new JobRuns({
      clock,
      onEnd: (run, outcome) => {
        this.#tell(run, outcome);
      },
    });
    this.#workflows = new Workflows({ clock, start: this.#startNode, onWarning: options.onWarning });
  }

  putJob(job: GlueJob): void {
    this.#jobs.put(job);
  }

  putWorkflow(workflow: GlueWorkflow): void {
    this.#workflows.put(workflow);
  }

  putTrigger(trigger: GlueTrigger): void {
    this.#workflows.putTrigger(trigger);
  }

  fireTrigger(name: string): void {
    this.#workflows.fireScheduled(name);
  }

  putRuleset(ruleset: GlueRuleset): void {
    this.#rulesets.set(ruleset.Name, ruleset);
  }

  /** An event for a workflow, from EventBridge. Throws where there is no such workflow. */
  notify(workflowName: string, eventId: string): void {
    this.#workflows.notify(workflowName, eventId);
  }

  runningJobs(): readonly RunningJob[] {
    return this.#jobs.running.map(({ id, job, pid }) => ({ runId: id, jobName: job.name, pid }));
  }

  killJobRun(runId: string): void {
    this.#jobs.running.find(({ id }) => id === runId)?.kill();
  }

  /** Starts nothing any more and ends what runs. */
  async stop(): Promise<void> {
    this.#workflows.stop();
    await this.#jobs.stop();
  }

  /** Answers its own operations, and leaves the others to the rest of Glue. */
  before(rest: LocalService): LocalService {
    return (request) => {
      const { operation, parameters } = request.call;
      const answer = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
      if (answer === undefined) return rest(request);
      const books = { jobs: this.#jobs, workflows: this.#workflows, rulesets: this.#rulesets };
      return amzJson(answer(books, parameters));
    };
  }

  readonly #startNode: StartNode = async (action, { triggerName, workflow, onStarted }) => {
    if (action.kind === 'crawler') return this.#options.crawls.start(action.crawlerName);
    const { run, ended } = this.#jobs.start(action.jobName, {
      triggerName,
      ...(action.timeoutMs === undefined ? {} : { timeoutMs: action.timeoutMs }),
      arguments: {
        ...action.arguments,
        // https://docs.aws.amazon.com/glue/latest/dg/workflow-run-properties-code.html
        ...(workflow && { '--WORKFLOW_NAME': workflow.name, '--WORKFLOW_RUN_ID': workflow.runId }),
      },
    });
    onStarted(run.id);
    return (await ended) satisfies NodeState;
  };

  /** https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html */
  #tell({ id, job, message }: JobRun, outcome: JobOutcome): void {
    const isWell = outcome === 'SUCCEEDED' || outcome === 'STOPPED';
    if (!isWell) this.#options.onWarning(`job ${job.name}: run ${id} ended as ${outcome}: ${message ?? ''}`);
    this.#options.publish('Glue Job State Change', {
      jobName: job.name,
      severity: isWell ? 'INFO' : 'ERROR',
      state: outcome,
      jobRunId: id,
      message: message ?? (outcome === 'STOPPED' ? 'Job run stopped' : 'Job run succeeded'),
    });
  }
}

interface Books {
  readonly jobs: JobRuns;
  readonly workflows: Workflows;
  readonly rulesets: ReadonlyMap<string, GlueRuleset>;
}

const OPERATIONS: Readonly<Record<string, (books: Books, parameters: Members) => object>> = {
  GetJob: ({ jobs }, parameters) => ({ Job: describeJob(jobs.job(required(parameters, 'JobName'))) }),
  GetJobs: ({ jobs }) => ({ Jobs: jobs.jobs.map(describeJob) }),
  ListJobs: ({ jobs }) => ({ JobNames: jobs.jobs.map(({ name }) => name) }),
  StartJobRun: ({ jobs }, parameters) => {
    const { Timeout: minutes } = parameters;
    const { run } = jobs.start(required(parameters, 'JobName'), {
      arguments: textMap(parameters, 'Arguments'),
      ...(typeof minutes === 'number' ? { timeoutMs: minutes * 60_000 } : {}),
    });
    return { JobRunId: run.id };
  },
  GetJobRun: ({ jobs }, parameters) => ({
    JobRun: jobs.run(required(parameters, 'JobName'), required(parameters, 'RunId')).describe(),
  }),
  GetJobRuns: ({ jobs }, parameters) => ({
    JobRuns: jobs.runsOf(required(parameters, 'JobName')).map((run) => run.describe()),
  }),
  BatchStopJobRun: ({ jobs }, parameters) => stopRuns(jobs, parameters),
  GetTrigger: ({ workflows }, parameters) => ({
    Trigger: workflows.describeTrigger(required(parameters, 'Name')),
  }),
  GetTriggers: ({ workflows }) => ({
    Triggers: workflows.triggers.map(({ name }) => workflows.describeTrigger(name)),
  }),
  StartTrigger: ({ workflows }, parameters) => {
    const name = required(parameters, 'Name');
    workflows.startTrigger(name);
    return { Name: name };
  },
  StopTrigger: ({ workflows }, parameters) => {
    const name = required(parameters, 'Name');
    workflows.stopTrigger(name);
    return { Name: name };
  },
  ListWorkflows: ({ workflows }) => ({ Workflows: workflows.workflowNames }),
  GetWorkflow: ({ workflows }, parameters) => ({
    Workflow: workflows.describe(required(parameters, 'Name'), withGraph(parameters)),
  }),
  GetWorkflowRun: ({ workflows }, parameters) => ({
    Run: workflows
      .run(required(parameters, 'Name'), required(parameters, 'RunId'))
      .describe(withGraph(parameters)),
  }),
  GetWorkflowRuns: ({ workflows }, parameters) => ({
    Runs: workflows.runsOf(required(parameters, 'Name')).map((run) => run.describe(withGraph(parameters))),
  }),
  GetWorkflowRunProperties: ({ workflows }, parameters) => ({
    RunProperties: workflows.run(required(parameters, 'Name'), required(parameters, 'RunId')).properties,
  }),
  StartWorkflowRun: ({ workflows }, parameters) => ({
    RunId: workflows.startRun(required(parameters, 'Name'), textMap(parameters, 'RunProperties')),
  }),
  StopWorkflowRun: ({ workflows }, parameters) => {
    workflows.stopRun(required(parameters, 'Name'), required(parameters, 'RunId'));
    return {};
  },
  GetDataQualityRuleset: ({ rulesets }, parameters) => {
    const name = required(parameters, 'Name');
    const ruleset = rulesets.get(name);
    if (ruleset === undefined)
      throw new AwsError(400, 'EntityNotFoundException', `Data quality ruleset ${name} not found`);
    return ruleset;
  },
};

function describeJob({ name, description, defaultArguments }: GlueJob): Members {
  return { ...description, Name: name, DefaultArguments: defaultArguments };
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_BatchStopJobRun.html */
function stopRuns(jobs: JobRuns, parameters: Members): object {
  const jobName = required(parameters, 'JobName');
  const stopped: object[] = [];
  const errors: object[] = [];
  for (const runId of texts(parameters, 'JobRunIds')) {
    const run = jobs.runsOf(jobName).find(({ id }) => id === runId);
    if (run === undefined || run.isOver) {
      const [code, message] =
        run === undefined
          ? ['EntityNotFoundException', `Job run ${runId} not found`]
          : ['InvalidInputException', `Job run ${runId} is ${run.state}`];
      const detail = { ErrorCode: code, ErrorMessage: message };
      errors.push({ JobName: jobName, JobRunId: runId, ErrorDetail: detail });
    } else {
      jobs.stopRun(run);
      stopped.push({ JobName: jobName, JobRunId: runId });
    }
  }
  return { SuccessfulSubmissions: stopped, Errors: errors };
}

function required(parameters: Members, name: string): string {
  const value = text(parameters, name);
  if (value === undefined || value === '')
    throw new AwsError(400, 'InvalidInputException', `${name} is required`);
  return value;
}

function textMap(parameters: Members, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(record(parameters, name));
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined)
    throw new AwsError(400, 'InvalidInputException', `${name}: the value of ${wrong[0]} is no text`);
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

const withGraph = (parameters: Members): boolean => parameters['IncludeGraph'] === true;
