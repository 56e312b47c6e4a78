/**
 * Every alarm of both stages as their templates have it, driven into ALARM and back by metrics alone: none is left out, none can
 * never go off, and each calls for somebody.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { TickerlakeError } from '../../../core/errors.ts';
import type { Stage } from '../../../core/names.ts';
import { STAGES } from '../../../core/names.ts';
import { renderView } from '../../../core/view.ts';
import type { ProbeConfig } from '../../../lambdas/probe-freshness/config.ts';
import { probe } from '../../../lambdas/probe-freshness/probe.ts';
import type { ProbePorts } from '../../../lambdas/probe-freshness/probe-freshness.ts';
import { RUNBOOK_SECTIONS } from '../../../lib/constructs/operations/runbook-alarm.ts';
import type { AlarmDefinition } from '../../../local/cloudwatch/alarm.ts';
import { CloudWatch } from '../../../local/cloudwatch/cloudwatch.ts';
import { MINUTE_MS } from '../../../local/cloudwatch/metric-store.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { requireResourceType } from '../../../local/resources/registry.ts';
import { ResourceRequest } from '../../../local/resources/resource-request.ts';
import type { Json, JsonObject } from '../../../local/template/template.ts';
import { readable } from '../../helpers/readable.ts';
import { synthesize } from '../../templates/synthesize.ts';

const BEGIN = Date.parse('2026-11-20T12:00:30Z');

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: JsonObject }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Json }>>;
}

/** What metric math makes an alarm of, and what it does not. */
const MATH: Readonly<Record<string, { readonly bad: number; readonly good: number }>> = {
  RecordsQuarantined: { bad: 50, good: 1 },
  RecordsCurated: { bad: 50, good: 999 },
  // As many as six hours have probes.
  FreshnessMissed: { bad: 72, good: 0 },
};

/** CloudWatch with every alarm of a stage, all metrics taken for observed, and a clock of its own. */
class Stand {
  now = BEGIN;
  readonly definitions: AlarmDefinition[] = [];
  readonly cloudwatch = new CloudWatch({
    now: () => this.now,
    warn: () => undefined,
    whyUnobserved: () => undefined,
    silenceBreaches: () => this.silenceBreaches,
  });
  /** Whether what has to happen by itself has begun to. */
  silenceBreaches = false;
  private readonly templates: ReadonlyMap<string, Template>;
  /** By stack and logical id. */
  private readonly names = new Map<string, string>();

  constructor(templates: ReadonlyMap<string, Template>) {
    this.templates = templates;
  }

  static async of(templates: ReadonlyMap<string, Template>): Promise<Stand> {
    const stand = new Stand(templates);
    const add = stand.cloudwatch.add.bind(stand.cloudwatch);
    stand.cloudwatch.add = (definition) => {
      stand.definitions.push(definition);
      add(definition);
    };
    for (const type of ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'])
      await stand.provision(type);
    return stand;
  }

  private async provision(type: string): Promise<void> {
    const cloud = { region: 'r', account: '1', cloudwatch: this.cloudwatch } as unknown as Cloud;
    for (const [stack, { Resources }] of this.templates) {
      for (const [logicalId, { Type, Properties }] of Object.entries(Resources)) {
        if (Type !== type) continue;
        const entry = requireResourceType(logicalId, Type, Object.keys(Properties));
        const properties = this.resolve(Properties, stack) as JsonObject;
        const identity = { stack, logicalId, type, constructPath: undefined };
        const { ref } = await entry.provision(new ResourceRequest(identity, properties), cloud);
        this.names.set(`${stack}/${logicalId}`, ref);
      }
    }
  }

  /** References to alarms by their names, across stacks too; others as text to tell them apart. */
  private resolve(value: Json, stack: string): Json {
    if (Array.isArray(value)) return (value as Json[]).map((each) => this.resolve(each, stack));
    if (typeof value !== 'object' || value === null) return value;
    const [name = '', argument] = Object.entries(value)[0] ?? [];
    if (name === 'Ref') return this.names.get(`${stack}/${argument as string}`) ?? readable(value);
    if (name === 'Fn::GetAtt') {
      const [id] = argument as [string, string];
      const alarm = this.names.get(`${stack}/${id}`);
      return alarm === undefined ? readable(value) : `arn:aws:cloudwatch:r:1:alarm:${alarm}`;
    }
    if (name === 'Fn::GetStackOutput') {
      const { StackName, OutputName } = argument as { StackName: string; OutputName: string };
      const output = this.templates.get(StackName)?.Outputs?.[OutputName];
      return output === undefined ? readable(value) : this.resolve(output.Value, StackName);
    }
    if (name === 'Fn::Join') {
      const [separator, parts] = argument as [string, Json[]];
      return parts.map((part) => readable(this.resolve(part, stack))).join(separator);
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.resolve(each, stack)]));
  }

  /** A datapoint in each of the periods that the alarm looks at. */
  drive(definition: AlarmDefinition, how: 'bad' | 'good'): void {
    const { evaluationPeriods, metric } = definition;
    for (let period = 0; period < evaluationPeriods; period++) {
      for (const [input, value] of valuesOf(definition, how)) this.cloudwatch.put(input, value);
      this.now += metric.periodSeconds * 1000;
    }
  }

  stateOf(name: string): string | undefined {
    return this.cloudwatch.all().find((alarm) => alarm.name === name)?.state;
  }

  /** Composite alarms that are in ALARM, without the stage. */
  called(): string[] {
    return this.cloudwatch
      .composites()
      .filter(({ state }) => state === 'ALARM')
      .map(({ name }) => name.replace(/^tickerlake-\w+-/, ''));
  }
}

function valuesOf(
  { name, metric, math, comparison, threshold }: AlarmDefinition,
  how: 'bad' | 'good',
): (readonly [
  AlarmDefinition['metric'] | NonNullable<AlarmDefinition['math']>['inputs'][number]['metric'],
  number,
])[] {
  if (math !== undefined)
    return math.inputs.map((input) => {
      const values = MATH[input.metric.name];
      if (values === undefined) throw new Error(`say in MATH what drives ${input.metric.name} of ${name}`);
      return [input.metric, values[how]];
    });
  const beyond = comparison.startsWith('Less') ? 1 : -1;
  return [[metric, how === 'bad' ? threshold : threshold + beyond]];
}

function templatesOf(stage: Stage): ReadonlyMap<string, Template> {
  const { stacks } = synthesize(stage);
  return new Map(
    Object.entries(stacks).map(([part, template]) => [
      `tickerlake-${stage}-${part}`,
      template.toJSON() as unknown as Template,
    ]),
  );
}

describe.each(STAGES)('stage %s', (stage) => {
  let templates: ReadonlyMap<string, Template>;
  beforeAll(() => {
    templates = templatesOf(stage);
  });

  test('each alarm goes off, calls somebody, and is well again', async () => {
    const { definitions } = await Stand.of(templates);
    const declared = [...templates.values()].flatMap(({ Resources }) =>
      Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm'),
    );
    expect(definitions).toHaveLength(declared.length);
    const driven: string[] = [];
    for (const { name, logicalId } of definitions) {
      const stand = await Stand.of(templates);
      const definition = stand.definitions.find((each) => each.name === name);
      if (definition === undefined) throw new Error(`no ${name}`);
      expect([logicalId, stand.stateOf(name), stand.called()]).toEqual([logicalId, 'OK', []]);
      stand.drive(definition, 'bad');
      expect([logicalId, stand.stateOf(name)]).toEqual([logicalId, 'ALARM']);
      if (definition.math?.inputs[0]?.metric.name !== 'FreshnessMissed')
        expect([logicalId, stand.called()]).toEqual([
          logicalId,
          [expect.stringMatching(/^needs-somebody-(now|soon)$/)],
        ]);
      stand.drive(definition, 'good');
      expect([logicalId, stand.stateOf(name)]).toEqual([logicalId, 'OK']);
      // Others may watch the same metric over longer periods.
      stand.now += 24 * 60 * MINUTE_MS;
      expect([logicalId, stand.called()]).toEqual([logicalId, []]);
      driven.push(name);
    }
    expect(new Set(driven).size).toBe(declared.length);
  }, 120_000);

  test('each section of the runbook that alarms may point at has one, but for what only the other stage has', async () => {
    const { definitions } = await Stand.of(templates);
    const sections = new Set(definitions.map(({ description }) => description.replace(/^.*#/, '')));
    const missing = RUNBOOK_SECTIONS.filter((section) => !sections.has(section));
    expect(missing).toEqual(stage === 'prod' ? [] : ['diverted-batches', 'replica-lag']);
  });
});

/** What a probe says of misses while Athena refuses its query. */
async function failedProbe(putMissed: (value: number) => void): Promise<void> {
  const view = { database: 'tickerlake_dev', viewName: 'quotes', cut: [], hasHistory: false };
  const refused = new TickerlakeError('QUERY_FAILED', 'refused');
  const ports: ProbePorts = {
    views: { get: () => Promise.resolve({ ...renderView(view), versionId: '1' }) },
    queries: { ask: () => Promise.reject(refused) },
    runs: { lastSuccesses: () => Promise.reject(refused), tableCreatedAt: () => Promise.reject(refused) },
  };
  const config: ProbeConfig = {
    functionName: 'tickerlake-dev-probe-freshness',
    database: 'tickerlake_dev',
    topic: 'quotes',
    workgroup: 'tickerlake-dev-etl',
    isProduced: true,
    objectiveSeconds: 300,
    compaction: undefined,
  };
  const metrics = {
    add: (name: string, value: number): void => {
      if (name === 'FreshnessMissed') putMissed(value);
    },
    publish: () => undefined,
  };
  const times = { nowMs: Date.parse('2026-11-20T16:00:00Z'), patienceMs: 1000, deadlineMs: 2000 };
  await expect(probe(ports, config, () => metrics, times)).rejects.toBe(refused);
}

describe('the objective on freshness', () => {
  const missed = {
    namespace: 'tickerlake',
    name: 'FreshnessMissed',
    dimensions: { service: 'tickerlake-dev-probe-freshness', topic: 'quotes' },
  };
  let templates: ReadonlyMap<string, Template>;
  let stand: Stand;
  beforeAll(async () => {
    templates = templatesOf('dev');
    stand = await Stand.of(templates);
  });

  /** A probe each five minutes, of which `bad` in a hundred are bad. */
  function probes(minutes: number, bad: 0 | 1): void {
    for (let at = 0; at < minutes; at += 5) {
      stand.cloudwatch.put(missed, bad);
      stand.now += 5 * MINUTE_MS;
    }
  }

  test('forgives a single bad probe, though it is the day’s first', () => {
    probes(5, 1);
    expect(stand.called()).toEqual([]);
  });

  test('calls somebody at the second of an hour, and lets go once probes are good', () => {
    probes(5, 0);
    probes(5, 1);
    expect(stand.called()).toEqual(['freshness-burning', 'needs-somebody-now']);
    probes(60, 0);
    expect(stand.called()).toEqual([]);
  });

  test('calls somebody when the view cannot be queried, though nobody knows how old quotes are', async () => {
    stand.now += 24 * 60 * MINUTE_MS;
    for (let failed = 0; failed < 2; failed++) {
      expect(stand.called()).toEqual([]);
      await failedProbe((value) => {
        stand.cloudwatch.put(missed, value);
      });
      stand.now += 5 * MINUTE_MS;
    }
    expect(stand.called()).toEqual(['freshness-burning', 'needs-somebody-now']);
  });

  test('calls somebody of a slow burn, too: one bad probe in twelve, hour after hour', () => {
    stand.now += 24 * 60 * MINUTE_MS;
    for (let hour = 0; hour < 5; hour++) {
      expect(stand.called()).toEqual([]);
      probes(55, 0);
      probes(5, 1);
    }
    expect(stand.called()).toEqual(['freshness-burning', 'needs-somebody-now']);
  });

  test('is quiet at night, however bad the last session’s end was', () => {
    stand.now += 24 * 60 * MINUTE_MS;
    probes(60, 1);
    expect(stand.called()).toEqual(['freshness-burning', 'needs-somebody-now']);
    // Short windows go on with their last datapoint for three periods.
    stand.now += 2 * 60 * MINUTE_MS;
    expect(stand.called()).toEqual([]);
  });
});

test('a probe that nothing invokes any more calls somebody, until it is invoked again', async () => {
  const stand = await Stand.of(templatesOf('dev'));
  const invocations = {
    namespace: 'AWS/Lambda',
    name: 'Invocations',
    dimensions: { FunctionName: readable({ Ref: handlerId(stand) }) },
  };
  const invoke = (): void => {
    stand.cloudwatch.put(invocations, 1);
    stand.now += 5 * MINUTE_MS;
  };
  stand.silenceBreaches = true;
  for (let probes = 0; probes < 12; probes++) {
    invoke();
    expect(stand.called()).toEqual([]);
  }
  stand.now += 20 * MINUTE_MS;
  expect(stand.called()).toEqual([]);
  stand.now += 20 * MINUTE_MS;
  expect(stand.called()).toEqual(['needs-somebody-now']);
  invoke();
  expect(stand.called()).toEqual([]);
});

/** The function that the alarm on silence watches, by logical id. */
function handlerId({ definitions }: Stand): string {
  const found = definitions.find(({ description }) => description.endsWith('#probe-silent'));
  const id = /\w+/.exec(found?.metric.dimensions['FunctionName'] ?? '')?.[0];
  if (id === undefined) throw new Error('nothing watches whether the probe is silent');
  return id;
}

test('what can wait is not told of while somebody is called at once', async () => {
  const stand = await Stand.of(templatesOf('dev'));
  const drive = (id: string): void => {
    const found = stand.definitions.find(({ logicalId }) => logicalId.startsWith(id));
    if (found === undefined) throw new Error(`no ${id}`);
    stand.drive(found, 'bad');
  };
  const tells = (): string[] =>
    stand.cloudwatch
      .composites()
      .filter((each) => each.tells)
      .map(({ name }) => name);
  drive('DatabaseBusy');
  expect(tells()).toEqual(['tickerlake-dev-needs-somebody-soon']);
  drive('DatabaseShortOfConnections');
  drive('DatabaseBusy');
  drive('DatabaseShortOfConnections');
  expect(tells()).toEqual(['tickerlake-dev-needs-somebody-now']);
});
