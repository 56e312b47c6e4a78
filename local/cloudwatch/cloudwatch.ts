/** CloudWatch as far as alarms need it: keeps the metrics of a run and evaluates the templates' alarms on them. */
import type { AlarmDefinition, AlarmState, AlarmStatus, Alarms } from './alarm.ts';
import { type Datapoint, evaluate, evaluationRange } from './evaluation.ts';
import { type Metric, statisticOf } from './metric.ts';
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
}

interface Alarm {
  readonly definition: AlarmDefinition;
  readonly unobserved: string | undefined;
  state: AlarmState;
  reason: string;
  sinceMs: number;
}

const TICK_MS = 5000;
const SHOWN_DATAPOINTS = 12;

export class CloudWatch implements Alarms {
  readonly now: () => number;
  private readonly warn: (line: string) => void;
  private readonly store: MetricStore;
  private readonly alarms: Alarm[] = [];
  private readonly listeners = new Set<(alarm: AlarmStatus) => void>();
  private readonly collectors: { readonly collect: Collector; busy: boolean }[] = [];
  private readonly readers: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor({ now = Date.now, warn }: CloudWatchOptions) {
    this.now = now;
    this.warn = warn;
    this.store = new MetricStore(now);
  }

  /** Keeps a sample, of now unless it says of when. */
  put(metric: Metric, value: number, atMs?: number): void {
    this.store.put(metric, value, atMs);
  }

  /** Adds an alarm; until it is first evaluated it has insufficient data. */
  add(definition: AlarmDefinition): void {
    const unobserved = whyUnobserved(definition.metric);
    const reason = unobserved ?? 'not evaluated yet';
    this.alarms.push({ definition, unobserved, state: 'INSUFFICIENT_DATA', reason, sinceMs: this.now() });
    this.alarms.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  /** Values of a dimension of the metrics that alarms watch. */
  watched(namespace: string, dimension: string): readonly string[] {
    const metrics = this.alarms.map(({ definition }) => definition.metric);
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
      const { definition } = alarm;
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
  }

  /**
   * The newest periods, newest first; undefined where one has no data. They end with the last whole minute and advance with it:
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html, the sliding window.
   */
  private periods({ metric }: AlarmDefinition, count: number): (Datapoint | undefined)[] {
    const periodMs = metric.periodSeconds * 1000;
    const endMs = Math.floor(this.now() / MINUTE_MS) * MINUTE_MS;
    return Array.from({ length: count }, (_, age) => {
      const atMs = endMs - (age + 1) * periodMs;
      const samples = this.store.between(metric, atMs, atMs + periodMs);
      return samples && { atMs, value: statisticOf(samples, metric.statistic) };
    });
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
