/** EventBridge: rules over the account's event buses and delivery to their targets, SQS queues and Glue workflows. */
import { setTimeout } from 'node:timers/promises';
import type { Authorizer } from '../authorizer.ts';
import type { Upstream } from '../http/upstream.ts';
import type { EventAct, Interceptors } from '../interception.ts';
import type { CountRule, EventDeliveries, EventRule, EventTarget } from '../types.ts';
import { compilePattern, type EventPredicate } from './pattern.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/aws-events.html */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

interface RegisteredRule {
  readonly rule: EventRule;
  readonly matches: EventPredicate;
}

interface Delivery {
  readonly rule: EventRule;
  readonly target: EventTarget;
  readonly eventId: string;
  readonly body: string;
  /** Told when it is delivered or given up. */
  readonly over?: () => void;
}

const EVENTS_SERVICE = 'events.amazonaws.com';
const MAX_BATCH = 10;
/** SQS takes 1 MiB a batch; half of it leaves room for the envelope. */
const MAX_BATCH_BYTES = 512 * 1024;
const FAILURES_KEPT = 50;
const RETRY_DELAYS_MS = [50, 200, 800, 3200];

export interface EventBusOptions {
  readonly upstream: Upstream;
  readonly authorizer: Authorizer;
  readonly motoEndpoint: string;
  readonly queueKey: (queueArn: string) => string | undefined;
  /** Why the role may not do so, or undefined when it may. */
  readonly checkRole: (roleName: string, action: string, resource: string) => string | undefined;
  /** Tells a Glue workflow of an event. */
  readonly notifyWorkflow: (workflowName: string, eventId: string) => void;
  readonly interceptors: Interceptors<EventAct>;
  readonly count: CountRule;
  readonly onWarning: (line: string) => void;
}

export class EventBus {
  readonly #options: EventBusOptions;
  readonly #rules = new Map<string, RegisteredRule>();
  /** Deliveries in order, by queue. */
  readonly #pending = new Map<string, Delivery[]>();
  readonly #draining = new Map<string, Promise<void>>();
  #matched = 0;
  #delivered = 0;
  #failed = 0;
  readonly #failures: string[] = [];

  constructor(options: EventBusOptions) {
    this.#options = options;
  }

  /** Throws on a pattern operator or a target that is not modelled, naming it. */
  putRule(rule: EventRule): void {
    for (const { arn, roleName } of rule.targets) {
      if (!arn.startsWith('arn:aws:sqs:') && !isWorkflow(arn))
        throw new Error(
          `rule ${rule.name}: target ${arn} is neither an SQS queue nor a Glue workflow, the kinds that the local gateway delivers to`,
        );
      if (isWorkflow(arn) && roleName === undefined)
        throw new Error(`rule ${rule.name}: target ${arn} needs a role, as workflows have no policies`);
    }
    this.#rules.set(rule.name, { rule, matches: compilePattern(rule.eventPattern) });
  }

  removeRule(name: string): void {
    this.#rules.delete(name);
  }

  rules(): readonly EventRule[] {
    return [...this.#rules.values()].map(({ rule }) => rule);
  }

  /** Takes an event in; delivery goes on behind. */
  publish(event: BusEvent, busName = 'default'): void {
    for (const { rule, matches } of this.#rules.values()) {
      const enabled = (rule.state ?? 'ENABLED') === 'ENABLED' && (rule.eventBusName ?? 'default') === busName;
      if (!enabled || !matches({ ...event })) continue;
      this.#options.count('TriggeredRules', rule.name);
      for (const target of rule.targets) {
        this.#matched += 1;
        this.#route(event, { rule, target, eventId: event.id, body: render(event, target) });
      }
    }
  }

  deliveries(): EventDeliveries {
    return {
      matched: this.#matched,
      delivered: this.#delivered,
      failed: this.#failed,
      failures: [...this.#failures],
    };
  }

  async settled(): Promise<void> {
    while (this.#draining.size > 0) await Promise.all(this.#draining.values());
  }

  #route(event: BusEvent, delivery: Delivery): void {
    const act = this.#options.interceptors.take(() => true);
    if (act === undefined) {
      this.#enqueue(delivery);
      return;
    }
    const { rule, target, body } = delivery;
    const deliver = async (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#enqueue({
        ...delivery,
        over: () => {
          resolve(undefined);
        },
      });
      await promise;
    };
    const acted = async (): Promise<void> => {
      await act({ key: objectKey(event), queueArn: target.arn, body }, deliver);
    };
    acted().catch((error: unknown) => {
      this.#options.onWarning(`rule ${rule.name}: the interceptor of its events failed: ${String(error)}`);
    });
  }

  #enqueue(delivery: Delivery): void {
    const queue = delivery.target.arn;
    const pending = this.#pending.get(queue) ?? [];
    pending.push(delivery);
    this.#pending.set(queue, pending);
    if (this.#draining.has(queue)) return;
    this.#draining.set(queue, this.#drain(queue, pending));
  }

  async #drain(queue: string, pending: Delivery[]): Promise<void> {
    // What arrives in the same turn goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (pending.length > 0) {
      const batch = takeBatch(pending);
      const allowed: Delivery[] = [];
      for (const delivery of batch) {
        const refused = this.#refusal(delivery);
        if (refused === undefined) allowed.push(delivery);
        else await this.#fail(delivery, refused);
      }
      try {
        await this.#sendPatiently(queue, allowed);
        this.#delivered += allowed.length;
      } catch (error) {
        for (const delivery of allowed) await this.#fail(delivery, (error as Error).message);
      }
      for (const { over } of batch) over?.();
    }
    // In the same turn as the last look at what is pending: nothing can come in between unseen.
    this.#draining.delete(queue);
  }

  /** The queue's policy must let the rule in, and its key's policy as well: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
  #refusal({ rule, target }: Delivery): string | undefined {
    const { authorizer, checkRole, queueKey } = this.#options;
    // https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html
    if (isWorkflow(target.arn)) return checkRole(target.roleName ?? '', 'glue:notifyEvent', target.arn);
    const decide = (action: string, resource: string): string | undefined =>
      authorizer.decideForService(EVENTS_SERVICE, rule.arn, { action, resource });
    const key = queueKey(target.arn);
    return (
      decide('sqs:SendMessage', target.arn) ??
      (key === undefined ? undefined : (decide('kms:GenerateDataKey', key) ?? decide('kms:Decrypt', key)))
    );
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html, for seconds instead of a day. */
  async #sendPatiently(queueArn: string, deliveries: readonly Delivery[]): Promise<void> {
    for (const delayMs of RETRY_DELAYS_MS)
      try {
        await this.#send(queueArn, deliveries);
        return;
      } catch {
        await setTimeout(delayMs);
      }
    await this.#send(queueArn, deliveries);
  }

  async #send(queueArn: string, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    if (isWorkflow(queueArn)) {
      const name = queueArn.slice(queueArn.indexOf('/') + 1);
      for (const { eventId } of deliveries) this.#options.notifyWorkflow(name, eventId);
      return;
    }
    const [, , , , account = '', name = ''] = queueArn.split(':');
    const answer = await this.#options.upstream.callJson('sqs', 'AmazonSQS.SendMessageBatch', {
      QueueUrl: `${this.#options.motoEndpoint}/${account}/${name}`,
      Entries: deliveries.map(({ body }, index) => ({ Id: String(index), MessageBody: body })),
    });
    const failed = answer['Failed'];
    if (Array.isArray(failed) && failed.length > 0) throw new Error(JSON.stringify(failed[0]));
  }

  async #fail(delivery: Delivery, reason: string): Promise<void> {
    const { rule, target } = delivery;
    this.#failed += 1;
    this.#options.count('FailedInvocations', rule.name);
    const line = `rule ${rule.name} could not deliver to ${target.arn}: ${reason}`;
    if (this.#failures.push(line) > FAILURES_KEPT) this.#failures.shift();
    this.#options.onWarning(line);
    const deadLetters = target.deadLetterArn;
    if (deadLetters === undefined) return;
    try {
      await this.#send(deadLetters, [{ ...delivery, target: { ...target, arn: deadLetters } }]);
    } catch (error) {
      this.#options.onWarning(
        `rule ${rule.name} could not use its dead-letter queue: ${(error as Error).message}`,
      );
    }
  }
}

const isWorkflow = (arn: string): boolean => /^arn:aws:glue:[^:]*:[^:]*:workflow\//.test(arn);

function objectKey({ detail }: BusEvent): string {
  const key = (detail['object'] as { key?: unknown } | undefined)?.key;
  return typeof key === 'string' ? key : '';
}

function takeBatch(pending: Delivery[]): Delivery[] {
  let bytes = 0;
  let count = 0;
  for (const { body } of pending.slice(0, MAX_BATCH)) {
    bytes += Buffer.byteLength(body);
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count += 1;
  }
  return pending.splice(0, count);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html: the event, a part of it, or constant text. */
function render(event: BusEvent, target: EventTarget): string {
  if (target.input !== undefined) return target.input;
  if (target.inputPath === undefined) return JSON.stringify(event);
  let part: unknown = event;
  for (const name of target.inputPath.replace(/^\$\.?/, '').split('.'))
    if (name !== '') part = (part as Record<string, unknown> | undefined)?.[name];
  return JSON.stringify(part ?? null);
}
