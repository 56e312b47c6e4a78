/** CloudWatch as far as alarms need it: keeps the metrics of a run and evaluates the templates' alarms on them. */
import type {
  AlarmDefinition,
  AlarmState,
  AlarmStatus,
  Alarms,
  CompositeDefinition,
  CompositeStatus,
} from './alarm.ts';
import { type Datapoint, evaluate, evaluationRange } from './evaluation.ts';
import { type Metric, type Statistic, statisticOf } from './metric.ts';
import { MetricStore, MINUTE_MS, RETENTION_MS } from './metric-store.ts';
import { whyUnobserved } from './observed.ts';
import { alarmLine, reasonOf } from './reason.ts';

/** Asks for metrics and puts them: what it cannot get now is missing data. */
export type Collector = () => Promise<void> | void;

export interface CloudWatchOptions {
  /** Time of metrics and alarms. @default - the machine's */
  readonly now?: (() => number) | undefined;
  /** Is told of each alarm that comes into ALARM, in one line. */
  readonly warn: (line: string) => void;
  /** Why nothing ever emits a metric, undefined where something may. @default - by what a local run emits */
  readonly whyUnobserved?: ((metric: Metric) => string | undefined) | undefined;
  /**
   * Whether missing data may set off an alarm that takes it for breaching, as it does in CloudWatch. Such an alarm is on what
   * happens by itself; in most local runs no schedule fires, and a laptop sleeps, so silence says nothing there: it is
   * taken for not breaching then, and the alarm's reason says so.
   * @default - it never does
   */
  readonly silenceBreaches?: (() => boolean) | undefined;
}

interface Alarm {
  readonly definition: AlarmDefinition;
  readonly unobserved: string | undefined;
  state: AlarmState;
  reason: string;
  sinceMs: number;
}

interface Composite {
  readonly definition: CompositeDefinition;
  state: AlarmState;
  sinceMs: number;
}

const TICK_MS = 5000;
const SHOWN_DATAPOINTS = 12;

export class CloudWatch implements Alarms {
  readonly now: () => number;
  private readonly warn: (line: string) => void;
  private readonly store: MetricStore;
  private readonly whyUnobserved: (metric: Metric) => string | undefined;
  private readonly silenceBreaches: () => boolean;
  private readonly alarms: Alarm[] = [];
  private readonly compositeAlarms: Composite[] = [];
  private readonly listeners = new Set<(alarm: AlarmStatus) => void>();
  private readonly collectors: { readonly collect: Collector; busy: boolean }[] = [];
  private readonly readers: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor({
    now = Date.now,
    warn,
    whyUnobserved: why = whyUnobserved,
    silenceBreaches = () => false,
  }: CloudWatchOptions) {
    this.now = now;
    this.whyUnobserved = why;
    this.silenceBreaches = silenceBreaches;
    this.warn = warn;
    this.store = new MetricStore(now);
  }

  /** Keeps a sample, of now unless it says of when. */
  put(metric: Metric, value: number, atMs?: number): void {
    this.store.put(metric, value, atMs);
  }

  /** Adds an alarm; until it is first evaluated it has insufficient data. */
  add(definition: AlarmDefinition): void {
    const unobserved = metricsOf(definition)
      .map(this.whyUnobserved)
      .find((why) => why !== undefined);
    const reason = unobserved ?? 'not evaluated yet';
    this.alarms.push({ definition, unobserved, state: 'INSUFFICIENT_DATA', reason, sinceMs: this.now() });
    this.alarms.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  /** Adds an alarm over alarms that were added before it. */
  addComposite(definition: CompositeDefinition): void {
    this.compositeAlarms.push({ definition, state: 'INSUFFICIENT_DATA', sinceMs: this.now() });
  }

  /** Names of alarms, composite ones too. */
  has(name: string): boolean {
    return [...this.alarms, ...this.compositeAlarms].some(({ definition }) => definition.name === name);
  }

  /** Values of a dimension of the metrics that alarms watch. */
  watched(namespace: string, dimension: string): readonly string[] {
    const metrics = this.alarms.flatMap(({ definition }) => metricsOf(definition));
    const values = metrics.flatMap((metric) =>
      metric.namespace === namespace ? (metric.dimensions[dimension] ?? []) : [],
    );
    return [...new Set(values)];
  }

  /** Has metrics put that are there to be read, before each evaluation. */
  addReader(read: () => void): void {
    this.readers.push(read);
  }

  /** Has metrics asked for every few seconds; a collector that is still at it is not asked again. */
  addCollector(collect: Collector): void {
    this.collectors.push({ collect, busy: false });
  }

  /** Collects and evaluates every few seconds. */
  start(): void {
    this.timer ??= setInterval(() => void this.tick(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.collectors.length = 0;
  }

  all(): readonly AlarmStatus[] {
    this.evaluateAll();
    return this.alarms.map((alarm) => this.statusOf(alarm));
  }

  composites(): readonly CompositeStatus[] {
    this.evaluateAll();
    return this.compositeAlarms.map((composite) => this.compositeStatus(composite));
  }

  onChange(listener: (alarm: AlarmStatus) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async tick(): Promise<void> {
    await Promise.all(
      this.collectors.map(async (collector) => {
        if (collector.busy) return;
        collector.busy = true;
        try {
          await collector.collect();
        } catch {
          // Missing data, as it is in CloudWatch when a service does not report.
        }
        collector.busy = false;
      }),
    );
    // It may have been stopped meanwhile.
    if (this.timer !== undefined) this.evaluateAll();
  }

  private evaluateAll(): void {
    for (const read of this.readers) read();
    for (const alarm of this.alarms) {
      if (alarm.unobserved !== undefined) continue;
      const definition = this.asEvaluated(alarm.definition);
      const range = this.periods(definition, evaluationRange(definition));
      const evaluation = evaluate(definition, range, alarm.state);
      alarm.reason = reasonOf(definition, evaluation);
      if (evaluation.state === alarm.state) continue;
      alarm.state = evaluation.state;
      alarm.sinceMs = this.now();
      const status = this.statusOf(alarm);
      if (status.state === 'ALARM') this.warn(alarmLine(status));
      for (const listener of this.listeners) listener(status);
    }
    this.evaluateComposites();
  }

  private asEvaluated(definition: AlarmDefinition): AlarmDefinition {
    if (definition.treatMissingData !== 'breaching' || this.silenceBreaches()) return definition;
    return { ...definition, treatMissingData: 'notBreaching' };
  }

  /** Nobody is told of them here: of their children somebody was. */
  private evaluateComposites(): void {
    for (const composite of this.compositeAlarms) {
      const isAlarm = composite.definition.rule.isTrue((name) => this.stateOf(name));
      const state = isAlarm ? 'ALARM' : 'OK';
      if (state === composite.state) continue;
      composite.state = state;
      composite.sinceMs = this.now();
    }
  }

  private stateOf(name: string): AlarmState {
    const found = [...this.alarms, ...this.compositeAlarms].find(
      ({ definition }) => definition.name === name,
    );
    return found?.state ?? 'INSUFFICIENT_DATA';
  }

  private compositeStatus({ definition, state, sinceMs }: Composite): CompositeStatus {
    const { name, stack, logicalId, description, rule, suppressor } = definition;
    const off = rule.children.filter((child) => this.stateOf(child) === 'ALARM');
    const isSuppressed = suppressor !== undefined && this.stateOf(suppressor) === 'ALARM';
    return {
      name,
      stack,
      logicalId,
      description,
      state,
      reason:
        off.length === 0 ? `all ${rule.children.length} alarms are well` : `in ALARM: ${off.join(', ')}`,
      since: new Date(sinceMs),
      tells: state === 'ALARM' && !isSuppressed,
    };
  }

  /**
   * The newest periods, newest first; undefined where one has no data. They end with the last whole minute and advance with it:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html, the sliding window.
   */
  private periods(definition: AlarmDefinition, count: number): (Datapoint | undefined)[] {
    const periodMs = definition.metric.periodSeconds * 1000;
    const endMs = Math.floor(this.now() / MINUTE_MS) * MINUTE_MS;
    return Array.from({ length: count }, (_, age) => {
      const atMs = endMs - (age + 1) * periodMs;
      const value = this.valueBetween(definition, atMs, atMs + periodMs);
      return value === undefined ? undefined : { atMs, value };
    });
  }

  private valueBetween({ metric, math }: AlarmDefinition, fromMs: number, toMs: number): number | undefined {
    const valueOf = (each: Metric & { readonly statistic: string }): number | undefined => {
      const samples = this.store.between(each, fromMs, toMs);
      return samples && statisticOf(samples, each.statistic as Statistic);
    };
    if (math === undefined) return valueOf(metric);
    const values = new Map<string, number>();
    for (const { id, metric: input } of math.inputs) {
      const value = valueOf(input);
      if (value !== undefined) values.set(id, value);
    }
    return math.value(values);
  }

  private statusOf({ definition, unobserved, state, reason, sinceMs }: Alarm): AlarmStatus {
    const count = Math.floor(RETENTION_MS / (definition.metric.periodSeconds * 1000));
    const datapoints = this.periods(definition, count).filter((datapoint) => datapoint !== undefined);
    return {
      ...definition,
      state,
      reason,
      since: new Date(sinceMs),
      datapoints: datapoints
        .slice(0, SHOWN_DATAPOINTS)
        .toReversed()
        .map(({ atMs, value }) => ({ at: new Date(atMs), value })),
      isObserved: unobserved === undefined,
    };
  }
}

const placeOf = ({ definition: { stack, logicalId } }: Alarm): string => `${stack}/${logicalId}`;

/** What has to come in for it. */
const metricsOf = ({ metric, math }: AlarmDefinition): readonly Metric[] =>
  math === undefined ? [metric] : math.inputs.map((input) => input.metric);
