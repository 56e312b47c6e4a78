/** What each function is invoked for in a month, and how long it computes. */
import { consumerFlows, cpuShare, type Model, objectFlows, runsPerMonth, sum, topicFlows } from './flow.ts';
import { MEASURED_FUNCTIONS, SCHEDULED_RUN_SECONDS } from './measured.ts';
import { numberAt, ofType, type Resource, resourceAt, targetOf, textAt, valueAt } from './resources.ts';

export interface FunctionFlow {
  readonly invocations: number;
  /** Seconds billed, over all invocations. */
  readonly seconds: number;
}

const IDLE: FunctionFlow = { invocations: 0, seconds: 0 };

/** The part that a function plays, by its name: `land-quotes` of `tickerlake-prod-land-quotes-filtered`. */
export function partOf(lambda: Resource): string {
  const name = (textAt(lambda, 'FunctionName') ?? lambda.id).replace(/^tickerlake-[a-z]+-/, '');
  return Object.keys(MEASURED_FUNCTIONS).find((part) => name.startsWith(part)) ?? name;
}

/** By the events that reach it: of a topic, of a queue, or of a schedule. One that only a deployment invokes stays idle. */
export function functionFlow(lambda: Resource, model: Model): FunctionFlow {
  return [topicWork, queueWork, scheduledWork]
    .map((work) => work(lambda, model))
    .reduce((total, { invocations, seconds }) => ({
      invocations: total.invocations + invocations,
      seconds: total.seconds + seconds,
    }));
}

function topicWork(lambda: Resource, model: Model): FunctionFlow {
  const flows = consumerFlows(model).filter(
    ({ eventSource, functionId }) => eventSource.stack === lambda.stack && functionId === lambda.id,
  );
  const invocations = sum(flows.map(({ batches }) => batches));
  const records = sum(flows.map(({ topic }) => topic.records));
  return work(lambda, model, { invocations, records });
}

/** An object's message comes by itself: the queue's event source has no window to gather more. */
function queueWork(lambda: Resource, model: Model): FunctionFlow {
  const queues = ofType(model.resources, 'AWS::Lambda::EventSourceMapping')
    .filter((each) => resourceAt(model.resources, each, 'FunctionName') === lambda)
    .map((each) => targetOf(valueAt(each, 'EventSourceArn')));
  const flows = objectFlows(model).filter(({ topic }) => queues.some((id) => queueTopic(id) === topic.name));
  return work(lambda, model, {
    invocations: sum(flows.map(({ raw }) => raw)),
    records: sum(flows.map(({ topic }) => topic.records)),
  });
}

/** The topic whose raw objects a queue of curation is for. */
export function queueTopic(queueId: string | undefined): string | undefined {
  if (!queueId?.includes('Curation')) return undefined;
  return queueId.startsWith('QuotesFiltered') ? 'quotes_filtered' : 'quotes';
}

function scheduledWork(lambda: Resource, model: Model): FunctionFlow {
  const schedules = ofType(model.resources, 'AWS::Scheduler::Schedule').filter(
    (each) => resourceAt(model.resources, each, 'Target', 'Arn') === lambda,
  );
  const invocations = sum(schedules.map(runsPerMonth));
  if (partOf(lambda) === 'produce-quotes') {
    const [source] = topicFlows(model);
    return work(lambda, model, { invocations, records: source?.records ?? 0 });
  }
  return { invocations, seconds: invocations * SCHEDULED_RUN_SECONDS };
}

interface Work {
  readonly invocations: number;
  readonly records: number;
}

/** It computes at the share of a vCPU that its memory gives it, and waits once an invocation. */
function work(lambda: Resource, { profile }: Model, { invocations, records }: Work): FunctionFlow {
  if (invocations === 0) return IDLE;
  const computing = computeSeconds(lambda, records);
  return { invocations, seconds: computing + invocations * profile.waitSecondsPerInvocation };
}

/** Seconds that a function takes to compute, wherever it computes them. */
export function computeSeconds(lambda: Resource, records: number): number {
  const cpuSeconds = ((MEASURED_FUNCTIONS[partOf(lambda)]?.cpuSecondsPerMillion ?? 0) * records) / 1e6;
  return cpuSeconds / cpuShare(numberAt(lambda, 'MemorySize'));
}
