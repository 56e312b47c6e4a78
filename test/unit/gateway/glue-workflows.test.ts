import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../local/gateway/services/clock.ts';
import type { NodeState } from '../../../local/gateway/services/glue-workflow-run.ts';
import { Workflows } from '../../../local/gateway/services/glue-workflows.ts';
import type { GlueTrigger, TriggerAction } from '../../../local/gateway/types.ts';

/** A clock that stands still until it is stepped. */
class SteppedClock implements Clock {
  private now = 1_000_000;
  private timers: { readonly atMs: number; readonly act: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { atMs: this.now + ms, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  step(ms: number): void {
    this.now += ms;
    const due = this.timers.filter(({ atMs }) => atMs <= this.now);
    this.timers = this.timers.filter(({ atMs }) => atMs > this.now);
    for (const { act } of due) act();
  }
}

const job = (jobName: string): TriggerAction => ({ kind: 'job', jobName, arguments: {} });
const crawler = (crawlerName: string): TriggerAction => ({ kind: 'crawler', crawlerName });
const nameOf = (action: TriggerAction): string =>
  action.kind === 'job' ? action.jobName : action.crawlerName;

let clock: SteppedClock;
let workflows: Workflows;
let warnings: string[];
let started: string[];
let ends: Map<string, (state: NodeState) => void>;

/** Lets what waits for an end go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function end(name: string, state: NodeState = 'SUCCEEDED'): Promise<void> {
  ends.get(name)?.(state);
  await settle();
}

beforeEach(() => {
  clock = new SteppedClock();
  warnings = [];
  started = [];
  ends = new Map();
  workflows = new Workflows({
    clock,
    onWarning: (line) => warnings.push(line),
    start: (action, { onStarted }) => {
      const name = nameOf(action);
      if (name === 'missing') return Promise.reject(new Error('no such job'));
      started.push(name);
      onStarted(`run-of-${name}`);
      return new Promise((resolve) => {
        ends.set(name, resolve);
      });
    },
  });
});

function put(trigger: Partial<GlueTrigger> & Pick<GlueTrigger, 'name' | 'type' | 'actions'>): void {
  workflows.putTrigger({
    description: {},
    startOnCreation: true,
    workflowName: 'listing',
    ...trigger,
  });
}

const after = (
  state: string,
  names: readonly string[],
  logical: 'AND' | 'ANY' = 'AND',
): Pick<GlueTrigger, 'predicate'> => ({
  predicate: { logical, conditions: names.map((name) => ({ kind: 'job', name, state })) },
});

const run = (index = 0): Readonly<Record<string, unknown>> | undefined =>
  workflows.runsOf('listing')[index]?.describe(true);

/** Crawler, and where it succeeds a job. */
function putListing(maxConcurrentRuns?: number, batchSize = 2): void {
  workflows.put({
    name: 'listing',
    description: {},
    defaultRunProperties: { kind: 'listing' },
    ...(maxConcurrentRuns === undefined ? {} : { maxConcurrentRuns }),
  });
  put({
    name: 'dropped',
    type: 'EVENT',
    startOnCreation: false,
    actions: [crawler('crawl')],
    batching: { batchSize, batchWindowSeconds: 60 },
  });
  put({
    name: 'crawled',
    type: 'CONDITIONAL',
    actions: [job('load')],
    predicate: { logical: 'AND', conditions: [{ kind: 'crawler', name: 'crawl', state: 'SUCCEEDED' }] },
  });
}

describe('events', () => {
  test('start a run when the batch is full', () => {
    putListing();
    workflows.notify('listing', 'a');
    expect(started).toEqual([]);
    workflows.notify('listing', 'b');
    expect(started).toEqual(['crawl']);
    expect(run()).toMatchObject({
      Status: 'RUNNING',
      StartingEventBatchCondition: { BatchSize: 2 },
      WorkflowRunProperties: { kind: 'listing', 'aws:eventIds': '["a","b"]' },
    });
  });

  test('start a run when the window of the first of them ends', () => {
    putListing();
    workflows.notify('listing', 'a');
    clock.step(59_999);
    expect(started).toEqual([]);
    clock.step(1);
    expect(started).toEqual(['crawl']);
    expect(run()).toMatchObject({ StartingEventBatchCondition: { BatchWindow: 60 } });
  });

  test('of a full batch leave no window behind', () => {
    putListing();
    workflows.notify('listing', 'a');
    workflows.notify('listing', 'b');
    clock.step(120_000);
    expect(workflows.runsOf('listing')).toHaveLength(1);
  });

  test('wait where the workflow has as many runs as it may, and come together in the next', async () => {
    putListing(1, 1);
    for (const event of ['a', 'b', 'c']) workflows.notify('listing', event);
    expect(started).toEqual(['crawl']);
    await end('crawl', 'FAILED');
    expect(started).toEqual(['crawl', 'crawl']);
    expect(run()).toMatchObject({ WorkflowRunProperties: { 'aws:eventIds': '["b","c"]' } });
    await end('crawl', 'FAILED');
    expect(workflows.runsOf('listing')).toHaveLength(2);
  });

  test('start nothing while their trigger is stopped', () => {
    putListing();
    workflows.stopTrigger('dropped');
    workflows.notify('listing', 'a');
    clock.step(60_000);
    expect(started).toEqual([]);
  });

  test('for a workflow that is not there are refused', () => {
    expect(() => {
      workflows.notify('nothing', 'a');
    }).toThrow('Workflow nothing not found');
  });
});

describe('a run', () => {
  test('goes on with what waits for the end of a node, and is complete when nothing runs', async () => {
    putListing();
    workflows.startRun('listing');
    await end('crawl');
    expect(started).toEqual(['crawl', 'load']);
    expect(run()).toMatchObject({ Status: 'RUNNING' });
    await end('load');
    expect(run()).toMatchObject({
      Status: 'COMPLETED',
      Statistics: { TotalActions: 2, SucceededActions: 2, RunningActions: 0 },
    });
  });

  test('does not go on where a node failed, and is complete all the same', async () => {
    putListing();
    workflows.startRun('listing');
    await end('crawl', 'FAILED');
    expect(started).toEqual(['crawl']);
    expect(run()).toMatchObject({ Status: 'COMPLETED', Statistics: { FailedActions: 1 } });
  });

  test('lets a failed node end nothing but what waits for it', async () => {
    workflows.put({ name: 'listing', description: {}, defaultRunProperties: {} });
    put({ name: 'start', type: 'ON_DEMAND', startOnCreation: false, actions: [job('a'), job('b')] });
    put({ name: 'after-a', type: 'CONDITIONAL', actions: [job('a2')], ...after('SUCCEEDED', ['a']) });
    put({ name: 'after-b', type: 'CONDITIONAL', actions: [job('b2')], ...after('SUCCEEDED', ['b']) });
    put({
      name: 'alarm',
      type: 'CONDITIONAL',
      actions: [job('tell')],
      ...after('FAILED', ['a', 'b'], 'ANY'),
    });
    workflows.startTrigger('start');
    await end('a', 'FAILED');
    await end('b');
    expect(started).toEqual(['a', 'b', 'tell', 'b2']);
  });

  test('fires a trigger on several conditions once, when all of them hold', async () => {
    workflows.put({ name: 'listing', description: {}, defaultRunProperties: {} });
    put({
      name: 'start',
      type: 'ON_DEMAND',
      startOnCreation: false,
      actions: [job('a'), job('b'), job('c')],
    });
    put({ name: 'join', type: 'CONDITIONAL', actions: [job('d')], ...after('SUCCEEDED', ['a', 'b']) });
    workflows.startTrigger('start');
    await end('a');
    expect(started).not.toContain('d');
    await end('b');
    await end('c');
    expect(started.filter((name) => name === 'd')).toHaveLength(1);
  });

  test('counts a node that cannot be started as an error, and says so', async () => {
    workflows.put({ name: 'listing', description: {}, defaultRunProperties: {} });
    put({ name: 'start', type: 'ON_DEMAND', startOnCreation: false, actions: [job('missing')] });
    workflows.startTrigger('start');
    await settle();
    expect(run()).toMatchObject({ Status: 'COMPLETED', Statistics: { ErroredActions: 1 } });
    expect(warnings).toEqual(['workflow listing: job missing could not be started: no such job']);
  });

  test('that is stopped goes on with nothing', async () => {
    putListing();
    const id = workflows.startRun('listing');
    workflows.stopRun('listing', id);
    expect(run()).toMatchObject({ Status: 'STOPPING' });
    await end('crawl');
    expect(started).toEqual(['crawl']);
    expect(run()).toMatchObject({ Status: 'STOPPED' });
  });

  test('does not follow conditional triggers that are not active', async () => {
    putListing();
    workflows.stopTrigger('crawled');
    workflows.startRun('listing');
    await end('crawl');
    expect(started).toEqual(['crawl']);
  });

  test('is refused where there are as many as there may be', () => {
    putListing(1);
    workflows.startRun('listing');
    expect(() => workflows.startRun('listing')).toThrow('as many runs under way as it may');
  });
});

describe('a trigger without a workflow', () => {
  const scheduled = {
    name: 'nightly',
    type: 'SCHEDULED',
    actions: [job('compact')],
    description: {},
  } as const;

  test('starts its jobs when its time has come', () => {
    workflows.putTrigger({ ...scheduled, startOnCreation: true });
    workflows.fireScheduled('nightly');
    expect(started).toEqual(['compact']);
  });

  test('that was not started stays still', () => {
    workflows.putTrigger({ ...scheduled, startOnCreation: false });
    workflows.fireScheduled('nightly');
    expect(started).toEqual([]);
  });

  test('says what it could not start', async () => {
    workflows.putTrigger({ ...scheduled, actions: [job('missing')], startOnCreation: true });
    workflows.fireScheduled('nightly');
    await settle();
    expect(warnings).toEqual(['trigger nightly: no such job']);
  });
});
